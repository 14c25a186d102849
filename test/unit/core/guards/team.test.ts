import { expect, test } from 'vitest';
import { unknown } from '../../../../src/core/facts.ts';
import { edition, factsOf, inputOf, plan, policy as bounded, run, verdictIn, verdictOf, type Changes } from './fixture.ts';

const { namespaces: _, ...policy } = bounded;
const ofTeam = (...namespaces: string[]): Changes => ({ guards: { namespaces } });
const inNamespace = (namespace: string): Changes => ({ run: { target: { ...run.target, namespace } } });

test('a rule that no team bounds is not looked at', () => {
  const permission = { ruleExists: true, mode: 'act', guards: policy, rungs: null } as const;
  const input = inputOf({ permission });
  const unbounded = { ...edition, rule: { ...edition.rule, guards: policy } };
  expect(verdictIn({ ...input, edition: unbounded }, 'team')).toEqual({ guard: 'team', result: 'n/a', why: 'no team bounds the rule' });
});

test('what lies in the namespaces of the team passes', () => {
  expect(verdictOf('team', ofTeam('chain', 'chain-test'))).toMatchObject({ result: 'pass', have: 'chain' });
});

test('a target elsewhere, where a label led it, is refused before anything is read', () => {
  const input = inputOf({ ...ofTeam('chain'), ...inNamespace('edge'), phase: 'admit', plan: null });
  const named = { ...edition, rule: { ...edition.rule, team: 'chain-team', guards: { ...policy, namespaces: ['chain'] } } };
  const facts = { ...factsOf(), target: unknown('x'), workload: unknown('x'), namespace: unknown('x') };
  expect(verdictIn({ ...input, edition: named, facts }, 'team')).toEqual({
    guard: 'team',
    result: 'refuse',
    reason: 'outside-team',
    have: 'namespace edge',
    need: 'a namespace of team chain-team: chain',
    clears: 'The namespace is added to the team, or the rule is given to the team that has it.',
    nextEligibleAt: null,
  });
});

test.each([
  ['touches an object elsewhere', { touches: ['pod:prod/chain/node-1', 'configmap:prod/edge/dns'] }, 'namespace edge'],
  ['needs a right elsewhere', { rights: [{ ...plan.rights[0]!, namespace: 'edge' }] }, 'namespace edge'],
  ['touches what is in no namespace', { touches: ['node:prod//worker-1'] }, 'something that is in no namespace'],
])('a plan that %s is refused', (_name, changes, have) => {
  expect(verdictOf('team', { ...ofTeam('chain'), plan: changes })).toMatchObject({ reason: 'outside-team', have });
});

test.each([
  ['the team lost the namespace', ['chain'], ['other']],
  ['the rule was given to another team', ['chain', 'other'], ['other']],
  ['pinned and in force have none in common', ['chain', 'a'], ['chain-test', 'b']],
  ['teams were made', undefined, ['other']],
  ['teams are gone, but the run is of then', ['other'], undefined],
])('the stricter of pinned and in force counts: %s', (_name, pinned, inForce) => {
  const bound = (namespaces: string[] | undefined) => (namespaces === undefined ? {} : { namespaces });
  const permission = { ruleExists: true, mode: 'act', guards: { ...policy, ...bound(inForce) }, rungs: null } as const;
  const pinnedEdition = { ...edition, rule: { ...edition.rule, guards: { ...policy, ...bound(pinned) } } };
  expect(verdictIn({ ...inputOf({ permission }), edition: pinnedEdition }, 'team')).toMatchObject({
    result: 'refuse',
    reason: 'outside-team',
  });
});
