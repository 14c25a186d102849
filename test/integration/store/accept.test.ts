import fc from 'fast-check';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { nextEpisode, type Episode } from '../../support/tables/episode.ts';
import type { AcceptAlert } from '../../../src/core/store.ts';
import {
  claim,
  ended,
  escalation,
  firing,
  inState,
  newRun,
  noRecord,
  resolved,
  slot,
  startStore,
  beginRequest,
  type StoreWorld,
} from './world.ts';

const world: StoreWorld = await startStore();
let store = world.store;
beforeEach(async () => {
  store = await world.reset();
});
afterAll(() => world[Symbol.asyncDispose]());

const accept = async (...alerts: AcceptAlert[]) => store.accept(alerts, []);
const results = async (...alerts: AcceptAlert[]) => (await accept(...alerts)).results;
const kinds = async (): Promise<string[]> => (await store.audit('0', 1_000, 0)).map(({ kind }) => kind);

/** Ends the only live run of the slot; answers its id. */
async function end(state: Parameters<typeof ended>[1], fields: Parameters<typeof ended>[2] = {}, name = 's1'): Promise<string> {
  const run = (await world.redis.hget(world.key('active'), name)) ?? (await world.redis.hget(world.key('dry:active'), name));
  const claimed = await claim(store, run!);
  const record = { ...noRecord, escalation: state === 'escalated' ? escalation() : null, clears: state === 'succeeded' };
  const answer = await store.end(ended(claimed.run, state, fields), claimed.epoch, claimed.events, record, []);
  expect(answer.kind).toBe('ok');
  return claimed.run.id;
}

describe('an alert that joins a live run', () => {
  const minute = 60_000;
  const P0 = slot('s1', { priority: 0, pageAfterMs: minute, doc: () => newRun('s1', { priority: 'P0' }) });
  const P3 = slot('s1', { priority: 3, pageAfterMs: 15 * minute, doc: () => newRun('s1', { priority: 'P3' }) });
  /** Counted from when the tests begin. */
  const pagesIn = async () => Number(await world.redis.zscore(world.key('pagedue'), 'r-1')) - 1_000_000;
  const priority = async () => (await store.run('r-1'))?.run.priority;
  const told = async () => (await claim(store, 'r-1')).inbox;

  test('and is of higher priority raises it: its human is woken by the earlier of both times, and it is told', async () => {
    await world.freeze(1_000_000);
    await accept(firing('f1', 1_000, P3));
    await world.freeze(1_000_000 + 5 * minute);
    await accept(firing('f2', 1_500, P0));
    expect([await priority(), await pagesIn()]).toEqual(['P0', 6 * minute]);
    expect(await told()).toMatchObject([{ fingerprint: 'f2', priority: 'P0' }]);
  });

  test('raises it also where one webhook brings both', async () => {
    await world.freeze(1_000_000);
    await accept(firing('f1', 1_000, P3), firing('f2', 1_500, P0));
    expect([await priority(), await pagesIn()]).toEqual(['P0', minute]);
  });

  test('wakes its human no later than was due before, and also where nobody was to be woken', async () => {
    await world.freeze(1_000_000);
    await accept(firing('f1', 1_000, P3), firing('f2', 1_000, slot('s1', { priority: 2, pageAfterMs: 20 * minute })));
    expect([await priority(), await pagesIn()]).toEqual(['P2', 15 * minute]);
    await accept(firing('f3', 1_000, slot('s1', { priority: 1, pageAfterMs: null })));
    expect([await priority(), await pagesIn()]).toEqual(['P1', 15 * minute]);
    await world.redis.del(world.key('pagedue'));
    await accept(firing('f4', 1_000, P0));
    expect([await priority(), await pagesIn()]).toEqual(['P0', minute]);
  });

  test('and is of lower priority, or of the same, changes nothing of that', async () => {
    await world.freeze(1_000_000);
    await accept(firing('f1', 1_000, P0), firing('f2', 1_500, P3), firing('f3', 1_500, slot('s1', { priority: 0, pageAfterMs: 0 })));
    expect([await priority(), await pagesIn()]).toEqual(['P0', minute]);
    expect((await told()).every((event) => !('priority' in event))).toBe(true);
  });

  test('raises a dry run, but never its page', async () => {
    await accept(
      firing('f1', 1_000, slot('s1', { priority: 3, dry: true })),
      firing('f2', 1_000, slot('s1', { priority: 0, dry: true, pageAfterMs: 0 })),
    );
    expect(await told()).toMatchObject([{ priority: 'P0' }]);
    expect(await world.redis.exists(world.key('pagedue'))).toBe(0);
  });

  test('raises what a script says in its place', async () => {
    await accept(firing('f1', 1_000, P3), firing('f2', 1_500, P0));
    for (let round = 0; round < 10; round += 1) {
      await claim(store, 'r-1');
      await world.pass(world.timing.leaseMs + 1);
    }
    expect(await store.claim('r-1', null, 'w')).toEqual({ kind: 'ended' });
    expect(await store.incidents({ limit: 9 })).toMatchObject([{ priority: 'P0', reason: 'crash-loop' }]);
  });
});

