import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { Auditor, startAuditor, type AuditorDeps } from '../../src/app/auditor.ts';
import { slotRequest, type RuleMatch } from '../../src/app/slot-request.ts';
import type { AlertSource } from '../../src/core/ports.ts';
import type { EndState } from '../../src/core/run.ts';
import type { Hint } from '../../src/core/store.ts';
import { defaultTiming } from '../../src/core/timing.ts';
import { eventually } from '../support/eventually.ts';
import { processClock, recordingLog } from '../support/log.ts';
import { sampleEdition, samplePolicy } from '../support/sample.ts';
import { claim, ended, escalation, noRecord, resolved, startStore } from './store/world.ts';

const world = await startStore();
const links = { externalUrl: null, alertmanagerUrl: null };
const labels = { alertname: 'ArchiveChainNodeDown', namespace: 'archivechain-prod', pod: 'node-1' };
const alert = { fingerprint: 'f1', labels, annotations: {}, startsAt: 1_000, generatorURL: '' };
const rule: RuleMatch = { rule: 'archivechain-node-down', hash: 'e'.repeat(64), edition: sampleEdition(), dry: null };
const SLOT = 'archivechain-node-down|pod:main/archivechain-prod/node-1';
const stale = defaultTiming.staleAfterMs;

let store = world.store;
let matches: readonly RuleMatch[] = [];
let sources: AlertSource[] = [];
let asked: Readonly<Record<string, string>>[] = [];
let hints: Hint[] = [];
let beats = 0;
let log = recordingLog();
let auditor = new Auditor(deps());

function deps(over: Partial<AuditorDeps> = {}): AuditorDeps {
  return {
    store,
    match: () => matches,
    rules: () => matches,
    hints: { wake: (woken) => Promise.resolve(void hints.push(...woken)) },
    sources,
    clusters: { defaultName: 'main' },
    links,
    orphanPolicy: () => samplePolicy({ name: 'emergency' }),
    page: () => Promise.resolve(),
    wakeDelivery: () => {},
    heartbeat: () => Promise.resolve(void (beats += 1)),
    timing: { ...defaultTiming, auditEveryMs: 20 },
    clock: processClock,
    log,
    ...over,
  };
}

beforeEach(async () => {
  store = await world.reset();
  [matches, sources, asked, hints, beats, log] = [[rule], [], [], [], 0, recordingLog()];
  await store.putBlob(rule.hash, JSON.stringify(rule.edition), null);
  auditor = new Auditor(deps());
});
afterAll(() => world[Symbol.asyncDispose]());

const round = () => auditor.round(new AbortController().signal);
const incidents = () => store.incidents({ limit: 100 });
const liveRuns = () => store.runs({ states: ['pending'], limit: 100 });
const uncovered = async () => (await store.uncovered('0')).found.map(({ fingerprint }) => fingerprint);

/** Plain reads know the real time only: so the last report is moved back. */
const reportedAt = (at: number) => world.redis.zadd(world.key('episodes'), at, 'f1');
const fallSilent = () => reportedAt(Date.now() - stale - 1_000);
const hear = () => reportedAt(Date.now());

async function fire(match: RuleMatch = rule): Promise<string> {
  const slots = [slotRequest(match, alert, { defaultCluster: 'main', receivedAt: Date.now() })];
  const answer = await store.accept([{ ...alert, status: 'firing', endsAt: null, slots }], []);
  return answer.hints[0]!.run;
}

async function end(run: string, state: EndState): Promise<void> {
  const claimed = await claim(store, run);
  const record = { ...noRecord, escalation: state === 'escalated' ? escalation({ key: 'k' }) : null };
  const answer = await store.end(
    ended(claimed.run, state, { end: { reason: 'rule-removed', detail: '', would: null, at: 0 } }),
    claimed.epoch,
    claimed.events,
    record,
    [],
  );
  expect(answer.kind).toBe('ok');
}

