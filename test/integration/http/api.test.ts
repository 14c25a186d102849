import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, test } from 'vitest';
import type { AuditEvent } from '../../../src/core/audit.ts';
import { endRecordOf } from '../../../src/core/ending.ts';
import type { Incident } from '../../../src/core/incident.ts';
import type { Run } from '../../../src/core/run.ts';
import { startRedis, type RedisServer } from '../../support/redis.ts';
import { sampleEdition } from '../../support/sample.ts';
import { needBinary } from '../../support/binary.ts';
import { startProcess } from '../../support/process.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { startDaemon, type Daemon } from './daemon.ts';
import { json, postWebhook, send, type Sent } from './support.ts';

let redis: RedisServer;
let daemon: Daemon;
let tests = 0;
beforeAll(async () => {
  redis = await startRedis();
});
beforeEach(async () => {
  daemon = await startDaemon(redis, { installation: `api-${++tests}` });
});
afterEach(() => daemon[Symbol.asyncDispose]());
afterAll(() => redis[Symbol.asyncDispose]());

/** The envelope's data; fails on anything but success. */
async function ask<T>(path: string, sent: Sent = {}): Promise<T> {
  const answer = await send(daemon.url + path, sent);
  const envelope = answer.json() as { status: string; data: T };
  expect(envelope, `${path}: ${answer.text}`).toMatchObject({ status: 'success', data: expect.anything() });
  expect(answer.status).toBe(200);
  return envelope.data;
}

async function refused(path: string, sent: Sent = {}): Promise<{ code: number; errorType: string; error: string }> {
  const answer = await send(daemon.url + path, sent);
  const { status, errorType, error } = answer.json() as { status: string; errorType: string; error: string };
  expect(status, answer.text).toBe('error');
  return { code: answer.status, errorType, error };
}

const post = (body: unknown): Sent => ({ method: 'POST', headers: json, body: JSON.stringify(body) });

async function fire(...pods: string[]): Promise<void> {
  const alerts = pods.map((pod) => ({
    status: 'firing',
    labels: { alertname: 'Down', namespace: 'prod', pod },
    startsAt: '2026-11-21T20:53:29Z',
    endsAt: '0001-01-01T00:00:00Z',
  }));
  expect((await postWebhook(daemon.url, JSON.stringify({ version: '4', alerts }))).status).toBe(200);
}

/** Ends a run as a worker would, with an incident. */
async function escalate(id: string): Promise<void> {
  const claim = await daemon.store.claim(id, null, 'test');
  if (claim.kind !== 'ok') throw new Error(claim.kind);
  const end = { reason: 'ladder-end', detail: 'for the test', would: null, at: claim.now } as const;
  const run: Run = { ...claim.run, state: 'escalated', since: claim.now, end };
  const record = endRecordOf(run, sampleEdition(), { externalUrl: null, alertmanagerUrl: null });
  expect(await daemon.store.end(run, claim.epoch, claim.events, record, [])).toMatchObject({ kind: 'ok' });
}