describe('a new alert', () => {
  test('starts one run for each rule that takes it', async () => {
    const { hints, results } = await accept(firing('f1', 1_000, 's1', slot('s2', { priority: 0 })));
    expect(results).toEqual(['new']);
    expect(hints).toEqual([
      { run: 'r-1', version: 0, events: 0, priority: 2 },
      { run: 'r-2', version: 0, events: 0, priority: 1 },
    ]);
    expect(await kinds()).toEqual(['episode', 'accepted', 'accepted']);
    expect(await world.redis.zrange(world.key('due'), '0', '-1')).toEqual(['r-1', 'r-2']);
  });

  test('of a slot that has a live run attaches to it', async () => {
    await accept(firing('f1', 1_000, 's1'));
    const { hints, results } = await accept(firing('f2', 1_500, 's1'));
    expect(results).toEqual(['new']);
    expect(hints).toEqual([{ run: 'r-1', version: 0, events: 1, priority: 0 }]);
    const claimed = await claim(store, 'r-1');
    expect(claimed.inbox).toMatchObject([{ kind: 'episode', fingerprint: 'f2', startsAt: 1_500, change: 'new' }]);
    expect(claimed.inbox[0]?.kind === 'episode' && claimed.inbox[0].at).toBeLessThanOrEqual(claimed.now);
  });

  test('that no rule takes starts nothing, and is only remembered for a rule that may come', async () => {
    expect(await results(firing('f1', 1_000))).toEqual(['not-matched']);
    expect(await world.keys()).toEqual(['identity', 'meta', 'unmatched', 'unmatched:f1']);
  });

  test('that is dry has its run in the other key space, beside a live one, and never pages', async () => {
    await accept(firing('f1', 1_000, slot('s1', { dry: true, pageAfterMs: 0 })), firing('f2', 1_000, 's1'));
    expect(await world.redis.hgetall(world.key('dry:active'))).toEqual({ s1: 'r-1' });
    expect(await world.redis.hgetall(world.key('active'))).toEqual({ s1: 'r-2' });
    expect(await store.pageDue(10)).toEqual([]);
  });

  test('of a rule with escalate_after has its human due then', async () => {
    await accept(firing('f1', 1_000, slot('s1', { pageAfterMs: 60_000 })));
    expect(await store.pageDue(10)).toEqual([]);
    await world.pass(60_001);
    expect(await store.pageDue(10)).toEqual([{ kind: 'run', id: 'r-1' }]);
    expect(await store.pageDue(10)).toEqual([]);
  });

  test('tells its run of everything else that fires in its slot', async () => {
    await accept(firing('f1', 1_000, 's1'), firing('f2', 1_100, 's1'));
    await end('skipped');
    await accept(firing('f1', 1_000, 's1'));
    expect((await claim(store, 'r-2')).inbox).toMatchObject([{ kind: 'episode', fingerprint: 'f2', startsAt: 1_100, change: 'new' }]);
  });

  test('with texts that JSON makes hard keeps them to the letter', async () => {
    const labels = { quote: '"\\/', null: 'null', bell: '\u0007', astral: '🔥', empty: '' };
    const doc = () => newRun('s1', { labels, annotations: {}, verdicts: [], target: { ...newRun('s1').target, unresolved: 'no label é' } });
    await accept({ ...firing('f1', 1_000, slot('s1', { doc })), labels });
    const claimed = await claim(store, 'r-1');
    expect(claimed.run).toMatchObject({ labels, verdicts: [], outputs: {}, target: { unresolved: 'no label é' } });
    expect((await store.uncovered('0')).found).toEqual([]);
  });
});

