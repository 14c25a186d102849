import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fingerprintOf } from '../../../src/core/alert.ts';
import type { Run } from '../../../src/core/run.ts';
import { startRedis, type RedisServer } from '../../support/redis.ts';
import { startDaemon, type Daemon } from './daemon.ts';
import { json, postWebhook, send } from './support.ts';

let redis: RedisServer;
let daemon: Daemon;
let pods = 0;
beforeAll(async () => {
  redis = await startRedis();
  daemon = await startDaemon(redis);
});
afterAll(async () => {
  await daemon[Symbol.asyncDispose]();
  await redis[Symbol.asyncDispose]();
});

/** A good alert of a pod of its own, as JSON text that a test may spoil. */
function good(pod = `pod-${++pods}`): { readonly pod: string; readonly text: string } {
  const labels = { alertname: 'Down', namespace: 'prod', pod };
  const times = { startsAt: '2026-11-21T20:53:29.441Z', endsAt: '0001-01-01T00:00:00Z' };
  return {
    pod,
    text: JSON.stringify({ status: 'firing', labels, annotations: {}, ...times, generatorURL: '', fingerprint: fingerprintOf(labels) }),
  };
}

const envelope = (...alerts: string[]) => `{"version":"4","receiver":"r","status":"firing","alerts":[${alerts.join(',')}]}`;

async function runOf(pod: string): Promise<Run | undefined> {
  return (await daemon.store.runs({ limit: 1_000 })).find(({ labels }) => labels['pod'] === pod);
}

/** The daemon still takes what is good. */
async function expectAlive(): Promise<void> {
  const { pod, text } = good();
  expect((await postWebhook(daemon.url, envelope(text))).status).toBe(200);
  expect(await runOf(pod)).toBeDefined();
}

/** Values with which each member of an alert is replaced in turn. */
const strange = [
  'null',
  'true',
  '0',
  '-1',
  '1e400',
  '""',
  '"x"',
  '[]',
  '{}',
  '[["a"]]',
  '{"a":{"b":[1]}}',
  '"\\u0000"',
  '"\\ud800"',
  '"2026-13-45T99:99:99Z"',
  '"9999999999-01-01T00:00:00Z"',
];
const members = ['status', 'labels', 'annotations', 'startsAt', 'endsAt', 'generatorURL', 'fingerprint'];

/** One spoiled alert each: what is wrong, its text, and whether it is taken all the same. */
const spoiled: readonly (readonly [string, string, 'rejected' | 'taken'])[] = [
  ['no object', '7', 'rejected'],
  ['null', 'null', 'rejected'],
  ['a list', '[]', 'rejected'],
  ['empty', '{}', 'rejected'],
  ['a label that is a number', good().text.replace('"Down"', '7'), 'rejected'],
  ['a label that is an object', good().text.replace('"Down"', '{"a":"b"}'), 'rejected'],
  ['a label value of 4 KiB and one byte', good().text.replace('"Down"', JSON.stringify('x'.repeat(4_097))), 'rejected'],
  ['a label value of 4 KiB', good().text.replace('"Down"', JSON.stringify('x'.repeat(4_096))), 'taken'],
  ['a label name of 64 KiB', good().text.replace('"alertname"', JSON.stringify('x'.repeat(65_536))), 'rejected'],
  [
    '10,000 labels',
    good().text.replace('"alertname"', `${Array.from({ length: 10_000 }, (_, at) => `"l${at}":"x"`).join(',')},"alertname"`),
    'rejected',
  ],
  [
    'an annotation of 1 MiB',
    good().text.replace('"annotations":{}', `"annotations":{"a":${JSON.stringify('x'.repeat(1_048_576))}}`),
    'taken',
  ],
  ['a label called __proto__', good().text.replace('"alertname"', '"__proto__":"x","alertname"'), 'taken'],
  ['a label __proto__ that is an object', good().text.replace('"alertname"', '"__proto__":{"polluted":"yes"},"alertname"'), 'rejected'],
  ['a label called constructor', good().text.replace('"alertname"', '"constructor":"x","toString":"y","alertname"'), 'taken'],
  ['a prototype of its own', good().text.replace('"status"', '"__proto__":{"polluted":"yes","status":"resolved"},"status"'), 'taken'],
  ['no fingerprint', good().text.replace(/,"fingerprint":"[0-9a-f]+"/, ''), 'taken'],
  ['a fingerprint that is a path', good().text.replace(/"fingerprint":"[0-9a-f]+"/, '"fingerprint":"../../etc/pwd"'), 'rejected'],
  ['a fingerprint that holds a key separator', good().text.replace(/"fingerprint":"[0-9a-f]+"/, '"fingerprint":"a}:run:r-1{"'), 'rejected'],
  ['control characters in a label', good().text.replace('"Down"', String.raw`"\u0000\u001b[31m\u0007\r\n"`), 'taken'],
  ['half of a surrogate pair', good().text.replace('"Down"', String.raw`"\ud83d"`), 'rejected'],
  ['a template in a label', good().text.replace('"Down"', '"${labels.pod} {{ .Values }} $(reboot) `reboot`"'), 'taken'],
  ['duplicate keys', good().text.replace('"status":"firing"', '"status":"resolved","status":"firing"'), 'taken'],
  ['an unknown field', good().text.replace('"status"', '"surprise":{"a":[1]},"status"'), 'taken'],
  ['a resolve that never ended', good().text.replace('"firing"', '"resolved"'), 'rejected'],
  ['a third status', good().text.replace('"firing"', '"pending"'), 'rejected'],
];