describe('runs', () => {
  test('are listed newest first, by state, rule, time and number', async () => {
    await fire('a', 'b');
    await sleep(5);
    await fire('c');
    const all = await ask<Run[]>('/api/v1/runs');
    expect(all.map(({ labels }) => labels['pod'])[0]).toBe('c');
    expect(all).toHaveLength(3);
    expect(await ask<Run[]>('/api/v1/runs?limit=1')).toHaveLength(1);
    expect(await ask<Run[]>('/api/v1/runs?state=holding,running')).toEqual([]);
    expect(await ask<Run[]>('/api/v1/runs?state=pending')).toHaveLength(3);
    expect(await ask<Run[]>('/api/v1/runs?rule=another')).toEqual([]);
    expect(await ask<Run[]>(`/api/v1/runs?rule=${all[0]?.rule}`)).toHaveLength(3);
    expect(await ask<Run[]>(`/api/v1/runs?before=${all[0]?.acceptedAt}`)).toHaveLength(2);
  });

  test('come page by page, and none is lost where many were accepted at the same time', async () => {
    await fire(...Array.from({ length: 150 }, (_, at) => `pod-${at}`));
    await sleep(5);
    await fire('last');
    const found: Run[] = [];
    for (let before = ''; ;) {
      const page = await ask<Run[]>(`/api/v1/runs?limit=40${before}`);
      found.push(...page);
      const last = page.at(-1);
      if (last === undefined) break;
      before = `&before=${last.acceptedAt}:${last.id}`;
    }
    expect(new Set(found.map(({ id }) => id)).size).toBe(151);
    expect(found).toHaveLength(151);
    const newest = found[0]?.acceptedAt;
    expect(await ask<Run[]>(`/api/v1/runs?since=${newest}`)).toHaveLength(1);
    const live = await ask<Run[]>(`/api/v1/runs?state=pending&limit=1000&since=${newest}&before=${newest}:r-0`);
    expect(live).toEqual([]);
    expect(await ask<Run[]>(`/api/v1/runs?state=pending&limit=1000&before=${newest}`)).toHaveLength(150);
  });

  test('that only observe are told apart, from the moment they are accepted', async () => {
    await fire('a');
    const alert = { status: 'firing', labels: { alertname: 'Odd' }, startsAt: '2026-11-21T20:53:29Z', endsAt: '0001-01-01T00:00:00Z' };
    await postWebhook(daemon.url, JSON.stringify({ version: '4', alerts: [alert] }));
    const observed = await ask<Run[]>('/api/v1/runs?observed=true');
    expect(observed.map(({ labels, dry }) => [labels['alertname'], dry])).toEqual([['Odd', 'observe']]);
    expect(await ask<Run[]>('/api/v1/runs')).toHaveLength(2);
    expect(await refused('/api/v1/runs?observed=false')).toMatchObject({ code: 400, error: 'observed: must be true, or left out' });
  });

  test('of one state are found among many others, with the version of each', async () => {
    await fire(...Array.from({ length: 250 }, (_, at) => `pod-${at}`));
    for (const id of ['r-1', 'r-7c', 'r-fa']) await escalate(id);
    await daemon.store.claim('r-64', null, 'test');
    const idsOf = (runs: readonly Run[]) => runs.map(({ id }) => id);
    const pending = await ask<(Run & { v: number })[]>('/api/v1/runs?state=pending,holding&limit=1000');
    expect(pending).toHaveLength(247);
    expect(new Set(pending.map(({ v }) => v))).toEqual(new Set([0]));
    expect(pending.map(({ acceptedAt }) => acceptedAt)).toEqual(pending.map(({ acceptedAt }) => acceptedAt).toSorted((a, b) => b - a));
    expect(idsOf(await ask<Run[]>('/api/v1/runs?state=escalated')).toSorted()).toEqual(['r-1', 'r-7c', 'r-fa']);
    expect(await ask<Run[]>('/api/v1/runs?state=escalated,pending&limit=1000')).toHaveLength(250);
    expect(await ask<Run[]>('/api/v1/runs?state=pending&limit=3')).toHaveLength(3);
    expect(await ask<Run[]>('/api/v1/runs?state=pending&before=1000')).toEqual([]);
    expect(await ask<(Run & { v: number })[]>('/api/v1/runs?state=escalated&limit=1')).toMatchObject([{ v: 1, state: 'escalated' }]);
  });

  test('are told one by one with their version, locks and audit events', async () => {
    await fire('a');
    const run = await ask<Run & { v: number; dueAt: number; locks: string[]; audit: AuditEvent[] }>('/api/v1/runs/r-1');
    expect(run).toMatchObject({ v: 0, id: 'r-1', state: 'pending', verdicts: [], effects: [], locks: [], dueAt: expect.any(Number) });
    expect(run.audit.map(({ kind }) => kind)).toEqual(['accepted']);
  });

  test('that do not exist are not found', async () => {
    expect(await refused('/api/v1/runs/r-ff')).toMatchObject({ code: 404, errorType: 'not_found', error: expect.stringContaining('r-ff') });
    expect(await refused('/api/v1/runs/r-ff/cancel', post({ by: 'ann', why: 'x' }))).toMatchObject({ code: 404 });
  });

  test('are cancelled by a human with a name and a reason, which the worker reads', async () => {
    await fire('a');
    expect(await ask('/api/v1/runs/r-1/cancel', post({ by: 'ann', why: 'handled by hand' }))).toEqual({
      id: 'r-1',
      signal: 'cancel',
      by: 'ann',
    });
    const claim = await daemon.store.claim('r-1', null, 'test');
    expect(claim).toMatchObject({ kind: 'ok', inbox: [{ kind: 'cancel', by: 'ann', why: 'handled by hand' }] });
  });

  test('that ended cannot be cancelled', async () => {
    await fire('a');
    await escalate('r-1');
    expect(await refused('/api/v1/runs/r-1/cancel', post({ by: 'ann', why: 'x' }))).toEqual({
      code: 409,
      errorType: 'conflict',
      error: 'run r-1 takes no signal any more: it is escalated',
    });
  });
});