describe('a repeat', () => {
  test('changes nothing more, however often it comes', async () => {
    await accept(firing('f1', 1_000, 's1'));
    const before = await world.redis.dbsize();
    for (let i = 0; i < 3; i++) expect(await accept(firing('f1', 1_000, 's1'))).toEqual({ hints: [], results: ['same'] });
    expect(await world.redis.dbsize()).toBe(before);
    expect(await kinds()).toEqual(['episode', 'accepted']);
  });

  test('costs no document while its run lives', async () => {
    let asked = 0;
    const counting = slot('s1', { doc: () => (asked++, newRun('s1')) });
    for (let i = 0; i < 3; i++) await accept(firing('f1', 1_000, counting));
    expect(asked).toBe(1);
  });

  test('that turns out to be a new generation brings its annotations', async () => {
    await accept(firing('f1', 1_000, 's1'));
    await end('skipped');
    const again = { ...firing('f1', 2_000, 's1'), annotations: { summary: 'down again' } };
    expect(await results(again)).toEqual(['new']);
    expect(await world.redis.hget(world.key('ep', 'f1'), 'annotations')).toBe('{"summary":"down again"}');
    expect(await kinds()).toEqual(['episode', 'accepted', 'episode', 'accepted']);
  });

  test('after an effect is told to the run: the alert fires on', async () => {
    await accept(firing('f1', 1_000, 's1'));
    const claimed = await claim(store, 'r-1');
    await store.begin(beginRequest(claimed));
    expect(await results(firing('f1', 1_000, 's1'))).toEqual(['attached']);
    expect(await store.keep(claimed.run, claimed.epoch, 0, [])).toMatchObject({
      kind: 'again',
      inbox: [{ kind: 'episode', change: 'repeat' }],
    });
  });

  test('whose run was skipped starts a new one', async () => {
    await accept(firing('f1', 1_000, 's1'));
    await end('skipped');
    expect(await accept(firing('f1', 1_000, 's1'))).toMatchObject({ results: ['new'], hints: [{ run: 'r-2' }] });
  });

  test('is covered by the open incident of its slot, and by none that is resolved', async () => {
    await accept(firing('f1', 1_000, 's1'));
    await end('escalated');
    expect(await results(firing('f1', 1_000, 's1'))).toEqual(['same']);
    const [incident] = await store.incidents({ limit: 1 });
    await store.resolve(incident!.id, 'ann', 60_000);
    expect(await results(firing('f1', 1_000, 's1'))).toEqual(['same']);
    await world.pass(60_001);
    await store.advanceIncident(incident!.id);
    expect((await store.incident(incident!.id))?.incident.state).toBe('open');
    await accept(resolved('f1', 1_000, 2_000));
    await world.pass(300_001);
    await store.advanceIncident(incident!.id);
    expect((await store.incident(incident!.id))?.incident.state).toBe('resolved');
    await world.pass(1_800_001);
    expect(await results(firing('f1', 1_000, 's1'))).toEqual(['new']);
  });

  test('after a success starts a new run, at the next rung', async () => {
    await accept(firing('f1', 1_000, 's1'));
    await end('succeeded');
    expect((await world.redis.hgetall(world.key('ep:f1')))['status']).toBe('resolved');
    expect(await accept(firing('f1', 1_000, 's1'))).toMatchObject({ results: ['new'], hints: [{ run: 'r-2' }] });
  });

  test('is covered by an observed run while the rule still observes', async () => {
    const dry = slot('s1', { dry: true });
    await accept(firing('f1', 1_000, dry));
    await end('observed');
    expect(await results(firing('f1', 1_000, dry))).toEqual(['same']);
    expect((await store.uncovered('0')).found).toEqual([]);
    expect(await results(firing('f1', 1_000, 's1'))).toEqual(['new']);
  });

  test.each([
    ['cancelled', 'cancelled'],
    ['skipped', 'rejected'],
  ] as const)('is covered by a run that a human ended (%s, %s), until the episode ends', async (state, reason) => {
    await accept(firing('f1', 1_000, 's1'));
    await end(state, { end: { reason, detail: '', would: null, at: 1 } });
    expect(await results(firing('f1', 1_000, 's1'))).toEqual(['same']);
    expect(await results(firing('f1', 9_000, 's1'))).toEqual(['new']);
  });

  test('of a generation that began after a human ended the run of the earlier one is not covered by that', async () => {
    await accept(firing('f1', 1_000, 's1'));
    await end('cancelled', { end: { reason: 'cancelled', detail: '', would: null, at: 1 } });
    await world.pass(1);
    await accept(firing('f1', 9_000, slot('s1', { dry: true })));
    expect(await results(firing('f1', 9_000, 's1'))).toEqual(['new']);
  });

  test('that is due and was sent without a document is sent again with one', async () => {
    const repeat = firing('f1', 1_000, 's1', 's2');
    await accept(repeat);
    await end('skipped');
    await end('skipped', {}, 's2');
    const answer = await store.accept([firing('f9', 1, 's9'), repeat, resolved('f8', 1, 2)], []);
    expect(answer.results).toEqual(['new', 'new', 'unknown-episode']);
    expect(answer.hints.map(({ run }) => run)).toEqual(['r-3', 'r-4', 'r-5']);
  });

  test('of a new generation starts a run in spite of an open incident, also when it was sent without a document', async () => {
    await accept(firing('f1', 1_000, 's1'));
    await end('escalated');
    expect(await accept(firing('f1', 5_000, 's1'))).toMatchObject({ results: ['new'], hints: [{ run: 'r-2' }] });
  });

  test('of a rule that no longer takes it is forgotten by the slot, unless a run lives', async () => {
    await accept(firing('f1', 1_000, 's1', 's2'));
    await end('skipped', {}, 's2');
    expect((await store.uncovered('0')).found.map(({ slot }) => slot)).toEqual(['s2']);
    expect(await results(firing('f1', 1_000))).toEqual(['not-matched']);
    expect((await store.uncovered('0')).found).toEqual([]);
    expect(await world.keys('firing:*')).toEqual(['firing:s1']);
    await accept(resolved('f1', 1_000, 2_000));
    expect((await claim(store, 'r-1')).inbox).toMatchObject([{ kind: 'resolved', fingerprint: 'f1', all: true }]);
  });
});

