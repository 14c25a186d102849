import { describe, expect, test } from 'vitest';
import { dueStep, escalationOf, incidentKey, orphanEscalation, storeIncidentKey, toldSoFar } from '../../../src/core/escalation-policy.ts';
import type { Edition } from '../../../src/core/edition.ts';
import type { Reason } from '../../../src/core/reasons.ts';
import type { Run } from '../../../src/core/run.ts';
import { defaultTiming } from '../../../src/core/timing.ts';
import { NOON, sampleEdition, samplePolicy, sampleRun } from '../../support/sample.ts';

const links = { externalUrl: null, alertmanagerUrl: null };
const minute = 60_000;

describe('incidentKey', () => {
  test('is one per cluster, namespace, workload and rule', () => {
    expect(incidentKey(sampleRun())).toBe('main|archivechain-prod|statefulset:main/archivechain-prod/node|archivechain-node-down');
    expect(incidentKey(sampleRun({ id: 'r-2b' }))).toBe(incidentKey(sampleRun()));
  });

  test('falls back to the target while the workload is not known', () => {
    expect(incidentKey(sampleRun({ pinned: null }))).toBe(
      'main|archivechain-prod|pod:main/archivechain-prod/node-1|archivechain-node-down',
    );
  });

  test('is one per cluster while a brake holds the run, and for the store', () => {
    const hold = { reason: 'paused', detail: '', since: NOON, from: NOON, until: NOON, nextEligibleAt: null, waitFor: [] } as const;
    expect(incidentKey(sampleRun({ hold }))).toBe('paused|main');
    expect(incidentKey(sampleRun({ hold: { ...hold, reason: 'settling' } }))).toBe(incidentKey(sampleRun()));
    expect(storeIncidentKey('main')).toBe('store|main');
  });
});

describe('escalationOf', () => {
  test('hands over key, priority, policy and report', () => {
    const escalation = escalationOf(sampleRun(), sampleEdition(), 'ladder-end', 'still down', links);
    expect(escalation).toMatchObject({
      key: incidentKey(sampleRun()),
      priority: 'P1',
      reason: 'ladder-end',
      run: 'r-1a',
      target: 'pod:main/archivechain-prod/node-1',
      policy: samplePolicy(),
    });
    expect(escalation.report.title).toBe(escalation.title);
    expect(escalation.report.reasonText).toBe('Every rung of the ladder was tried: still down.');
  });

  test('freezes the receivers of each priority into the policy, at the opening', () => {
    const { priorities } = sampleEdition();
    const edition = sampleEdition({ priorities: { ...priorities, P0: { ...priorities.P0, notify: ['email-leads'] } } });
    expect(
      escalationOf(sampleRun(), edition, 'ladder-end', '', links).policy.steps.map(({ notify, priorities }) => [notify, priorities]),
    ).toEqual([
      [['pagerduty-chain', 'webhook'], null],
      [['email-leads'], ['P0']],
      [['sms-oncall'], ['P0']],
    ]);
  });

  test('of a rule without receivers opens an incident that nobody is told of', () => {
    const { policy } = escalationOf(sampleRun(), sampleEdition({ escalation: null }), 'ladder-end', '', links);
    expect(policy).toEqual({ name: 'nobody', steps: [], repeat: null, fallback: null });
  });

  test('goes to whom the step names that hands the case over', () => {
    const step = {
      path: 'hand-over',
      scope: '',
      name: 'hand-over',
      if: null,
      word: 'escalate',
      to: 'chain-storage',
      message: 'full',
    } as const;
    const ladder = [{ remediation: 'storage-relief', mode: null, when: [], params: {}, steps: [step] }];
    const storage = samplePolicy({ name: 'chain-storage' });
    const edition = sampleEdition({ ladder, handOver: { 'chain-storage': storage } });
    const policyName = (...[run, of, reason]: [Partial<Run>, Edition, Reason]) =>
      escalationOf(sampleRun(run), of, reason, '', links).policy.name;
    expect(policyName({}, edition, 'handed-over')).toBe('chain-storage');
    expect(escalationOf(sampleRun(), edition, 'handed-over', '', links).key).toBe(`${incidentKey(sampleRun())}|chain-storage`);
    expect(policyName({}, edition, 'overdue')).toBe('chain-oncall');
    expect(policyName({ at: 7 }, edition, 'handed-over')).toBe('chain-oncall');
    expect(policyName({ rung: 7 }, edition, 'handed-over')).toBe('chain-oncall');
    expect(policyName({}, sampleEdition({ ladder, handOver: {} }), 'handed-over')).toBe('chain-oncall');
    expect(policyName({}, sampleEdition({ ladder }), 'handed-over')).toBe('chain-oncall');
  });
});

describe('orphanEscalation', () => {
  test('is an incident of the slot, told to those who are told when no rule can say who', () => {
    const orphan = { slot: 'node-down|unresolved|f1', labels: { priority: 'P0' }, annotations: {}, startsAt: NOON };
    expect(orphanEscalation(orphan, samplePolicy(), links)).toMatchObject({
      key: 'orphaned|node-down|unresolved|f1',
      priority: 'P0',
      reason: 'orphaned',
      run: '',
      target: 'unresolved|f1',
      policy: samplePolicy(),
    });
    expect(orphanEscalation({ ...orphan, labels: { priority: 'high' } }, samplePolicy(), links).priority).toBe('P2');
  });
});

