import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { sha256 } from '../../../src/adapters/system/clock.ts';
import { Schedules } from '../../../src/app/schedules.ts';
import type { Edition } from '../../../src/core/edition.ts';
import { canonicalJson } from '../../../src/core/json.ts';
import { parseCron } from '../../../src/core/schedule/cron.ts';
import type { Run } from '../../../src/core/run.ts';
import { processClock } from '../../support/log.ts';
import { quietTelemetry, startEngine, type Engine } from '../../support/engine.ts';
import { eventually } from '../../support/eventually.ts';
import { startRedis } from '../../support/redis.ts';
import { startSandbox } from '../../support/sandbox.ts';
import { actionStep, checkStep, ladder } from '../../unit/core/reduce/steps.ts';

const NS = 'archivechain-prod';
const POD = 'archivechain-full-archive-1';
const MINUTE = 60_000;
const timing = { verifyPollMs: 100, holdPollMs: 300, sweepEveryMs: 200, backoffMs: 100 };

/** Restarts one pod, whatever its state is. */
function nightly(over: Partial<Edition['rule']> = {}, edition = ladder([checkStep('health'), actionStep('restart')])): Edition {
  const { rule } = edition;
  const guards = { ...rule.guards, minAgeMs: 0, cooldownMs: 0, targetCooldownMs: 0, ...over.guards };
  const target = { ...rule.target, namespace: NS, find: { by: 'name', value: POD } } as const;
  const verify = { ...rule.verify, withinMs: 10_000, stableForMs: 300 };
  return { ...edition, rule: { ...rule, name: 'nightly', matchers: [], ...over, target, verify, guards } };
}

interface Clockwork extends AsyncDisposable {
  readonly engine: Engine;
  readonly sandbox: Awaited<ReturnType<typeof startSandbox>>;
  /** As if the schedule had been looked at last so long ago. */
  away(ms: number): Promise<void>;
  /** One look; the runs that there are then, newest first. */
  look(edition: Edition): Promise<readonly Run[]>;
  ticks(): Promise<readonly unknown[]>;
}

/** A schedule of every minute on a real store and a sandbox. */
async function startClockwork(startWithinMs: number): Promise<Clockwork> {
  await using parts = new AsyncDisposableStack();
  const redis = parts.use(await startRedis());
  const sandbox = parts.use(await startSandbox());
  const engine = parts.use(await startEngine({ socket: redis.socket, cluster: sandbox.cluster(), timing }));
  const client = parts.adopt(new Redis({ path: redis.socket }), (one) => one.disconnect());
  const schedule = { text: '* * * * *', cron: parseCron('* * * * *'), timezone: 'UTC', startWithinMs };
  const kept = parts.move();
  return {
    engine,
    sandbox,
    async away(ms) {
      const { now } = await engine.store.schedules([]);
      await client.del('{remediad}:schedule:nightly');
      await client.hset('{remediad}:schedule:nightly', 'since:UTC * * * * *', now - ms);
    },
    async look(edition) {
      const hash = sha256(canonicalJson(edition));
      await engine.store.putBlob(hash, JSON.stringify(edition), null);
      const rule = { rule: 'nightly', hash, edition, dry: null, starts: { schedule, manual: false, labels: {} } };
      const schedules = new Schedules({
        store: engine.store,
        rules: () => [rule],
        nearlyFull: async () => false,
        clusters: { defaultName: sandbox.cluster().name },
        hints: engine.hints,
        telemetry: quietTelemetry,
        timing: { sweepEveryMs: 1_000 },
        clock: processClock,
        log: engine.log,
      });
      await schedules.look(new AbortController().signal);
      return engine.store.runs({ limit: 10 });
    },
    ticks: async () => (await engine.store.audit('0', 1_000, 0)).filter(({ kind }) => kind === 'tick').map(({ data }) => data),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

test('a tick starts a run that acts, is verified by the health of its target, and succeeds without any alert', async () => {
  await using clockwork = await startClockwork(60 * MINUTE);
  await clockwork.away(MINUTE);
  const [started] = await clockwork.look(nightly());
  const run = await clockwork.engine.ended(started?.id ?? '');

  expect(run.state, JSON.stringify(run.end)).toBe('succeeded');
  expect(run).toMatchObject({ trigger: { kind: 'schedule' }, episodes: {}, end: { reason: 'verified' } });
  expect(run.verdicts.find(({ guard }) => guard === 'corroboration')).toMatchObject({ result: 'n/a' });
  expect(await clockwork.sandbox.admin.journal({ run: run.id })).toHaveLength(1);
  const again = await clockwork.look(nightly());
  expect(again.filter(({ trigger }) => trigger.id === run.trigger.id)).toHaveLength(1);
});

test('a run that finds nothing to do succeeds too', async () => {
  await using clockwork = await startClockwork(60 * MINUTE);
  await clockwork.away(MINUTE);
  const edition = nightly({}, ladder([checkStep('health'), actionStep('restart', { if: '!steps.health.ok' })]));
  const [started] = await clockwork.look(edition);
  const run = await clockwork.engine.ended(started?.id ?? '');

  expect(run).toMatchObject({ state: 'succeeded', acted: false });
  expect(await clockwork.sandbox.admin.journal()).toEqual([]);
});

test('ticks that passed while nobody looked are one run, or none', async () => {
  await using clockwork = await startClockwork(60 * MINUTE);
  await clockwork.away(10 * MINUTE);
  expect(await clockwork.look(nightly())).toHaveLength(1);
  expect(await clockwork.ticks()).toMatchObject([{ reason: 'missed' }]);

  await using late = await startClockwork(-1);
  await late.away(10 * MINUTE);
  expect(await late.look(nightly())).toEqual([]);
  expect(await late.ticks()).toMatchObject([{ reason: 'missed' }, { reason: 'missed' }]);
});

test('a schedule never overlaps itself: while its run is held, a tick starts none', async () => {
  await using clockwork = await startClockwork(60 * MINUTE);
  const { engine } = clockwork;
  await engine.store.setBrake({ scope: 'all', by: 'ana', why: 'test', until: null });
  await clockwork.away(MINUTE);
  const [held] = await clockwork.look(nightly());
  await eventually('it to be held', async () => (await engine.run(held?.id ?? '')).hold?.reason === 'paused');
  await clockwork.away(MINUTE);
  expect(await clockwork.look(nightly())).toHaveLength(1);
  expect(await clockwork.ticks()).toMatchObject([{ reason: 'still-running', detail: `run ${held?.id} is still at it` }]);
  expect(await clockwork.sandbox.admin.journal()).toEqual([]);
});

test('in a mute that outlasts its time a scheduled run ends, and is not made up for', async () => {
  await using clockwork = await startClockwork(2 * MINUTE);
  const { guards } = nightly().rule;
  const today = new Date().getUTCDay();
  const weekdays = [today, (today + 1) % 7].map((day) => ({ begin: day, end: day }));
  const spans = [{ times: null, weekdays, daysOfMonth: null, months: null, years: null, location: 'UTC' }];
  const muted = nightly({ guards: { ...guards, windows: [{ kind: 'mute', intervals: [{ name: 'these-days', spans }] }] } });
  await clockwork.away(MINUTE);
  const [started] = await clockwork.look(muted);
  const run = await clockwork.engine.ended(started?.id ?? '');

  expect(run).toMatchObject({ state: 'skipped', end: { reason: 'missed' } });
  expect(run.end?.detail).toContain('muted by these-days');
  expect(await clockwork.sandbox.admin.journal()).toEqual([]);
  expect(await clockwork.engine.store.incidents({ limit: 10 })).toEqual([]);
});