describe('incidents', () => {
  test('are listed, told with their messages, and acknowledged by name', async () => {
    await fire('a');
    expect(await ask('/api/v1/incidents')).toEqual([]);
    await escalate('r-1');
    const [incident] = await ask<(Incident & { v: number })[]>('/api/v1/incidents?state=open');
    expect(incident).toMatchObject({ state: 'open', reason: 'ladder-end', runs: ['r-1'], v: expect.any(Number) });
    const path = `/api/v1/incidents/${incident?.id}`;
    const { messages } = await ask<{ messages: { receiver: string }[] }>(path);
    expect(messages.map(({ receiver }) => receiver)).toContain('pagerduty-chain');
    expect(await ask(`${path}/ack`, post({ by: 'ann' }))).toMatchObject({ state: 'acknowledged', acknowledgedBy: 'ann' });
    expect(await ask('/api/v1/incidents?state=open')).toEqual([]);
    expect(await ask('/api/v1/incidents?state=acknowledged')).toHaveLength(1);
    expect(await daemon.metric('incidents{state="acknowledged",priority="P1"}')).toBe(1);
  });

  test('that do not exist are not found', async () => {
    expect(await refused('/api/v1/incidents/i-1')).toMatchObject({ code: 404 });
    expect(await refused('/api/v1/incidents/i-1/ack', post({ by: 'ann' }))).toMatchObject({ code: 404 });
  });
});

describe('brakes', () => {
  const brake = { scope: 'rule:archivechain-node-down', by: 'ann', why: 'maintenance', until: null };

  test('are set, listed, counted and lifted', async () => {
    expect(await ask('/api/v1/brakes')).toEqual([]);
    expect(await ask('/api/v1/brakes', post(brake))).toMatchObject({ ...brake, v: expect.any(Number) });
    expect(await ask('/api/v1/brakes')).toMatchObject([brake]);
    expect(await daemon.metric('paused{scope="rule"}')).toBe(1);
    const lift = `/api/v1/brakes?scope=${encodeURIComponent(brake.scope)}&by=bob`;
    expect(await ask(lift, { method: 'DELETE' })).toEqual({ scope: brake.scope, by: 'bob' });
    expect(await ask('/api/v1/brakes')).toEqual([]);
    expect(await refused(lift, { method: 'DELETE' })).toMatchObject({ code: 404, error: `no brake is set on ${brake.scope}` });
  });

  test.each(['all', 'rule:a', 'namespace:main/prod', 'target:pod:main/prod/web-0'])('may stop %s', async (scope) => {
    expect(await ask('/api/v1/brakes', post({ ...brake, scope }))).toMatchObject({ scope });
  });

  test.each([
    ['all', null],
    ['rule:archivechain-node-down', null],
    ['rule:archivechain-node-dwn', 'no rule "archivechain-node-dwn" is in force: did you mean "archivechain-node-down"?'],
    ['namespace:main/prod', null],
    ['namespace:other/prod', 'there is no cluster "other"'],
    ['target:pod:main/prod/web-0', null],
  ])('on %s come with the remark %j', async (scope, remark) => {
    expect(await ask('/api/v1/brakes', post({ ...brake, scope }))).toMatchObject({ scope, remark });
  });

  test.each([
    [{ scope: 'everything' }, 'scope: must be all, rule:<name>, namespace:<cluster>/<namespace> or target:<key>'],
    [{ scope: 'namespace:prod' }, 'scope: must be all, rule:<name>, namespace:<cluster>/<namespace> or target:<key>'],
    [{ by: '' }, 'by: must be a line of 1 to 100 characters'],
    [{ why: undefined }, 'why: must be a line of 1 to 500 characters'],
    [{ until: '2h' }, 'until: must be a time in ms since the epoch, or null for until it is lifted'],
    [{ until: 5 }, 'until: lies in the past'],
    [{ forever: true }, 'Unrecognized key: "forever"'],
  ])('are refused with %j', async (wrong, error) => {
    expect(await refused('/api/v1/brakes', post({ ...brake, ...wrong }))).toEqual({ code: 400, errorType: 'bad_data', error });
    expect(await ask('/api/v1/brakes')).toEqual([]);
  });
});