describe('one alert', () => {
  test.each(spoiled)('with %s costs no neighbour', async (_what, text, fate) => {
    const [before, after] = [good(), good()];
    const answer = await postWebhook(daemon.url, envelope(before.text, text, after.text));
    expect(answer.status, answer.text).toBe(200);
    expect(answer.json()).toEqual({
      status: 'success',
      data: fate === 'taken' ? { accepted: 3, rejected: 0 } : { accepted: 2, rejected: 1 },
    });
    expect(await runOf(before.pod)).toBeDefined();
    expect(await runOf(after.pod)).toBeDefined();
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  test.each(members)('with anything at all as its %s costs no neighbour', async (member) => {
    for (const value of strange) {
      const neighbour = good();
      const text = JSON.stringify({ ...(JSON.parse(good().text) as object), [member]: 'SPOILED' }).replace('"SPOILED"', value);
      const answer = await postWebhook(daemon.url, envelope(text, neighbour.text));
      expect(answer.status, `${member}: ${value}: ${answer.text}`).toBe(200);
      expect(await runOf(neighbour.pod), `${member}: ${value}`).toBeDefined();
    }
  });

  test('that is rejected is told with its place and reason in audit, metric and log', async () => {
    await using own = await startDaemon(redis, { installation: 'told' });
    const bad = good().text.replace('"prod"', '7');
    await postWebhook(own.url, envelope(good().text, bad));
    const [event] = (await own.store.audit('0', 100, 0)).filter(({ kind }) => kind === 'alert-rejected');
    expect(event?.data).toEqual({
      index: 1,
      reason: 'invalid-alert',
      message: 'alerts[1].labels["namespace"]: expected a string, found 7',
    });
    expect(await own.metric('alerts_rejected_total{reason="invalid-alert"}')).toBe(1);
    expect(own.log.lines.find(({ message }) => message === 'alerts of a webhook were rejected')?.fields).toMatchObject({
      index: 1,
      count: 1,
    });
  });

  test('without a fingerprint is the same alert as with the one that Alertmanager computes', async () => {
    const { pod, text } = good();
    await postWebhook(daemon.url, envelope(text.replace(/,"fingerprint":"[0-9a-f]+"/, '')));
    await postWebhook(daemon.url, envelope(text));
    const runs = (await daemon.store.runs({ limit: 1_000 })).filter(({ labels }) => labels['pod'] === pod);
    expect(runs).toHaveLength(1);
  });

  test('with a label called __proto__ keeps it in its run', async () => {
    const { pod, text } = good();
    await postWebhook(daemon.url, envelope(text.replace('"alertname"', '"__proto__":"kept","alertname"')));
    const { labels } = (await runOf(pod)) ?? expect.unreachable();
    expect(Object.entries(labels)).toContainEqual(['__proto__', 'kept']);
  });
});

describe('a body', () => {
  test.each([
    ['nothing', ''],
    ['white space', ' \n'],
    ['a word', 'hello'],
    ['null', 'null'],
    ['a number', '1'],
    ['a text', '"text"'],
    ['a list', '[]'],
    ['an empty object', '{}'],
    ['no alerts', '{"version":"4"}'],
    ['alerts that are no list', '{"version":"4","alerts":{}}'],
    ['alerts that are null', '{"version":"4","alerts":null}'],
    ['another version', '{"version":"3","alerts":[]}'],
    ['a payload of its own (0.32+)', '{"text":"an alert fired"}'],
    ['a truncated one', envelope(good().text).slice(0, -20)],
    ['one with a trailing comma', envelope(good().text).replace('}]', '},]')],
    ['two in one', envelope() + envelope()],
    ['comments', `/* */${envelope()}`],
    ['NaN', '{"version":"4","alerts":[NaN]}'],
    ['10,000 levels', `{"version":"4","alerts":[${'['.repeat(10_000)}${']'.repeat(10_000)}]}`],
    ['10,000 levels within an alert', envelope(good().text.replace('{}', `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`))],
    ['a raw control character', envelope(good().text.replace('Down', 'Do\u0001wn'))],
  ])('of %s is refused with 400 and a short text', async (_what, body) => {
    const answer = await postWebhook(daemon.url, body);
    expect(answer.status, answer.text).toBe(400);
    expect(answer.text).toMatch(/^[\u0020-\u007e]{10,400}\n$/);
    expect(answer.headers['content-type']).toMatch(/^text\/plain/);
    await expectAlive();
  });

  test('that is not UTF-8, or compressed, or in another alphabet, is refused', async () => {
    const latin = Buffer.from(envelope(good().text.replace('Down', 'Dówn')), 'latin1');
    expect((await postWebhook(daemon.url, latin)).status).toBe(400);
    expect((await postWebhook(daemon.url, Buffer.from(envelope(good().text), 'utf16le'))).status).toBe(400);
    expect((await postWebhook(daemon.url, gzipSync(envelope(good().text)))).status).toBe(400);
    expect((await postWebhook(daemon.url, gzipSync(envelope(good().text)), { 'content-encoding': 'gzip' })).status).toBe(415);
    await expectAlive();
  });

  test('of 10 MB in one text is taken in, and the alert that holds it rejected', async () => {
    const { pod, text } = good();
    const huge = good().text.replace('"Down"', JSON.stringify('x'.repeat(10_000_000)));
    const answer = await postWebhook(daemon.url, envelope(huge, text));
    expect(answer.json()).toEqual({ status: 'success', data: { accepted: 1, rejected: 1 } });
    expect(await runOf(pod)).toBeDefined();
  });

  test('of 10 MB in brackets is refused before anything is made of it', async () => {
    expect((await postWebhook(daemon.url, '['.repeat(10_000_000))).status).toBe(400);
    expect((await postWebhook(daemon.url, `{"version":"4","alerts":[${'[],'.repeat(3_000_000)}[]]}`)).status).toBe(413);
    await expectAlive();
  });

  test('of 10,001 alerts is refused as too large, of 10,000 is taken', async () => {
    await using own = await startDaemon(redis, { installation: 'many', timing: { intakeMs: 30_000 } });
    const alerts = Array.from({ length: 10_001 }, () => good().text);
    const refused = await postWebhook(own.url, envelope(...alerts));
    expect(refused.status).toBe(413);
    expect(refused.text).toMatch(/10001 alerts.+max_alerts/);
    const taken = await postWebhook(own.url, envelope(...alerts.slice(1)));
    expect(taken.json()).toEqual({ status: 'success', data: { accepted: 10_000, rejected: 0 } });
    expect(await own.metric('runs{state="pending"}')).toBe(10_000);
  });

  test('that never ends holds nobody else up', async () => {
    const { hostname, port } = new URL(daemon.url);
    const sockets = Array.from({ length: 50 }, () => {
      const socket = connect(Number(port), hostname).on('error', () => undefined);
      socket.write(
        `POST /api/v1/webhooks/alertmanager HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n{`,
      );
      return socket;
    });
    await expectAlive();
    for (const socket of sockets) socket.destroy();
    await expectAlive();
  });
});

describe('a request', () => {
  test.each([
    ['HEAD', '/api/v1/webhooks/alertmanager'],
    ['OPTIONS', '/api/v1/webhooks/alertmanager'],
    ['PUT', '/api/v1/webhooks/alertmanager'],
    ['TRACE', '/'],
    ['GET', '/%00'],
    ['GET', '/%'],
    ['GET', `/${'a'.repeat(10_000)}`],
    ['GET', '/api/v1/runs/..%2f..%2fetc%2fpasswd'],
    ['GET', `/api/v1/runs/${'a'.repeat(10_000)}`],
    ['GET', '/api/v1/runs?__proto__=1'],
    ['GET', '/api/v1/runs?limit=1&limit=2'],
    ['GET', '/api/v1/audit?after=%2b&limit=99999999999999999999'],
    ['DELETE', '/api/v1/brakes?scope=all%0aset&by=x'],
    ['POST', '/api/v1/runs/r-1/cancel'],
  ])('%s %s is refused with 4xx', async (method, path) => {
    const answer = await send(daemon.url + path, { method });
    expect(answer.status, answer.text).toBeGreaterThanOrEqual(400);
    expect(answer.status, answer.text).toBeLessThan(500);
    await expectAlive();
  });

  test('with prototype keys in its body is refused, and changes no prototype', async () => {
    const body = '{"scope":"all","by":"x","why":"y","until":null,"__proto__":{"until":5}}';
    const answer = await send(`${daemon.url}/api/v1/brakes`, { method: 'POST', headers: json, body });
    expect(answer.status).toBe(400);
    expect(await daemon.store.brakes()).toEqual([]);
  });
});
