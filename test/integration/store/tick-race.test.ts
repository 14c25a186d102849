import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { startNode, type Process } from '../../support/process.ts';
import { startStore } from './world.ts';

const MINUTE = 60_000;
const program = fileURLToPath(new URL('tick-process.ts', import.meta.url));

const startTicker = (socket: string): Promise<Process> => startNode(program, [socket]);

const isAtWork = (ticker: Process) => ticker.waitForLine(/ready/, 30_000);

/** When a time is told, in ms. */
const at = (value: unknown): number => Date.parse(String(value));

test('three processes, one of which is killed again and again, deal with each tick once', async () => {
  await using world = await startStore();
  const tickers = await Promise.all([1, 2, 3].map(() => startTicker(world.server.socket)));
  await using parts = new AsyncDisposableStack();
  parts.defer(async () => void (await Promise.all(tickers.map((one) => one[Symbol.asyncDispose]()))));
  await Promise.all(tickers.map(isAtWork));
  await eventually('the schedule to be known', async () => (await world.keys('schedule:*')).length === 1);
  const start = (await world.store.schedules([])).now;

  for (let round = 0; round < 8; round += 1) {
    // Now and then more time passes than a tick may be late, as if all of them had been away.
    for (let step = 0; step < 15; step += 1) {
      await world.pass(step === 7 ? 4 * MINUTE : 20_000);
      await sleep(20);
    }
    const victim = round % 3;
    const killed = tickers[victim] as Process;
    await isAtWork(killed);
    await killed.kill();
    tickers[victim] = await startTicker(world.server.socket);
    const [run] = await world.redis.hvals(world.key('active'));
    // Its end lets the next tick start one.
    if (run !== undefined && round % 2 === 0) await world.redis.hset(world.key('run', run), 'state', 'succeeded');
  }
  const end = (await world.store.schedules([])).now;
  const last = Math.floor(end / MINUTE) * MINUTE;
  const events = async () => (await world.store.audit('0', 1_000, 0)).filter(({ kind }) => kind === 'accepted' || kind === 'tick');
  await eventually('the last tick', async () => (await events()).some(({ data }) => at(data['id'] ?? data['tick']) >= last), {
    withinMs: 30_000,
  });

  const dealt = (await events()).flatMap(({ data }) => {
    const first = at(data['id'] ?? data['tick']);
    const until = data['before'] === undefined ? first + MINUTE : at(data['before']);
    return Array.from({ length: (until - first) / MINUTE }, (_, index) => first + index * MINUTE);
  });
  const due: number[] = [];
  for (let tick = (Math.floor(start / MINUTE) + 1) * MINUTE; tick <= last; tick += MINUTE) due.push(tick);
  expect(dealt.filter((tick) => tick > start && tick <= last).toSorted((a, b) => a - b)).toEqual(due);
  const kinds = new Set((await events()).map(({ kind, data }) => (kind === 'accepted' ? 'accepted' : data['reason'])));
  expect(kinds).toEqual(new Set(['accepted', 'missed', 'still-running']));
}, 120_000);
