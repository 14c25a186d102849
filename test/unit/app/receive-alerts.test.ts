import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { createReceiver, type ReceiveDeps } from '../../../src/app/receive-alerts.ts';
import type { AuditEntry } from '../../../src/core/audit.ts';
import type { Log } from '../../../src/core/ports.ts';
import { StoreError, type AcceptAlert, type AcceptAnswer } from '../../../src/core/store.ts';
import { sampleEdition } from '../../support/sample.ts';

const edition = sampleEdition();
const silent: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined, child: () => silent };

/** Stands for the store where a test is about what reaches it; the real one is met in test/integration/http. */
function setUp(over: Partial<ReceiveDeps> = {}) {
  const seen = { chunks: [] as (readonly AcceptAlert[])[], audit: [] as AuditEntry[], woken: [] as string[], rejected: [] as string[] };
  const take = async (alerts: readonly AcceptAlert[], audit: readonly AuditEntry[]): Promise<AcceptAnswer> => {
    seen.chunks.push(alerts);
    seen.audit.push(...audit);
    const results = alerts.map(({ status, slots }) =>
      status === 'resolved' ? ('unknown-episode' as const) : slots.length === 0 ? ('not-matched' as const) : ('new' as const),
    );
    return { results, hints: [{ run: `r-${seen.chunks.length}`, version: 0, events: 0, priority: 1 }] };
  };
  const deps: ReceiveDeps = {
    store: { accept: take, record: async (audit) => void seen.audit.push(...audit) },
    nearlyFull: async () => false,
    match: (alert) => (alert.labels['alertname'] === 'X' ? [{ rule: edition.rule.name, hash: 'h', edition, dry: null }] : []),
    clusters: { defaultName: 'main' },
    hints: { wake: async (hints) => void seen.woken.push(...hints.map(({ run }) => run)) },
    telemetry: {
      alertsReceived: () => undefined,
      alertsRejected: (reason, count) => void seen.rejected.push(...Array<string>(count).fill(reason)),
    },
    clock: { now: () => 1_000, monotonic: () => performance.now() },
    timing: { intakeMs: 60_000 },
    log: silent,
    ...over,
  };
  return { seen, receive: createReceiver(deps) };
}

function alert(over: Record<string, unknown> = {}, labels: Record<string, unknown> = {}) {
  return {
    status: 'firing',
    labels: { alertname: 'X', namespace: 'prod', pod: 'node-1', ...labels },
    annotations: {},
    startsAt: '2026-11-21T20:53:29.441Z',
    endsAt: '0001-01-01T00:00:00Z',
    generatorURL: '',
    ...over,
  };
}
const webhook = (...alerts: unknown[]) => ({ version: '4', receiver: 'remediad', alerts });