describe('a resolve', () => {
  test('tells each run of the episode, and says when nothing of the slot fires any more', async () => {
    await accept(firing('f1', 1_000, 's1', slot('s2', { dry: true })), firing('f2', 1_000, 's1'));
    const first = await accept(resolved('f1', 1_000, 2_000));
    expect(first.results).toEqual(['resolved']);
    expect(first.hints.map(({ run, priority }) => [run, priority])).toEqual([
      ['r-1', 0],
      ['r-2', 0],
    ]);
    expect((await claim(store, 'r-1')).inbox).toMatchObject([{ kind: 'episode' }, { kind: 'resolved', fingerprint: 'f1', all: false }]);
    expect((await claim(store, 'r-2')).inbox).toMatchObject([{ kind: 'resolved', all: true }]);
    await world.pass(40_000);
    await accept(resolved('f2', 1_000, 2_000));
    expect((await claim(store, 'r-1')).inbox.at(-1)).toMatchObject({ kind: 'resolved', fingerprint: 'f2', all: true });
  });

  test('comes once: a second one only moves the end', async () => {
    await accept(firing('f1', 1_000, 's1'));
    expect(await results(resolved('f1', 1_000, 2_000))).toEqual(['resolved']);
    expect(await accept(resolved('f1', 1_000, 2_500))).toEqual({ results: ['same'], hints: [] });
    expect(await results(firing('f1', 2_400, 's1'))).toEqual(['attached']);
  });

  test('older than the start is late, of an alert never seen unknown', async () => {
    await accept(firing('f1', 1_000, 's1'));
    expect(await results(resolved('f1', 500, 900), resolved('f2', 1, 2))).toEqual(['late-resolve', 'unknown-episode']);
  });

  test('after our own verification still reaches the runs of other rules', async () => {
    await accept(firing('f1', 1_000, 's1', 's2'));
    await end('succeeded');
    expect((await world.redis.hgetall(world.key('ep:f1')))['status']).toBe('firing');
    await accept(resolved('f1', 1_000, 2_000));
    expect((await claim(store, 'r-2')).inbox).toMatchObject([{ kind: 'resolved', all: true }]);
  });
});

