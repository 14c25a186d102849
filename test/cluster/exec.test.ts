import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { Cluster } from '../../src/core/ports.ts';
import { ALL_PERMISSIONS } from './account.ts';
import { connectTo } from './adapter.ts';
import { eventually } from './eventually.ts';
import { notFound, scripted, type Command } from './exec-call.ts';
import { TestNamespace } from './namespace.ts';
import { loosePod } from './objects.ts';

// Commands through a real API server, whatever comes back from the node. What is uncaught anywhere fails the whole run.

let space: TestNamespace;
let cluster: Cluster;
let uid: string;
const parts = new AsyncDisposableStack();
beforeAll(async () => {
  space = parts.use(await TestNamespace.open(inject('cluster')));
  cluster = parts.use(await connectTo(await space.account(ALL_PERMISSIONS)));
  await space.apply(loosePod('alone'));
  const [pod] = await space.ready(1);
  uid = pod?.metadata.uid ?? '';
});
afterAll(() => parts.disposeAsync());

async function run(command: Command, { container = 'main', withinMs = 10_000 } = {}) {
  space.kubelet.command = () => command;
  const request = { namespace: space.name, pod: 'alone', uid, container, command: ['tool'], limitBytes: 1_000 };
  return cluster.exec(request, AbortSignal.timeout(withinMs));
}

/** Does that, and then nothing more. */
const after = (act: (call: Parameters<Command>[0]) => Promise<unknown>): Command => {
  return async (call) => {
    await act(call);
    return null;
  };
};
const status = (text: string) => after((call) => call.frame(3, text));

const exitCode = (message: string) =>
  JSON.stringify({ status: 'Failure', reason: 'NonZeroExitCode', details: { causes: [{ reason: 'ExitCode', message }] } });

test.each<[string, Command, string]>([
  ['on a channel that nobody knows', after((call) => call.frame(255, 'x')), 'unreachable'],
  ['without a channel', after((call) => call.message(Buffer.alloc(0))), 'unreachable'],
  ['that is a text', after((call) => call.message('so')), 'unreachable'],
  ['of eight megabytes', after((call) => call.frame(1, 'x'.repeat(8 * 2 ** 20))), 'unreachable'],
  ['that is no WebSocket frame', after(async (call) => call.bytes(Buffer.from('HTTP/1.1 500 no\r\n\r\n'))), 'unreachable'],
  ['with a status that is no JSON', status('{no'), 'unreachable'],
  ['with a status of another shape', status('[1]'), 'unreachable'],
  ['with an exit code that is no number', status(exitCode('-1; rm')), 'unreachable'],
  ['with a failure of the node in place of an exit code', notFound, 'unreachable'],
])('an answer %s is an error, never an exit code, and the next command runs', async (_, command, kind) => {
  await expect(run(command)).rejects.toMatchObject({ name: 'ClusterError', kind });
  expect(await run(scripted({ stdout: 'well' }))).toMatchObject({ exitCode: 0, stdout: 'well' });
});

test('the end of the connection without a status is an error, in order or not', async () => {
  await expect(run(scripted({ stdout: 'half', end: 'silent' }))).rejects.toMatchObject({ kind: 'unreachable' });
  await expect(run(scripted({ stdout: 'half', end: 'drop' }))).rejects.toMatchObject({ kind: 'unreachable' });
});

test('frames that carry nothing, and an output after its status, change nothing', async () => {
  const result = await run(async (call) => {
    await call.frame(1, '');
    await call.frame(2, '');
    await call.print('so');
    await call.frame(3, exitCode('3'));
    await call.print('more').catch(() => undefined);
    return null;
  });
  expect(result).toEqual({ exitCode: 3, stdout: 'so', stderr: '', truncated: false });
});

test('a command that prints without an end is left when the time is up', async () => {
  let left = false;
  const flood: Command = async (call) => {
    while (!call.left.aborted) await call.print('x'.repeat(32 * 1024));
    left = true;
    return null;
  };
  await expect(run(flood, { withinMs: 600 })).rejects.toMatchObject({ kind: 'timeout' });
  await eventually('the node to see that nobody listens', () => left);
});

test('a container that is not there is told by name', async () => {
  await expect(run(scripted({}), { container: 'sidecar' })).rejects.toMatchObject({
    kind: 'invalid',
    message: expect.stringContaining('sidecar') as string,
  });
});

test('a node that is gone is an error that says so', async () => {
  await space.apply(loosePod('lost'));
  const pod = await eventually('the pod', () => space.pod('lost'));
  await space.api.patch(`/api/v1/nodes/${space.name}/status`, {
    status: { daemonEndpoints: { kubeletEndpoint: { Port: 10_251 } } },
  });
  const request = { namespace: space.name, pod: 'lost', uid: pod.metadata.uid, container: 'main', command: ['tool'], limitBytes: 1_000 };
  await expect(cluster.exec(request, AbortSignal.timeout(10_000))).rejects.toMatchObject({ kind: 'unreachable' });
});