describe('the audit', () => {
  const idsOf = (events: readonly AuditEvent[]) => events.map(({ id }) => id);

  test('is read forwards from an event, a page at a time', async () => {
    await fire('a', 'b', 'c');
    const all = await ask<AuditEvent[]>('/api/v1/audit');
    expect(all.map(({ kind }) => kind)).toEqual(['episode', 'accepted', 'episode', 'accepted', 'episode', 'accepted']);
    const first = await ask<AuditEvent[]>('/api/v1/audit?limit=2');
    const rest = await ask<AuditEvent[]>(`/api/v1/audit?after=${first.at(-1)?.id}`);
    expect([...idsOf(first), ...idsOf(rest)]).toEqual(idsOf(all));
    expect(await ask(`/api/v1/audit?after=${all.at(-1)?.id}`)).toEqual([]);
  });

  test('is waited for, by several at once, and comes as soon as it is written', async () => {
    await fire('a');
    const last = (await ask<AuditEvent[]>('/api/v1/audit')).at(-1)?.id;
    const waiting = [1, 2, 3].map(() => ask<AuditEvent[]>(`/api/v1/audit?after=${last}&wait=20000`));
    await sleep(1_500);
    await fire('b');
    const told = await Promise.race([Promise.all(waiting), sleep(10_000)]);
    expect(told).toMatchObject([{ 0: { kind: 'episode' } }, { 0: { kind: 'episode' } }, { 0: { kind: 'episode' } }]);
  });

  test('answers with nothing when the wait is over', async () => {
    const since = performance.now();
    expect(await ask('/api/v1/audit?wait=300')).toEqual([]);
    expect(performance.now() - since).toBeGreaterThan(290);
  });

  test('keeps no server from closing', async () => {
    const waiting = ask<AuditEvent[]>('/api/v1/audit?wait=60000');
    await sleep(200);
    const since = performance.now();
    await daemon[Symbol.asyncDispose]();
    expect(await waiting).toEqual([]);
    expect(performance.now() - since).toBeLessThan(10_000);
    daemon = await startDaemon(redis, { installation: 'after' });
  });
});

test('GET changes nothing, whatever is asked', async () => {
  await fire('a');
  await escalate('r-1');
  const state = async () =>
    JSON.stringify([await daemon.store.audit('0', 1_000, 0), await daemon.store.run('r-1'), await daemon.store.incidents({ limit: 9 })]);
  const before = await state();
  const [incident] = await daemon.store.incidents({ limit: 1 });
  for (const path of [
    'runs',
    'runs/r-1',
    'runs/r-1/cancel',
    'incidents',
    `incidents/${incident?.id}`,
    `incidents/${incident?.id}/ack`,
    'audit',
    'brakes',
    'status',
  ]) {
    await send(`${daemon.url}/api/v1/${path}`);
    await send(`${daemon.url}/api/v1/${path}?by=ann&why=x&scope=all`);
  }
  for (const path of ['/metrics', '/-/healthy', '/-/ready', '/-/reload']) await send(daemon.url + path);
  expect(await state()).toBe(before);
});

test('the metrics of a daemon at work pass promtool', async () => {
  await fire('a', 'b');
  await postWebhook(daemon.url, 'nonsense');
  await escalate('r-1');
  const answer = await send(`${daemon.url}/metrics`);
  expect(answer.headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/);
  await using folder = await tempDir();
  const file = `${folder.path}/metrics`;
  writeFileSync(file, answer.text);
  await using promtool = await startProcess('sh', ['-c', `exec "$0" check metrics < "$1"`, needBinary('promtool'), file]);
  const code = await promtool.waitForEnd();
  expect(promtool.output).toBe('');
  expect(code).toBe(0);
  expect(answer.text).toContain('\nremediad_alerts_received_total{status="firing"} 2\n');
});