/** A source that is asked, and answers so. */
function source(answer: 'firing' | 'pending' | 'not-firing' | Error): AlertSource {
  return {
    kind: 'alertmanager',
    state(labels) {
      asked.push(labels);
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
  };
}

describe('a firing alert that nothing covers', () => {
  test('gets a new run of its rule', async () => {
    await end(await fire(), 'skipped');
    expect(await uncovered()).toEqual(['f1']);
    await round();
    expect(await liveRuns()).toMatchObject([{ slot: SLOT, labels }]);
    expect(hints).toMatchObject([{ run: (await liveRuns())[0]?.id }]);
    expect(await incidents()).toEqual([]);
    expect(await uncovered()).toEqual([]);
    expect(log.said()).toEqual(['a firing alert was not covered']);
    await round();
    expect(hints).toHaveLength(1);
    expect(beats).toBe(2);
  });

  test('and that no rule knows any more wakes a human, once, until it resolves', async () => {
    await end(await fire(), 'skipped');
    matches = [];
    await round();
    expect(await incidents()).toMatchObject([{ reason: 'orphaned', state: 'open', policy: { name: 'emergency' }, runs: [] }]);
    expect((await store.audit('0', 100, 0)).map(({ kind }) => kind)).toContain('orphan-found');
    await round();
    expect(await incidents()).toHaveLength(1);
    await store.accept([resolved('f1', 1_000, 2_000)], []);
    await world.pass(defaultTiming.incidentClearMs);
    await store.advanceIncident((await incidents())[0]!.id);
    expect(await incidents()).toMatchObject([{ state: 'resolved' }]);
    expect(await uncovered()).toEqual([]);
  });

  test('and was only observed is forgotten when no rule knows it any more', async () => {
    const dry: RuleMatch = { ...rule, dry: 'observe' };
    await end(await fire(dry), 'skipped');
    expect(await uncovered()).toEqual(['f1']);
    matches = [];
    await round();
    expect(await uncovered()).toEqual([]);
    expect(await incidents()).toEqual([]);
  });

  test('and was only observed gets a run of its rule once that may act, and only one', async () => {
    const dry: RuleMatch = { ...rule, dry: 'observe' };
    matches = [dry];
    await end(await fire(dry), 'observed');
    await round();
    expect(await liveRuns()).toEqual([]);
    matches = [rule];
    await round();
    expect(await liveRuns()).toMatchObject([{ slot: SLOT, dry: null }]);
    await round();
    expect(hints).toHaveLength(1);
    expect(await incidents()).toEqual([]);
  });

  test('moves to the slot that its rule names now', async () => {
    await end(await fire(), 'skipped');
    const target = { ...rule.edition.rule.target, namespace: 'elsewhere' };
    matches = [{ ...rule, edition: { ...rule.edition, rule: { ...rule.edition.rule, target } } }];
    await round();
    expect(await liveRuns()).toMatchObject([{ slot: 'archivechain-node-down|pod:main/elsewhere/node-1' }]);
    expect(await incidents()).toEqual([]);
    expect(await uncovered()).toEqual([]);
  });

  test.each<EndState>(['escalated', 'cancelled', 'succeeded'])('is not one whose run ended %s', async (state) => {
    await end(await fire(), state);
    await round();
    expect(await liveRuns()).toEqual([]);
    expect(log.said()).toEqual([]);
  });
});

describe('an alert of which nothing was heard for long', () => {
  beforeEach(async () => {
    await fire();
    await fallSilent();
  });
  const withSources = (...answers: Parameters<typeof source>[0][]) => (auditor = new Auditor(deps({ sources: answers.map(source) })));
  const silent = async () => (await store.silent(stale, 10)).length;

  test('is asked about by the labels that name it, and fires on', async () => {
    for (const answer of ['firing', 'pending'] as const) {
      withSources(answer);
      await round();
      expect(await silent()).toBe(0);
      await fallSilent();
    }
    expect(asked[0]).toEqual({ pod: 'node-1' });
    expect(await liveRuns()).toHaveLength(1);
    expect(await incidents()).toEqual([]);
  });

  test('counts as resolved when a source says so, and its run is told', async () => {
    const [run] = await liveRuns();
    withSources(new Error('down'), 'not-firing');
    await round();
    expect(await silent()).toBe(0);
    expect((await claim(store, run!.id)).inbox).toMatchObject([{ kind: 'resolved', fingerprint: 'f1' }]);
    expect(await incidents()).toEqual([]);
  });

  test('wakes a human once when no source can tell, and again when it fell silent once more', async () => {
    withSources(new Error('connection refused'));
    await round();
    await round();
    const [incident] = await incidents();
    expect(incident).toMatchObject({ reason: 'stale', state: 'open' });
    const { messages } = (await store.incident(incident!.id))!;
    expect(messages[0]?.report.reasonText).toContain('nothing was heard of f1 for 2h 15m; alertmanager: connection refused.');
    const told = (await store.audit('0', 100, 0)).filter(({ kind }) => kind === 'incident');
    expect(told).toHaveLength(1);
    expect(await liveRuns()).toHaveLength(1);
    await hear();
    await round();
    await fallSilent();
    await round();
    expect((await store.audit('0', 100, 0)).filter(({ kind }) => kind === 'incident')).toHaveLength(2);
  });

  test('waits once in a round for a source that hangs, and wakes the humans of all that it cannot tell of', async () => {
    const other = { ...alert, fingerprint: 'f2', labels: { ...labels, pod: 'node-2' } };
    const slots = [slotRequest(rule, other, { defaultCluster: 'main', receivedAt: Date.now() })];
    await store.accept([{ ...other, status: 'firing', endsAt: null, slots }], []);
    await world.redis.zadd(world.key('episodes'), Date.now() - stale - 1_000, 'f2');
    const hanging: AlertSource = {
      kind: 'prometheus',
      state: (told, signal) =>
        new Promise((_, reject) => {
          asked.push(told);
          signal.addEventListener('abort', () => reject(new Error('no answer in time')));
        }),
    };
    auditor = new Auditor(deps({ sources: [hanging], timing: { ...defaultTiming, readMs: 50 } }));

    await round();

    expect(asked).toHaveLength(1);
    expect(await incidents()).toHaveLength(2);
    await round();
    expect(asked).toHaveLength(2);
  });

  test('whose run cannot be read keeps nobody else from being woken, and the round from being a good one', async () => {
    await store.accept([{ ...alert, status: 'resolved', endsAt: alert.startsAt, slots: [] }], []);
    const names = ['f2', 'f3', 'f4'];
    for (const [at, fingerprint] of names.entries()) {
      const other = { ...alert, fingerprint, labels: { ...labels, pod: `node-${at + 2}` } };
      const hash = fingerprint === 'f2' ? 'f'.repeat(64) : rule.hash;
      const slots = [slotRequest({ ...rule, hash }, other, { defaultCluster: 'main', receivedAt: Date.now() })];
      await store.accept([{ ...other, status: 'firing', endsAt: null, slots }], []);
      await world.redis.zadd(world.key('episodes'), Date.now() - stale - 10_000 + at, fingerprint);
    }
    await expect(round()).rejects.toThrow('nobody could be told of 1 runs whose alert fell silent');
    expect(await incidents()).toHaveLength(2);
    expect(beats).toBe(0);
    expect(log.said('error')).toEqual(['no human can be told of a stale alert']);
  });

  test('wakes a human too when there is nobody to ask', async () => {
    await round();
    const [incident] = await incidents();
    const { messages } = (await store.incident(incident!.id))!;
    expect(messages[0]?.report.reasonText).toContain('neither Prometheus nor Alertmanager is configured');
  });

  test('is asked about by all its labels when no rule knows it', async () => {
    matches = [];
    withSources('firing');
    await round();
    expect(asked).toEqual([labels]);
    expect(await silent()).toBe(0);
  });
});

describe('the heartbeat', () => {
  test('beats after every round that went well', async () => {
    await using _ticking = startAuditor(deps());
    await eventually('three beats', () => beats >= 3);
    expect(log.said()).toEqual([]);
  });

  test('stays silent while a human is overdue', async () => {
    const doc = slotRequest(rule, alert, { defaultCluster: 'main', receivedAt: 0 });
    await store.accept([{ ...alert, status: 'firing', endsAt: null, slots: [{ ...doc, pageAfterMs: 1_000 }] }], []);
    await world.redis.zadd(world.key('pagedue'), Date.now() - 1_000, (await liveRuns())[0]!.id);
    await expect(round()).rejects.toThrow('1 pages to humans are overdue');
    expect(beats).toBe(0);
  });

  test('stays silent when the round fails, which is logged, and the next round comes', async () => {
    let rounds = 0;
    const failing = deps({ page: () => Promise.reject(new Error(`no answer ${(rounds += 1)}`)) });
    await using _ticking = startAuditor(failing);
    await eventually('three rounds', () => rounds >= 3);
    expect(beats).toBe(0);
    expect(log.lines).toMatchObject([{ level: 'warn', message: 'audit failed', fields: { error: 'no answer 1' } }]);
  });

  test('is not needed', async () => {
    auditor = new Auditor(deps({ heartbeat: null }));
    await expect(round()).resolves.toBeUndefined();
  });
});
