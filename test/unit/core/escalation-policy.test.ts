import { describe, expect, test } from 'vitest';
import {
  clusterEscalationOf,
  clusterOfIncident,
  escalationOf,
  incidentKey,
  orphanEscalation,
  storeIncidentKey,
} from '../../../src/core/escalation-policy.ts';
import type { Edition } from '../../../src/core/edition.ts';
import type { Reason } from '../../../src/core/reasons.ts';
import type { Run } from '../../../src/core/run.ts';
import { NOON, sampleEdition, samplePolicy, sampleRun, sampleHold } from '../../support/sample.ts';

const links = { externalUrl: null, alertmanagerUrl: null };

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
    const hold = sampleHold('paused');
    expect(incidentKey(sampleRun({ hold }))).toBe('paused|main');
    expect(incidentKey(sampleRun({ hold: { ...hold, reason: 'settling' } }))).toBe(incidentKey(sampleRun()));
    expect(storeIncidentKey('main')).toBe('store|main');
  });
});

describe('what holds a whole cluster', () => {
  const hold = sampleHold('blind', { detail: 'no answer' });

  test('is one incident of the cluster and of those who are told, whichever run tells of it', () => {
    const escalation = clusterEscalationOf(sampleRun({ hold }), sampleEdition(), hold, links);
    expect(escalation).toMatchObject({
      key: `blind|main|${samplePolicy().name}`,
      reason: 'blind',
      title: 'P1 cluster main: blind',
      target: 'cluster:main',
      run: 'r-1a',
      report: { title: 'P1 cluster main: blind', target: 'cluster:main', reason: 'blind' },
    });
    expect(escalation.report.reasonText).toContain('no answer');
    expect(clusterOfIncident(escalation)).toBe('main');
  });

  test('is told from what concerns a workload, and from what is no hold of a cluster', () => {
    expect(clusterOfIncident({ key: 'main|chain|node|rule', reason: 'blind' })).toBeNull();
    expect(clusterOfIncident({ key: 'paused|main', reason: 'paused' })).toBeNull();
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
