import { describe, expect, test } from 'vitest';
import { AUDIT_KINDS, type AuditKind } from '../../../../src/core/audit.ts';
import type { JsonObject } from '../../../../src/core/json.ts';
import { storyLine, storySentence } from '../../../../src/core/words.ts';
import { NOON } from '../../../support/sample.ts';

const line = (kind: AuditKind, data: JsonObject, run: string | null = 'r-1a') => storyLine({ id: '1-0', at: NOON, kind, run, data });
const told = (kind: AuditKind, data: JsonObject) => line(kind, data).replace('12:00:00 UTC  r-1a  ', '');

describe('storyLine', () => {
  test('says when, which run, and what', () => {
    expect(line('accepted', { slot: 'node-down|pod:main/ns/node-1', rule: 'node-down', dry: false })).toBe(
      '12:00:00 UTC  r-1a  Accepted for rule node-down on pod:main/ns/node-1.',
    );
    expect(line('brake-lifted', { scope: 'all', by: 'eve' }, null)).toBe('12:00:00 UTC  -  Resumed all by eve.');
  });

  test("has its sentence on its own, with times in the teller's words", () => {
    const event = { kind: 'state', data: { to: 'sleeping', sleep: 'settle', until: NOON + 2_000 } } as const;
    expect(storySentence(event, (at) => `+${(at - NOON) / 1000}s`)).toBe('Lets the target settle until +2s.');
    expect(storySentence(event)).toBe('Lets the target settle until 12:00:02 UTC.');
  });

  test.each<[AuditKind, JsonObject, string]>([
    ['alert-rejected', { fingerprint: 'f1', reason: 'not-matched', detail: '' }, 'Alert f1 left out: No rule matches the alert.'],
    ['alert-rejected', { more: 17 }, '17 more alerts of the same webhook left out.'],
    ['episode', { fingerprint: 'f1', change: 'new' }, 'Alert f1 begins to fire.'],
    ['episode', { fingerprint: 'f1', change: 'generation' }, 'Alert f1 begins to fire anew.'],
    ['episode', { fingerprint: 'f1', change: 'reopened' }, 'Alert f1 fires again.'],
    ['episode', { fingerprint: 'f1', change: 'resolved' }, 'Alert f1 is resolved.'],
    ['episode', { fingerprint: 'f1', change: 'verified' }, 'Alert f1 counts as resolved: verified.'],
    ['accepted', { slot: 'r|unresolved|f1', dry: true }, 'Accepted for rule r on unresolved|f1, only to observe.'],
    ['accepted', { slot: 'r|pod:a', team: 'chain' }, 'Accepted for rule r of team chain on pod:a.'],
    [
      'accepted',
      { slot: 'r|pod:a', dry: true, trigger: 'schedule', id: '2025-07-24T12:00:00.000Z' },
      'Accepted for rule r on pod:a on its schedule, for 2025-07-24T12:00:00.000Z, only to observe.',
    ],
    ['accepted', { slot: 'r|pod:a', trigger: 'manual', id: 'ana' }, 'Accepted for rule r on pod:a by hand of ana.'],
    ['accepted', { slot: 'r|pod:a', trigger: 'manual', id: 'ana', why: 'odd' }, 'Accepted for rule r on pod:a by hand of ana (odd).'],
    [
      'tick',
      { rule: 'r', tick: '2025-07-24T12:00:00.000Z', reason: 'still-running', detail: 'run r-1 is still at it' },
      'Rule r is not run for 2025-07-24T12:00:00.000Z: The run before it has not ended, and a schedule never overlaps itself: run r-1 is still at it.',
    ],
    [
      'tick',
      { rule: 'r', tick: '11:00', before: '12:00', reason: 'missed' },
      'Rule r is not run for 11:00 and what followed before 12:00: The time that the schedule means passed before it could begin.',
    ],
    ['attached', { fingerprint: 'f2', change: 'new' }, 'Alert f2 of the same target joins.'],
    ['attached', { fingerprint: 'f2', change: 'new', priority: 'P0' }, 'Alert f2 of the same target joins: the run is P0 from now on.'],
    ['attached', { change: 'refire' }, 'The alert fires again.'],
    ['attached', { change: 'refire', priority: 'P1' }, 'The alert fires again: the run is P1 from now on.'],
    ['attached', { change: 'repeat' }, 'The alert is still reported firing.'],
    ['attached', { change: 'resolved' }, 'The alert is reported resolved.'],
    [
      'state',
      { to: 'holding', reason: 'too-few-healthy', detail: '2 of 3' },
      'Holds (too-few-healthy): The effect would leave fewer healthy members than the rule demands: 2 of 3.',
    ],
    ['state', { to: 'awaiting-approval' }, 'Asks a human for approval.'],
    ['state', { to: 'running', rung: 1 }, 'Works on rung 2.'],
    ['state', { to: 'running', rung: 'x' }, 'Works on rung ?.'],
    ['state', { from: 'holding', to: 'running', rung: 0 }, 'Nothing holds it any more. Works on rung 1.'],
    [
      'state',
      {
        from: 'verifying',
        to: 'running',
        rung: 1,
        tried: { rung: 0, remediation: 'peers', outcome: 'ineffective', detail: 'still firing' },
      },
      'Rung 1, peers, is over (ineffective): still firing. Works on rung 2.',
    ],
    ['state', { to: 'sleeping', sleep: 'settle', until: NOON }, 'Lets the target settle until 12:00:00 UTC.'],
    ['state', { to: 'sleeping', sleep: 'wait', until: NOON }, 'Waits until 12:00:00 UTC.'],
    ['state', { to: 'sleeping', sleep: 'backoff', until: NOON }, 'Tries the step again at 12:00:00 UTC.'],
    ['state', { to: 'sleeping', sleep: 'step-verify', until: NOON }, 'Checks whether the step worked, at 12:00:00 UTC.'],
    ['state', { to: 'verifying', why: 'acted', clearSince: null }, 'Verifies: not clear yet.'],
    ['state', { to: 'verifying', why: 'acted', clearSince: NOON }, 'Verifies: clear and healthy since 12:00:00 UTC.'],
    ['state', { to: 'reconciling', effect: '0/a/1' }, 'Got no answer to effect 0/a/1: finds out whether it happened.'],
    ['state', { to: 'levitating' }, 'to levitating.'],
    ['step', { path: 'health', result: 'failed', message: 'HTTP 503' }, 'Step health: failed, HTTP 503.'],
    ['step', { path: 'health', result: 'ok', message: '' }, 'Step health: ok.'],
    ['intent', { effect: '0/restart/1', dry: false }, 'Acts: effect 0/restart/1.'],
    ['intent', { effect: '0/restart/1', dry: true, describe: 'delete pod ns/node-1' }, 'Would act: delete pod ns/node-1.'],
    ['result', { effect: '0/a/1', state: 'done', outcome: { kind: 'done', output: {} } }, 'Effect 0/a/1: done.'],
    [
      'result',
      { effect: '0/a/1', state: 'rejected', outcome: { kind: 'rejected', reason: 'conflict', message: 'uid differs' } },
      'Effect 0/a/1: refused (conflict): uid differs.',
    ],
    [
      'result',
      { effect: '0/a/1', state: 'done', outcome: { kind: 'would', message: 'the server accepts it' } },
      'Effect 0/a/1: not done, only asked for: the server accepts it.',
    ],
    ['result', { effect: '0/a/1', state: 'rejected', outcome: null }, 'Effect 0/a/1: refused (): no more was said.'],
    ['result', { effect: '0/a/1', state: 'abandoned', outcome: [] }, 'Effect 0/a/1: did not happen.'],
    ['late-effect', { effect: '0/a/1' }, 'Effect 0/a/1 was given up as not done and happened after all.'],
    ['signal', { kind: 'approve', by: 'eve' }, 'Approved by eve.'],
    ['signal', { kind: 'reject', by: 'eve' }, 'Rejected by eve.'],
    ['signal', { kind: 'cancel', by: 'eve', why: 'wrong node' }, 'Cancel asked for by eve: wrong node.'],
    [
      'ended',
      { state: 'succeeded', reason: 'verified', detail: '' },
      'Succeeded. No alert of it is left and the target was healthy for stable_for.',
    ],
    [
      'ended',
      { state: 'skipped', reason: 'rule-removed' },
      'Ends, nothing is left to do: The rule no longer exists, or its ladder no longer has the remediation.',
    ],
    ['ended', { state: 'cancelled', reason: 'cancelled', detail: 'by eve' }, 'Cancelled. A human cancelled the run: by eve.'],
    ['ended', { state: 'escalated', reason: 'ladder-end' }, 'Hands over to a human (ladder-end): Every rung of the ladder was tried.'],
    ['ended', { to: 'escalated', reason: 'from-the-future', detail: '' }, 'Hands over to a human (from-the-future): from-the-future.'],
    ['ended', { state: 'escalated' }, 'Hands over to a human (): no reason given.'],
    [
      'ended',
      { state: 'observed', would: 'effect', reason: 'observe-only' },
      'Ends. It would have acted: The rule or the installation only observes.',
    ],
    [
      'ended',
      { state: 'observed', would: 'ask', reason: 'approval-required' },
      'Ends. It would have asked a human: The rule asks a human before it acts.',
    ],
    [
      'ended',
      { state: 'observed', would: 'escalate', reason: 'ladder-end' },
      'Ends. It would have woken a human: Every rung of the ladder was tried.',
    ],
    [
      'ended',
      { state: 'observed', would: 'nothing', reason: 'rule-removed' },
      'Ends. It would have done nothing: The rule no longer exists, or its ladder no longer has the remediation.',
    ],
    ['incident', { change: 'opened', incident: 'i-1', title: 'node-1 down' }, 'Wakes a human, incident i-1: node-1 down.'],
    ['incident', { change: 'attached', incident: 'i-1', title: 'node-1 down' }, 'Joins incident i-1: node-1 down.'],
    ['incident-changed', { change: 'acknowledged', incident: 'i-1', by: 'eve' }, 'Incident i-1 acknowledged by eve.'],
    ['incident-changed', { change: 'exhausted', incident: 'i-1' }, 'Incident i-1: the policy is exhausted and nobody answered.'],
    ['incident-changed', { change: 'reopened', incident: 'i-1' }, 'Incident i-1 is open again.'],
    ['incident-changed', { change: 'resolved', incident: 'i-1' }, 'Incident i-1 is resolved.'],
    ['incident-changed', { change: 'snoozed', incident: 'i-1', by: 'eve' }, 'Incident i-1 is snoozed by eve.'],
    [
      'storm',
      { change: 'began', cluster: 'main', targets: 12 },
      'Storm in cluster main: 12 targets began to fire at once, and nothing is done there for now.',
    ],
    ['storm', { change: 'ended', cluster: 'main' }, 'The storm in cluster main is over.'],
    ['store', { change: 'fresh', until: NOON }, 'The store is new: nothing is done until 12:00:00 UTC.'],
    ['store', { change: 'failed-over', until: NOON }, 'Another server took over as the store: nothing is done until 12:00:00 UTC.'],
    ['message', { change: 'queued', receiver: 'hook', event: 'trigger' }, 'Message to hook (trigger) queued.'],
    [
      'message',
      { change: 'undelivered', receiver: 'hook', event: 'trigger', attempts: 10, error: 'HTTP 503' },
      'Page to hook not delivered in 10 tries, and tried on: HTTP 503.',
    ],
    ['message', { change: 'delivered', receiver: 'hook', event: 'resolve' }, 'Message to hook (resolve) delivered.'],
    [
      'message',
      { change: 'failed', receiver: 'hook', event: 'trigger', error: 'HTTP 404' },
      'Message to hook (trigger) given up: HTTP 404.',
    ],
    ['message', { change: 'dropped', receiver: 'hook', event: 'trigger' }, 'Message to hook (trigger) no longer needed.'],
    ['brake-set', { scope: 'all', by: 'eve', why: 'maintenance', until: NOON }, 'Paused all by eve until 12:00:00 UTC: maintenance.'],
    ['brake-set', { scope: 'all', by: 'eve', why: 'maintenance', until: null }, 'Paused all by eve: maintenance.'],
    ['config', { hash: 'abcdef0123456789', rules: 3, why: 'start' }, 'Configuration abcdef012345 with 3 rules is in force (start).'],
    ['orphan-found', { fingerprint: 'f1', then: 'a run is started' }, 'Alert f1 fires and nothing covers it: a run is started.'],
  ])('%s %j', (kind, data, sentence) => {
    expect(told(kind, data)).toBe(sentence);
  });

  test.each(AUDIT_KINDS)('survives a %s that holds nothing, and one that is hostile', (kind) => {
    expect(told(kind, {})).toMatch(/\S/);
    const words = ['change', 'to', 'state', 'kind', 'sleep', 'reason', 'detail', 'slot', 'title', 'message', 'outcome'];
    const hostile = Object.fromEntries(words.map((word) => [word, '__proto__ \u001b[2J']));
    expect(line(kind, hostile)).not.toContain('\u001b');
  });
});
