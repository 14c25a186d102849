import { describe, expect, test } from 'vitest';
import { unknown } from '../../../../src/core/facts.ts';
import { factsOf, found, health, inputOf, plan, policy, run, verdictIn, verdictOf, workload } from './fixture.ts';

const excluded = { 'remediad.dev/exclude': 'true' };

test('what is neither protected nor excluded passes', () => {
  expect(verdictOf('protection')).toEqual({ guard: 'protection', result: 'pass', have: 'neither protected nor excluded' });
});

describe('a protected namespace', () => {
  const inNamespace = (namespace: string) => ({ run: { target: { ...run.target, namespace } } });

  test('is out of bounds', () => {
    expect(verdictOf('protection', inNamespace('kube-system'))).toEqual({
      guard: 'protection',
      result: 'refuse',
      reason: 'protected',
      have: 'namespace kube-system is protected',
      need: 'a namespace that is not protected',
      clears: 'kube-system is taken off protected_namespaces, here and in the rule.',
      nextEligibleAt: null,
    });
  });

  test('is refused without any fact', () => {
    const facts = { ...factsOf(), target: unknown('x'), workload: unknown('x'), namespace: unknown('x') };
    expect(verdictIn({ ...inputOf(inNamespace('kube-system')), facts }, 'protection')).toMatchObject({ reason: 'protected' });
  });

  test('counts when only the rule in force names it', () => {
    const guards = { ...policy, protectedNamespaces: ['chain'] };
    expect(verdictOf('protection', { permission: { ruleExists: true, mode: 'act', guards, rungs: null } })).toMatchObject({
      reason: 'protected',
    });
  });

  test.each([
    ['touches an object there', { touches: ['pod:prod/chain/node-1', 'configmap:prod/kube-system/dns'] }],
    ['needs a right there', { rights: [{ ...plan.rights[0]!, namespace: 'kube-system' }] }],
  ])('counts when the plan %s', (_name, changes) => {
    expect(verdictOf('protection', { plan: changes })).toMatchObject({ have: 'namespace kube-system is protected' });
  });

  test('of a plan that is not made yet is not looked at', () => {
    expect(verdictOf('protection', { phase: 'admit', plan: null }).result).toBe('pass');
  });
});

describe('the label remediad.dev/exclude', () => {
  test.each([
    ['pod node-1', { target: found({ labels: excluded }) }],
    ['StatefulSet node', { workload: { workload: { ...workload, labels: excluded }, health: health(2, 3) } }],
    ['namespace chain', { namespace: { name: 'chain', labels: excluded, annotations: {} } }],
  ])('protects on %s', (what, facts) => {
    expect(verdictOf('protection', { facts })).toMatchObject({
      reason: 'protected',
      have: `${what} is labelled remediad.dev/exclude: "true"`,
      clears: `The label remediad.dev/exclude is taken off ${what}.`,
    });
  });

  test('protects only when it says true', () => {
    expect(verdictOf('protection', { facts: { target: found({ labels: { 'remediad.dev/exclude': 'false' } }) } }).result).toBe('pass');
  });

  test('is looked for on what exists', () => {
    const facts = { target: { found: 'several', count: 2 }, workload: null, namespace: null } as const;
    expect(verdictOf('protection', { facts }).result).toBe('pass');
  });

  test.each(['target', 'workload', 'namespace'] as const)('cannot be ruled out while the %s cannot be read', (fact) => {
    const facts = { ...factsOf(), [fact]: unknown('timeout') };
    expect(verdictIn({ ...inputOf(), facts }, 'protection')).toMatchObject({ reason: `unknown-${fact}` });
  });
});