describe('a webhook', () => {
  test('becomes one request for each rule and target, with a run in case there is none', async () => {
    const { seen, receive } = setUp();
    expect(await receive(webhook(alert()))).toEqual({ kind: 'accepted', accepted: 1, rejected: 0 });
    const [slot] = seen.chunks[0]?.[0]?.slots ?? [];
    expect(slot).toMatchObject({ slot: 'archivechain-node-down|pod:main/prod/node-1', dry: false, priority: 1, pageAfterMs: 300_000 });
    expect(slot?.doc()).toMatchObject({ state: 'pending', edition: 'h', trigger: { kind: 'alert' }, deadlineMs: 3_600_000 });
    expect(slot?.escalation()).toMatchObject({ reason: 'crash-loop', priority: 'P1', policy: { name: 'chain-oncall' } });
    expect(seen.woken).toEqual(['r-1']);
  });

  test('whose rule only observes asks for a dry run that wakes nobody', async () => {
    const { seen, receive } = setUp({ match: () => [{ rule: 'r', hash: 'h', edition, dry: 'observe' }] });
    await receive(webhook(alert()));
    const [slot] = seen.chunks[0]?.[0]?.slots ?? [];
    expect(slot).toMatchObject({ dry: true, pageAfterMs: null });
    expect(slot?.escalation()).toBeNull();
  });

  test('whose target cannot be told still gets a run, in a slot of the alert alone', async () => {
    const { seen, receive } = setUp();
    await receive(webhook(alert({ fingerprint: '00000000000000aa' }, { pod: '' })));
    const [slot] = seen.chunks[0]?.[0]?.slots ?? [];
    expect(slot?.slot).toBe('archivechain-node-down|unresolved|00000000000000aa');
    expect(slot?.doc().target.unresolved).toContain('pod');
  });

  test('is handed to the store 200 alerts at a time', async () => {
    const { seen, receive } = setUp();
    const alerts = Array.from({ length: 450 }, (_, index) => alert({}, { pod: `node-${index}` }));
    expect(await receive(webhook(...alerts))).toEqual({ kind: 'accepted', accepted: 450, rejected: 0 });
    expect(seen.chunks.map(({ length }) => length)).toEqual([200, 200, 50]);
    expect(seen.woken).toEqual(['r-1', 'r-2', 'r-3']);
  });

  test('matches resolved alerts with no rule: their episode knows its slots', async () => {
    const { seen, receive } = setUp({ match: () => expect.unreachable() });
    expect(await receive(webhook(alert({ status: 'resolved', endsAt: '2026-11-21T21:00:00Z' })))).toMatchObject({
      accepted: 0,
      rejected: 1,
    });
    expect(seen.chunks[0]?.[0]).toMatchObject({ status: 'resolved', slots: [] });
    expect(seen.rejected).toEqual(['unknown-episode']);
  });

  test('loses no neighbour of an alert that is malformed, and tells which one it was', async () => {
    const { seen, receive } = setUp();
    const body = webhook(
      alert({}, { pod: 'a' }),
      alert({ startsAt: 'yesterday' }),
      'nonsense',
      alert({}, { pod: 'b' }),
      alert({}, { x: 'y'.repeat(5_000) }),
    );
    expect(await receive(body)).toEqual({ kind: 'accepted', accepted: 2, rejected: 3 });
    expect(seen.chunks[0]?.map(({ labels }) => labels['pod'])).toEqual(['a', 'b']);
    expect(seen.audit).toMatchObject([
      { kind: 'alert-rejected', data: { index: 1, reason: 'invalid-alert', message: expect.stringContaining('startsAt') } },
      { kind: 'alert-rejected', data: { index: 2, reason: 'invalid-alert' } },
      { kind: 'alert-rejected', data: { index: 4, reason: 'alert-too-large' } },
    ]);
    expect(seen.rejected).toEqual(['invalid-alert', 'invalid-alert', 'alert-too-large']);
  });

  test('loses no neighbour of an alert on which our own code fails', async () => {
    const match: ReceiveDeps['match'] = ({ labels }) => {
      if (labels['pod'] === 'bad') throw new TypeError('a bug');
      return [{ rule: 'r', hash: 'h', edition, dry: null }];
    };
    const { seen, receive } = setUp({ match });
    expect(await receive(webhook(alert({}, { pod: 'bad' }), alert({}, { pod: 'good' })))).toEqual({
      kind: 'accepted',
      accepted: 1,
      rejected: 1,
    });
    expect(seen.audit).toMatchObject([{ data: { reason: 'invalid-alert', message: 'internal error: a bug' } }]);
  });

  test('with nothing but nonsense is recorded, in a bounded number of words', async () => {
    const { seen, receive } = setUp();
    const body = webhook(...Array.from({ length: 5_000 }, () => 7));
    expect(await receive(body)).toEqual({ kind: 'accepted', accepted: 0, rejected: 5_000 });
    expect(seen.chunks).toEqual([]);
    expect(seen.audit).toHaveLength(101);
    expect(seen.audit.at(-1)?.data).toEqual({ more: 4_900 });
    expect(seen.rejected).toHaveLength(5_000);
  });

  test.each([
    [null, 'malformed'],
    [[], 'malformed'],
    [{ version: '3', alerts: [] }, 'malformed'],
    [{ version: '4' }, 'malformed'],
    [webhook(...Array<number>(10_001).fill(1)), 'too-large'],
  ])('whose envelope cannot be taken reaches nothing', async (body, kind) => {
    const { seen, receive } = setUp();
    expect(await receive(body)).toMatchObject({ kind, message: expect.any(String) });
    expect(seen).toMatchObject({ chunks: [], audit: [] });
  });

  test('without alerts is accepted', async () => {
    expect(await setUp().receive(webhook())).toEqual({ kind: 'accepted', accepted: 0, rejected: 0 });
  });
});