describe('silent and uncovered episodes', () => {
  test('one of which nothing was heard is listed with its live runs', async () => {
    await accept(firing('f1', 1_000, 's1', slot('s2', { dry: true })));
    expect(await store.silent(1_000, 10)).toEqual([]);
    await world.redis.zadd(world.key('episodes'), (await store.now()) - 2_000, 'f1');
    expect(await store.silent(1_000, 10)).toMatchObject([
      { fingerprint: 'f1', startsAt: 1_000, runs: ['r-1'], labels: { alertname: 'NodeDown' } },
    ]);
  });

  test('a firing episode without a live run or a cover is found, and an incident may be opened for it once', async () => {
    await accept(firing('f1', 1_000, 's1'), firing('f2', 1_000, 's2'));
    await end('skipped');
    const { found, cursor } = await store.uncovered('0');
    expect(cursor).toBe('0');
    expect(found).toEqual([
      {
        fingerprint: 'f1',
        slot: 's1',
        dry: false,
        labels: { alertname: 'NodeDown', fingerprint: 'f1' },
        annotations: { summary: 'down' },
        startsAt: 1_000,
      },
    ]);
    const orphan = escalation({ reason: 'orphaned' });
    expect(await store.openOrphan('f2', 's2', orphan, [])).toBeNull();
    expect(await store.openOrphan('f1', 's1', orphan, [{ kind: 'orphan-found', data: {} }])).toMatch(/^i-/);
    expect(await store.openOrphan('f1', 's1', orphan, [])).toBeNull();
    expect((await store.uncovered('0')).found).toEqual([]);
    expect(await results(firing('f1', 1_000, 's1'))).toEqual(['same']);
  });
});

test('a batch of two hundred is taken whole, one more is refused before it is sent', async () => {
  const alerts = Array.from({ length: 200 }, (_, i) => firing(`f${i}`, 1_000, `s${i}`));
  expect((await store.accept(alerts, [{ kind: 'alert-rejected', data: { reason: 'invalid-alert' } }])).hints).toHaveLength(200);
  await expect(store.accept([...alerts, firing('x', 1, 'x')], [])).rejects.toThrow(/at most 200/);
});

describe('the episode script', () => {
  const start = fc.integer({ min: 100, max: 106 });
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('firing' as const), startsAt: start }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('resolved' as const), endsAt: start }) },
    { weight: 1, arbitrary: fc.constant({ kind: 'verified' as const }) },
  );
  const answers: Readonly<Record<string, readonly string[]>> = {
    new: ['new'],
    generation: ['new', 'attached'],
    reopened: ['new', 'attached', 'same'],
    same: ['same', 'new', 'attached'],
    resolved: ['resolved'],
    late: ['late-resolve'],
    unknown: ['unknown-episode'],
  };

  test('does what the pure table says, step by step', async () => {
    let counter = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
        const fingerprint = `p${counter++}`;
        const name = `slot-${fingerprint}`;
        let episode: Episode | null = null;
        for (const one of steps) {
          if (one.kind === 'verified' && (await world.redis.hget(world.key('active'), name)) === null) continue;
          const expected = nextEpisode(episode, one, 0);
          if (one.kind === 'verified') await end('succeeded', {}, name);
          else {
            const alert = one.kind === 'firing' ? firing(fingerprint, one.startsAt, name) : resolved(fingerprint, 0, one.endsAt);
            const [answer] = await results(alert);
            expect(answers[expected.change]).toContain(answer);
          }
          episode = expected.episode;
          const stored = await world.redis.hgetall(world.key('ep', fingerprint));
          expect(read(stored)).toEqual(episode === null ? null : { ...episode, genAt: undefined, lastSeen: undefined });
        }
      }),
      { numRuns: 150 },
    );
  });

  const read = (f: Record<string, string>): object | null =>
    f['status'] === undefined
      ? null
      : {
          status: f['status'],
          startsAt: Number(f['start']),
          newest: Number(f['newest']),
          endsAt: f['end'] === undefined ? null : Number(f['end']),
          gen: Number(f['gen']),
          genAt: undefined,
          lastSeen: undefined,
          verified: f['verified'] === '1',
        };
});

test('a run that is held keeps its place through a repeat', async () => {
  await accept(firing('f1', 1_000, 's1'));
  const claimed = await claim(store, 'r-1');
  await store.park(inState(claimed.run, 'sleeping'), claimed.epoch, 0, 60_000, []);
  await accept(firing('f1', 1_000, 's1'));
  expect((await store.run('r-1'))?.dueAt).toBeGreaterThan(claimed.now + 50_000);
});
