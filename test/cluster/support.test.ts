import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import WebSocket from 'ws';
import { ALL_PERMISSIONS } from './account.ts';
import { Api } from './api.ts';
import { ApiProxy } from './api-proxy.ts';
import { eventually } from './eventually.ts';
import { scripted, type Script } from './exec-call.ts';
import { TestNamespace } from './namespace.ts';
import { deployment, isReady, loosePod, PORT, statefulSet, type Pod } from './objects.ts';

// What the tests' own cluster does, seen from outside through the real API server.

let space: TestNamespace;
beforeEach(async () => void (space = await TestNamespace.open(inject('cluster'))));
afterEach(() => space[Symbol.asyncDispose]());

const path = (rest: string) => `/api/v1/namespaces/${space.name}/${rest}`;

describe('pods', () => {
  test('of workloads become ready, each with an address of its own, and a deleted one is made anew', async () => {
    await space.apply(statefulSet('store', 3), deployment('front', 2), loosePod('alone'));
    const pods = await space.ready(6);
    expect(new Set(pods.map(({ status }) => (status as { podIP?: string }).podIP)).size).toBe(6);

    await space.api.delete(path('pods/store-1'));
    const [before] = pods.filter(({ metadata }) => metadata.name === 'store-1');
    const after = await eventually('its successor', async () => {
      const pod = await space.pod('store-1');
      return pod !== null && pod.metadata.uid !== before?.metadata.uid && isReady(pod) && pod;
    });
    expect(after.metadata.uid).not.toBe(before?.metadata.uid);
  });

  test('fare as their kubelet is told: not ready before the second one of its name, not before its time, never started, crashing', async () => {
    space.kubelet.fate = (pod, incarnation) => {
      if (pod === 'store-0') return { readyMs: incarnation === 1 ? null : 100 };
      if (pod === 'store-1') return { startMs: null };
      return { condition: { ready: false, waiting: 'CrashLoopBackOff', restarts: 7, lastEnd: { reason: 'OOMKilled', exitCode: 137 } } };
    };
    await space.apply(statefulSet('store', 3));
    const crashing = await eventually('store-2 to crash', async () => {
      const pod = await space.pod('store-2');
      return JSON.stringify(pod?.status).includes('CrashLoopBackOff') && pod;
    });
    expect(crashing.status).toMatchObject({
      containerStatuses: [{ restartCount: 7, lastState: { terminated: { reason: 'OOMKilled', exitCode: 137 } } }],
    });
    expect(await space.pod('store-1')).toMatchObject({ status: { phase: 'Pending' } });
    await space.api.delete(path('pods/store-0'));
    expect((await space.ready(1)).map(({ metadata }) => metadata.name)).toEqual(['store-0']);

    await space.kubelet.tell('store-0', { ready: false, restarts: 1 });
    expect(isReady((await space.pod('store-0')) as Pod)).toBe(false);
  });

  test('stay terminating for as long as told', async () => {
    space.kubelet.fate = () => ({ terminateMs: null });
    await space.apply(loosePod('alone'));
    await space.ready(1);
    await space.api.delete(path('pods/alone'));
    const terminating = await eventually('the pod to be on its way', async () => {
      const pod = await space.pod('alone');
      return pod?.metadata.deletionTimestamp !== undefined && pod;
    });
    expect(isReady(terminating)).toBe(false);
    expect(await space.api.delete(path('pods/alone'), { gracePeriodSeconds: 0 })).toBe(true);
    expect(await space.pod('alone')).toBeNull();
  });

  test('are on a node that can be not ready', async () => {
    await space.kubelet.setNodeReady(false);
    expect(await space.api.get(`/api/v1/nodes/${space.name}`)).toMatchObject({
      status: { conditions: [{ type: 'Ready', status: 'False' }] },
    });
  });

  test('have logs, of the container before as well, and a web server', async () => {
    space.kubelet.log = (pod) => ({ current: `one\n${pod}\n`, previous: pod === 'store-0' ? 'panic\n' : null });
    await space.apply(statefulSet('store', 2));
    await space.ready(2);
    const get = async (rest: string) => (await space.api.send('GET', path(rest))).text;
    expect(await get('pods/store-1/log?tailLines=1')).toBe('store-1\n');
    expect(await get('pods/store-0/log?previous=true')).toBe('panic\n');
    expect(await get('pods/store-1/log?previous=true')).toMatch(/previous terminated container .* not found/);
    expect(await get(`pods/store-1:${PORT}/proxy/health`)).toBe('store-1 is well\n');
    expect(await get(`pods/store-1:${PORT + 1}/proxy/health`)).toMatch(/error trying to reach service.*connection refused/);
  });
});