describe('a store that cannot take a webhook', () => {
  const thousand = webhook(...Array.from({ length: 1_000 }, (_, index) => alert({}, { pod: `node-${index}` })));

  test.each(['unavailable', 'full', 'not-replicated'] as const)('and says %s has the sender come again', async (kind) => {
    const store = { accept: () => Promise.reject(new StoreError(kind, 'why')), record: async () => undefined };
    expect(await setUp({ store }).receive(webhook(alert()))).toEqual({ kind: 'unavailable', message: 'the store: why' });
  });

  test('because it is nearly full is asked for nothing', async () => {
    const { seen, receive } = setUp({ nearlyFull: async () => true });
    expect(await receive(webhook(alert(), 'nonsense'))).toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining('maxmemory'),
    });
    expect(seen).toMatchObject({ chunks: [], audit: [] });
  });

  test('because of our own fault is no matter of trying again quietly', async () => {
    const store = { accept: () => Promise.reject(new StoreError('protocol', 'a bug')), record: async () => undefined };
    await expect(setUp({ store }).receive(webhook(alert()))).rejects.toThrow('a bug');
  });

  test('beyond the first chunk acknowledges nothing', async () => {
    let calls = 0;
    const accept = async (alerts: readonly AcceptAlert[]): Promise<AcceptAnswer> => {
      if (++calls === 3) throw new StoreError('unavailable', 'gone');
      return { results: alerts.map(() => 'new'), hints: [] };
    };
    const answer = await setUp({ store: { accept, record: async () => undefined } }).receive(thousand);
    expect(answer.kind).toBe('unavailable');
    expect(calls).toBe(3);
  });

  test('and hangs is given up at the deadline, and not asked for the next chunk', async () => {
    let calls = 0;
    const accept = async (alerts: readonly AcceptAlert[]): Promise<AcceptAnswer> => {
      calls++;
      await sleep(2_000);
      return { results: alerts.map(() => 'new'), hints: [] };
    };
    const since = performance.now();
    const { receive } = setUp({ store: { accept, record: async () => undefined }, timing: { intakeMs: 1_000 } });
    expect(await receive(thousand)).toEqual({ kind: 'unavailable', message: 'not stored within 1000 ms: try again' });
    expect(performance.now() - since).toBeGreaterThan(990);
    await sleep(1_500);
    expect(calls).toBe(1);
  });

  test('and is slower than its senders works for none that was given up while it waited in line', async () => {
    let [busy, most] = [0, 0];
    const stored: string[] = [];
    const accept = async (alerts: readonly AcceptAlert[]): Promise<AcceptAnswer> => {
      busy += alerts.length;
      most = Math.max(most, busy);
      await sleep(100);
      busy -= alerts.length;
      stored.push(...alerts.map(({ labels }) => labels['pod'] ?? ''));
      return { results: alerts.map(() => 'new'), hints: [] };
    };
    const { receive } = setUp({ store: { accept, record: async () => undefined }, timing: { intakeMs: 1_000 } });
    const group = (index: number) => webhook(...Array.from({ length: 200 }, (_, at) => alert({}, { pod: `g${index}-${at}` })));
    const answers = await Promise.all(Array.from({ length: 60 }, (_, index) => receive(group(index))));
    await sleep(500);
    expect(most).toBe(400);
    expect(new Set(answers.map(({ kind }) => kind))).toEqual(new Set(['accepted', 'unavailable']));
    const accepted = answers.filter(({ kind }) => kind === 'accepted').length;
    // Two are being stored at any time, and a busy machine may take its time with them.
    expect(stored.length / 200 - accepted).toBeLessThanOrEqual(4);
    expect(await receive(webhook(alert()))).toMatchObject({ kind: 'accepted' });
  });
});
