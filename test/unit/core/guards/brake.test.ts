import { describe, expect, test } from 'vitest';
import type { Brake } from '../../../../src/core/brake.ts';
import { unknown } from '../../../../src/core/facts.ts';
import { ago, factsOf, inputOf, NOW, verdictIn, verdictOf } from './fixture.ts';

const brake = (scope: string, until: number | null = null): Brake => ({ scope, by: 'ana', why: 'release', until, at: ago(1000) });

test('without a brake it passes', () => {
  expect(verdictOf('brake')).toEqual({ guard: 'brake', result: 'pass', have: 'no brake' });
});

describe('a brake', () => {
  test.each(['all', 'rule:node-down', 'namespace:prod/chain', 'target:pod:prod/chain/node-1'])('on %s pauses', (scope) => {
    expect(verdictOf('brake', { facts: { brake: [brake(scope)] } })).toEqual({
      guard: 'brake',
      result: 'refuse',
      reason: 'paused',
      have: `${scope} paused by ana: release`,
      need: 'no brake',
      clears: `Every brake on ${scope} is lifted or expires.`,
      nextEligibleAt: null,
    });
  });

  test.each(['rule:other', 'namespace:prod/other', 'namespace:other/chain', 'target:pod:prod/chain/node-2', 'everything'])(
    'on %s does not concern this run',
    (scope) => expect(verdictOf('brake', { facts: { brake: [brake(scope)] } }).result).toBe('pass'),
  );

  test('on the object that was found pauses whatever other labels the rule found it by', () => {
    const pinned = { uid: 'u-1', name: 'node-1', subject: 'pod:prod/chain/node-1', workload: 'statefulset:prod/chain/node' };
    const target = { ...inputOf().run.target, find: { by: 'pod_ip', value: '10.0.0.1' }, key: 'pod:prod/chain/pod_ip=10.0.0.1' };
    const run = { ...inputOf().run, target, pinned };
    for (const scope of [`target:${target.key}`, `target:${pinned.subject}`, `target:${pinned.workload}`]) {
      expect(verdictOf('brake', { run, plan: null, facts: { brake: [brake(scope)] } })).toMatchObject({ reason: 'paused' });
    }
  });

  test('on what the plan touches pauses', () => {
    const touched = inputOf().plan?.touches.at(-1) ?? '';
    const run = { ...inputOf().run, pinned: null };
    expect(verdictOf('brake', { run, facts: { brake: [brake(`target:${touched}`)] } })).toMatchObject({ reason: 'paused' });
    expect(touched).not.toBe(run.target.key);
  });

  test('counts until the moment it expires', () => {
    expect(verdictOf('brake', { facts: { brake: [brake('all', NOW + 1)] } })).toMatchObject({ reason: 'paused', nextEligibleAt: NOW + 1 });
    expect(verdictOf('brake', { facts: { brake: [brake('all', NOW)] } }).result).toBe('pass');
  });

  test('that expires last says when it could go on', () => {
    const set = [brake('all', NOW + 1000), brake('rule:node-down', NOW + 5000)];
    expect(verdictOf('brake', { facts: { brake: set } })).toMatchObject({
      have: 'all paused by ana: release; rule:node-down paused by ana: release',
      nextEligibleAt: NOW + 5000,
    });
  });

  test('without expiry hides when it could go on', () => {
    expect(verdictOf('brake', { facts: { brake: [brake('all', NOW + 1000), brake('rule:node-down')] } })).toMatchObject({
      nextEligibleAt: null,
    });
  });
});

describe('the annotation of the namespace', () => {
  const annotated = (value: string) => ({ name: 'chain', labels: {}, annotations: { 'remediad.dev/pause': value } });

  test('pauses when it says true', () => {
    expect(verdictOf('brake', { facts: { namespace: annotated('true') } })).toMatchObject({
      reason: 'paused',
      have: 'namespace chain is annotated remediad.dev/pause: "true"',
      nextEligibleAt: null,
    });
  });

  test.each([annotated('false'), null])('does not pause when it says anything else, or when there is no namespace', (namespace) => {
    expect(verdictOf('brake', { facts: { namespace } }).result).toBe('pass');
  });

  test('is needed: a namespace that cannot be read is a refusal', () => {
    const facts = { ...factsOf(), namespace: unknown('connection refused') };
    expect(verdictIn({ ...inputOf(), facts }, 'brake')).toMatchObject({ reason: 'unknown-namespace', have: 'connection refused' });
  });

  test('is not asked for where a brake already covers the run', () => {
    const facts = { ...factsOf({ brake: [brake('all')] }), namespace: unknown('connection refused') };
    expect(verdictIn({ ...inputOf(), facts }, 'brake')).toMatchObject({ reason: 'paused' });
  });
});
