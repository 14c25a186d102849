import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { describe, expect, test } from 'vitest';
import { defaultTiming } from '../../../src/core/timing.ts';
import { eventually } from '../../support/eventually.ts';
import { startRedis, type RedisServer } from '../../support/redis.ts';
import { startDaemon, type Daemon } from './daemon.ts';
import { postWebhook, send } from './support.ts';

/** Twice the deadline, for a machine that is busy with other things. */
const withinMs = 2 * defaultTiming.intakeMs;

let pods = 0;
function webhook(): { readonly pod: string; readonly body: string } {
  const pod = `pod-${++pods}`;
  const labels = { alertname: 'Down', namespace: 'prod', pod };
  const alert = { status: 'firing', labels, startsAt: '2026-11-21T20:53:29Z', endsAt: '0001-01-01T00:00:00Z' };
  return { pod, body: JSON.stringify({ version: '4', alerts: [alert] }) };
}

/** Posts without a pause, so many senders at a time, and remembers what each answer was and how long it took. */
function load(daemon: Daemon, senders: number) {
  const answers: { readonly pod: string; readonly status: number; readonly ms: number; readonly at: number }[] = [];
  const end = new AbortController();
  const sender = async (): Promise<void> => {
    while (!end.signal.aborted) {
      const { pod, body } = webhook();
      const since = performance.now();
      const { status } = await postWebhook(daemon.url, body);
      const at = performance.now();
      answers.push({ pod, status, ms: at - since, at });
      if (status !== 200) await sleep(20);
    }
  };
  const sending = Promise.all(Array.from({ length: senders }, sender));
  return {
    answers,
    acknowledged: () => answers.filter(({ status }) => status === 200).map(({ pod }) => pod),
    async stop() {
      end.abort();
      await sending;
    },
  };
}

async function stored(daemon: Daemon): Promise<Set<string | undefined>> {
  const pods = new Set<string | undefined>();
  for (let before = Number.MAX_SAFE_INTEGER; ;) {
    const page = await daemon.store.runs({ limit: 1_000, before });
    for (const { labels } of page) pods.add(labels['pod']);
    const last = page.at(-1);
    if (page.length < 1_000 || last === undefined) return pods;
    // Runs of the same millisecond as the last one are read twice.
    before = last.acceptedAt + 1 === before ? last.acceptedAt : last.acceptedAt + 1;
  }
}

const ways: readonly (readonly [string, (redis: RedisServer) => void | Promise<void>, (redis: RedisServer) => void | Promise<void>])[] = [
  ['is killed', (redis) => redis.kill(), (redis) => redis.restart()],
  ['hangs', (redis) => redis.pause(), (redis) => redis.resume()],
];

describe.each(ways)('a store that %s', (_how, goAway, comeBack) => {
  test('makes every webhook a 503 within the deadline, acknowledges nothing, and is used again once it is back', async () => {
    await using redis = await startRedis();
    await using daemon = await startDaemon(redis);
    expect((await postWebhook(daemon.url, webhook().body)).status).toBe(200);
    const traffic = load(daemon, 8);
    await eventually('webhooks to be taken', () => traffic.acknowledged().length > 50);
    await goAway(redis);
    const wentAt = performance.now();
    await sleep(4_500);
    const backAt = performance.now();
    await comeBack(redis);
    await eventually('webhooks to be taken again', () => traffic.answers.some(({ status, at, ms }) => status === 200 && at - ms > backAt), {
      withinMs: 10_000,
    });
    await traffic.stop();

    const meanwhile = traffic.answers.filter(({ at, ms }) => at - ms > wentAt && at < backAt);
    expect(meanwhile.length).toBeGreaterThanOrEqual(8);
    expect(new Set(meanwhile.map(({ status }) => status))).toEqual(new Set([503]));
    expect(new Set(traffic.answers.map(({ status }) => status))).toEqual(new Set([200, 503]));
    expect(Math.max(...traffic.answers.map(({ ms }) => ms))).toBeLessThan(withinMs);

    const kept = await stored(daemon);
    expect(traffic.acknowledged().filter((pod) => !kept.has(pod))).toEqual([]);
    expect(await daemon.metric('webhooks_total{code="503"}')).toBeGreaterThan(0);
  });

  test('is told by the API, by status and by the metrics, each within the deadline', async () => {
    await using redis = await startRedis();
    await using daemon = await startDaemon(redis);
    await goAway(redis);
    for (const path of ['/api/v1/runs', '/api/v1/runs/r-1', '/api/v1/incidents', '/api/v1/brakes', '/api/v1/audit?wait=1000']) {
      const since = performance.now();
      const answer = await send(daemon.url + path);
      expect(answer, path).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
      expect(answer.json(), path).toMatchObject({
        status: 'error',
        errorType: 'unavailable',
        error: expect.stringMatching(/^the store: ./),
      });
      expect(performance.now() - since, path).toBeLessThan(withinMs);
    }
    const status = await send(`${daemon.url}/api/v1/status`);
    expect(status.json()).toMatchObject({ status: 'success', data: { store: { problem: expect.any(String) }, counts: null } });
    const metrics = await send(`${daemon.url}/metrics`);
    expect(metrics.status).toBe(200);
    expect(metrics.text).toContain('\nremediad_store_up 0\n');
    expect(metrics.text).not.toContain('remediad_runs{');
    await comeBack(redis);
    await eventually('the API to be back', async () => (await send(`${daemon.url}/api/v1/runs`)).status === 200, { withinMs: 10_000 });
    expect((await send(`${daemon.url}/metrics`)).text).toContain('\nremediad_store_up 1\n');
  });
});

test.each([
  ['has no memory left', 0, () => 1, /^the store: OOM/],
  // What the store said of its memory counts for a second; webhooks that came in meanwhile could fill it.
  ['is nearly full', 1_100, (used: number) => Math.round(used / 0.9), /^the store is nearly full/],
])('a store that %s makes a webhook a 503 that says so, and takes webhooks again once it has room', async (_how, pauseMs, limit, text) => {
  await using redis = await startRedis();
  await using daemon = await startDaemon(redis);
  expect((await postWebhook(daemon.url, webhook().body)).status).toBe(200);
  const client = new Redis(redis.socket);
  const used = Number(/used_memory:(\d+)/.exec(await client.info('memory'))?.[1]);
  await client.config('SET', 'maxmemory', String(limit(used)));
  await sleep(pauseMs);
  const refusal = await eventually('a refusal', async () => {
    const answer = await postWebhook(daemon.url, webhook().body);
    return answer.status !== 200 && answer;
  });
  expect(refusal).toMatchObject({ status: 503, headers: { 'retry-after': '1' }, text: expect.stringMatching(text) });
  await client.config('SET', 'maxmemory', '0');
  client.disconnect();
  await eventually('webhooks to be taken', async () => (await postWebhook(daemon.url, webhook().body)).status === 200);
});
