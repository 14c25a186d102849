import { describe, expect, test } from 'vitest';
import { warningsOf } from './warnings.ts';

const workload = (kind: string, replicas: number) => ({ kind, name: 'chain', container: 'c', replicas });
const told = (guards: object, root: object = {}, rule: object = {}) =>
  warningsOf('loose-guard', [{ matchers: ['alertname="A"'], guards, ...rule }], root).map((warning) =>
    warning.replace('rules[0].guards.', ''),
  );

test('what a rule leaves out is not loose', () => {
  expect(told({})).toEqual([]);
});

describe('a rule is told what it switched off or loosened far', () => {
  test.each([
    [{ cooldown: '1m' }, []],
    [{ cooldown: '59s' }, ['cooldown: the rule may act on the same subject again at once: 59s, where 10m is usual']],
    [{ target_cooldown: '0s' }, ['target_cooldown: another rule may act on the same target at once: 0s, where 5m is usual']],
    [{ min_age: '0s' }, ['min_age: a pod that has just started may be restarted: 0s, where 2m is usual']],
    [{ min_age: '30s' }, []],
    [{ budgets: [] }, ["budgets: without budgets only the installation's own bounds what the rule does"]],
    [{ budgets: [{ max: 30, per: '1h', scope: 'target' }] }, []],
    [
      { budgets: [{ max: 31, per: '1h', scope: 'rule' }] },
      ['budgets: the budgets allow 31 effects an hour on one target, where 3 are usual'],
    ],
    [
      { budgets: [{ max: 2, per: '1m', scope: 'target' }] },
      ['budgets: the budgets allow 120 effects an hour on one target, where 3 are usual'],
    ],
    [
      {
        budgets: [
          { max: 2, per: '1m', scope: 'target' },
          { max: 9, per: '1d', scope: 'workload' },
        ],
      },
      [],
    ],
    [{ loop: { max_ineffective: 31, within: '1d' } }, ['loop: a human is woken only after 31 runs in vain, where 3 are usual']],
    [{ loop: { max_ineffective: 3, within: '30m' } }, ['loop: it never refuses: 3 runs that are 10m apart (cooldown) do not fit into 30m']],
    [{ loop: { max_ineffective: 3, within: '31m' } }, []],
    [{ quorum: 'off' }, ['quorum: a healthy member of a StatefulSet may be restarted although less than its majority is left']],
    [{ max_unavailable: '100%' }, ['max_unavailable: all members of a workload may be away at once']],
    [{ max_unavailable: 99 }, []],
  ])('%j', (guards, expected) => {
    expect(told(guards)).toEqual(expected);
  });
});

describe('what depends on the workloads is told of those that the rule may meet', () => {
  test.each([
    [{ max_unavailable: 3 }, workload('Deployment', 3), ['max_unavailable: all 3 members of chain may be away at once']],
    [{ max_unavailable: 2 }, workload('Deployment', 3), []],
    [{ max_unavailable: 1 }, workload('Deployment', 1), []],
    [
      { quorum: 'off' },
      workload('StatefulSet', 3),
      ['quorum: a healthy member of the StatefulSet chain may be restarted although less than its majority is left'],
    ],
    [{ quorum: 'off' }, workload('Deployment', 3), []],
  ])('%j with %j', (guards, entry, expected) => {
    expect(told(guards, { workloads: { chain: entry } })).toEqual(expected);
    expect(told(guards, { workloads: { chain: entry } }, { matchers: ['alertname="A"', 'app="other"'] })).toEqual(
      'quorum' in guards ? ['quorum: a healthy member of a StatefulSet may be restarted although less than its majority is left'] : [],
    );
  });

  test('a Deployment has no quorum', () => {
    expect(told({ quorum: 'off' }, {}, { target: { kind: 'Deployment', namespace: 'a', find: { name: 'b' } } })).toEqual([]);
  });
});

test('what stands in the defaults is told there, once for all rules', () => {
  const guards = { cooldown: '0s', protected_namespaces: ['vault'] };
  const rules = [{ matchers: ['alertname="A"'] }, { matchers: ['alertname="B"'] }];
  expect(warningsOf('loose-guard', rules, { defaults: { escalation: 'oncall', guards } })).toEqual([
    'defaults.guards.cooldown: the rule may act on the same subject again at once: 0s, where 10m is usual',
    'defaults.guards.protected_namespaces: kube-system is not protected any more: this list takes the place of the one that is built in',
  ]);
  expect(told({ protected_namespaces: ['vault'] })).toEqual([]);
});

test.each([
  [{}, []],
  [{ max: 1 }, []],
  [{ max: 200 }, []],
  [{ max: 201 }, ['budget: all rules together may have 1206 effects an hour, where 120 are usual']],
  [{ per: '10s' }, ['budget: all rules together may have 7200 effects an hour, where 120 are usual']],
  [{ max: 1200, per: '1d' }, []],
])('the budget of the installation is told where it is no bound any more: %j', (budget, expected) => {
  expect(warningsOf('loose-guard', [], { budget })).toEqual(expected);
});