describe('commands', () => {
  /** Runs `tool --now` in `alone` over a WebSocket: what came on each channel, and the code that the connection closed with. */
  async function exec(server = space.place.server, token = space.place.adminToken) {
    const ca = readFileSync(join(space.place.folder, 'ca.crt'));
    const target = `${server}${path('pods/alone/exec')}?command=tool&command=--now&stdout=true&stderr=true`;
    const socket = new WebSocket(target.replace('https', 'wss'), 'v5.channel.k8s.io', {
      ca,
      headers: { authorization: `Bearer ${token}` },
    });
    const said = new Map<number, string>();
    socket.on('message', (frame: Buffer) => void said.set(frame[0] ?? -1, (said.get(frame[0] ?? -1) ?? '') + frame.subarray(1).toString()));
    const ended = Promise.withResolvers<string>();
    socket.once('close', (code) => ended.resolve(`closed ${code}`)).once('error', (error) => ended.resolve(error.message));
    return {
      ended: ended.promise,
      socket,
      stdout: () => said.get(1) ?? '',
      stderr: () => said.get(2) ?? '',
      status: () => said.get(3) ?? '',
    };
  }
  const run = async (script: Script) => {
    space.kubelet.command = () => scripted(script);
    const running = await exec();
    return { ...running, end: await running.ended };
  };
  beforeEach(async () => {
    await space.apply(loosePod('alone'));
    await space.ready(1);
  });

  test('end with the exit code that they are told to end with', async () => {
    const result = await run({ stdout: 'out', stderr: 'err', exit: 3 });
    expect([result.stdout(), result.stderr(), result.end]).toEqual(['out', 'err', 'closed 1000']);
    expect(JSON.parse(result.status())).toMatchObject({ reason: 'NonZeroExitCode', details: { causes: [{ message: '3' }] } });
    expect(space.kubelet.commands).toEqual([{ pod: 'alone', command: ['tool', '--now'] }]);
    expect(JSON.parse((await run({})).status())).toMatchObject({ status: 'Success' });
  });

  test('print a flood, and end without a status in order or not', async () => {
    const flood = await run({ stdout: 'x'.repeat(64 * 1024), repeat: 100 });
    expect(flood.stdout()).toHaveLength(100 * 64 * 1024);
    expect(flood.status()).toContain('Success');
    const silent = await run({ stdout: 'half', end: 'silent' });
    expect([silent.stdout(), silent.status(), silent.end]).toEqual(['half', '', 'closed 1000']);
    const dropped = await run({ stdout: 'half', end: 'drop' });
    expect([dropped.stdout(), dropped.status(), dropped.end]).toEqual(['half', '', 'closed 1006']);
  });

  test('see that their caller has left', async () => {
    let left = false;
    space.kubelet.command = () => async (call) => {
      call.left.addEventListener('abort', () => (left = true));
      return scripted({ stdout: 'here', end: 'hang' })(call);
    };
    const running = await exec();
    await eventually('the command to print', () => running.stdout() === 'here');
    running.socket.terminate();
    await eventually('the command to notice', () => left);
  });

  test('of a program that is not there are refused by the node', async () => {
    const running = await exec();
    await running.ended;
    expect(running.status()).toContain('executable file not found');
  });
});

describe('the proxy in front of the API server', () => {
  test('answers in its place, says nothing, or cuts the connection before or after', async () => {
    await using proxy = await ApiProxy.start(space.place);
    const { token } = await space.account(ALL_PERMISSIONS, proxy.url);
    using api = new Api(space.place, token, proxy.url);
    await space.apply(loosePod('alone'));
    await space.ready(1);
    const send = (method: 'GET' | 'DELETE', signal = AbortSignal.timeout(5_000)) => api.send(method, path('pods/alone'), signal);

    expect(await send('GET')).toMatchObject({ status: 200 });
    expect(proxy.calls).toEqual([{ verb: 'get', resource: 'pods', namespace: space.name, name: 'alone' }]);
    proxy.strike = () => ({ status: 500, body: { message: 'no' } });
    expect(await send('GET')).toMatchObject({ status: 500, text: expect.stringContaining('"message":"no"') as string });
    proxy.strike = () => 'hang';
    await expect(send('GET', AbortSignal.timeout(200))).rejects.toThrow(/aborted/);
    proxy.strike = () => 'cut-before';
    await expect(send('DELETE')).rejects.toThrow();
    expect((await space.pod('alone'))?.metadata.deletionTimestamp).toBeUndefined();
    proxy.strike = ({ verb }) => (verb === 'delete' ? 'cut-after' : null);
    await expect(send('DELETE')).rejects.toThrow();
    await eventually('the pod to go', async () => (await space.pod('alone')) === null);
    expect(proxy.connections).toBeGreaterThan(0);
  });
});

test('an account may do what it was permitted, until it is taken away', async () => {
  const account = await space.account({ pods: ['list', 'get'] });
  using api = new Api(space.place, account.token);
  const send = (rest: string) => api.send('GET', path(rest));
  expect(await send('pods')).toMatchObject({ status: 200 });
  expect(await send('events')).toMatchObject({ status: 403 });
  await account.revoke('list', 'pods');
  expect(await send('pods')).toMatchObject({ status: 403, text: expect.stringContaining('cannot list resource') as string });
  expect(await send('pods/alone')).toMatchObject({ status: 404 });
});