describe('dueStep', () => {
  const progress = { state: 'open', priority: 'P0', openedAt: NOON, policy: samplePolicy(), step: 0, repeats: 0 } as const;
  const due = (over: object, atMs: number) => dueStep({ ...progress, ...over }, NOON + atMs, defaultTiming);

  test('says step 0 at the opening and waits for step 1', () => {
    expect(due({}, 0)).toEqual({
      notify: ['pagerduty-chain', 'webhook'],
      step: 1,
      repeats: 0,
      exhausted: false,
      nextAt: NOON + 30 * minute,
    });
    expect(due({ step: 1 }, 29 * minute)).toMatchObject({ notify: [], step: 1, nextAt: NOON + 30 * minute });
    expect(due({ step: 1 }, 30 * minute)).toMatchObject({ notify: ['sms-oncall'], step: 2, nextAt: NOON + 45 * minute });
  });

  test('skips a step for other priorities, and one that an acknowledgement stops', () => {
    expect(due({ step: 1, priority: 'P1' }, 30 * minute)).toMatchObject({ notify: [], step: 2 });
    expect(due({ step: 1, state: 'acknowledged' }, 30 * minute)).toMatchObject({ notify: [], step: 2 });
    const stubborn = samplePolicy({ steps: [{ afterMs: minute, notify: ['a', 'a', 'b'], unless: null, priorities: null }] });
    expect(due({ policy: stubborn, state: 'acknowledged' }, minute).notify).toEqual(['a', 'b']);
  });

  test('repeats to everybody, as often as it says, and then turns to the fallback once', () => {
    const everybody = ['pagerduty-chain', 'webhook', 'sms-oncall'];
    expect(due({ step: 2 }, 44 * minute)).toMatchObject({ notify: [], repeats: 0, nextAt: NOON + 45 * minute });
    expect(due({ step: 2 }, 45 * minute)).toMatchObject({ notify: everybody, repeats: 1, exhausted: false, nextAt: NOON + 60 * minute });
    expect(due({ step: 2, repeats: 3 }, 90 * minute)).toMatchObject({ notify: everybody, repeats: 4, nextAt: NOON + 105 * minute });
    expect(due({ step: 2, repeats: 4 }, 105 * minute)).toEqual({
      notify: ['email-leads'],
      step: 2,
      repeats: 5,
      exhausted: true,
      nextAt: null,
    });
    expect(due({ step: 2, repeats: 5 }, 1000 * minute)).toMatchObject({ notify: [], exhausted: false, nextAt: null });
  });

  test('goes silent after an acknowledgement, or repeats on where the policy says so', () => {
    expect(due({ step: 2, state: 'acknowledged' }, 45 * minute)).toMatchObject({ notify: [], repeats: 1 });
    expect(due({ step: 2, repeats: 4, state: 'acknowledged' }, 105 * minute)).toMatchObject({ notify: [], repeats: 5, exhausted: false });
    const policy = samplePolicy({ repeat: { everyMs: minute, times: 1, unless: null } });
    expect(due({ step: 2, state: 'acknowledged', policy }, 31 * minute)).toMatchObject({
      notify: ['pagerduty-chain', 'webhook'],
      repeats: 1,
    });
  });

  test('says what was missed once, however long nobody looked', () => {
    expect(due({}, 100 * minute)).toMatchObject({
      notify: ['pagerduty-chain', 'webhook', 'sms-oncall'],
      step: 2,
      repeats: 4,
      exhausted: false,
    });
    expect(due({}, 1000 * minute)).toMatchObject({
      notify: ['pagerduty-chain', 'webhook', 'sms-oncall', 'email-leads'],
      repeats: 5,
      exhausted: true,
    });
  });

  test('without a repeat is exhausted a while after the last step, and without a fallback tells nobody', () => {
    const policy = samplePolicy({ repeat: null, fallback: null });
    expect(due({ step: 2, policy }, 30 * minute)).toMatchObject({ exhausted: false, nextAt: NOON + 45 * minute });
    expect(due({ step: 2, policy }, 45 * minute)).toMatchObject({ notify: [], exhausted: true, nextAt: null });
    const empty = samplePolicy({ steps: [], repeat: null, fallback: 'email-leads' });
    expect(due({ policy: empty }, 15 * minute)).toMatchObject({ notify: ['email-leads'], exhausted: true });
  });

  test('an attached target is told to those whose step has passed', () => {
    expect(toldSoFar({ ...progress, step: 1 })).toEqual(['pagerduty-chain', 'webhook']);
    expect(toldSoFar({ ...progress, step: 2, priority: 'P1' })).toEqual(['pagerduty-chain', 'webhook']);
    expect(toldSoFar({ ...progress, step: 2, state: 'acknowledged' })).toEqual(['pagerduty-chain', 'webhook']);
  });
});
