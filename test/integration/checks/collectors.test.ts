import { afterAll, beforeAll, expect, test } from 'vitest';
import { collectors } from '../../../src/collectors/index.ts';
import { lastBytes } from '../../../src/collectors/text.ts';
import type { Subject } from '../../../src/core/capability.ts';
import type { Cluster } from '../../../src/core/ports.ts';
import { startSandbox, type Sandbox } from '../../support/sandbox.ts';
import { readSubjectOf, toolsOn } from '../../support/subject.ts';

const namespace = 'prod';
let sandbox: Sandbox;
let cluster: Cluster;

beforeAll(async () => {
  const common = { kind: 'StatefulSet', namespace, start: 10, ready: 10 } as const;
  sandbox = await startSandbox({
    workloads: [
      { ...common, name: 'node', replicas: 3 },
      { ...common, name: 'old', age: '2h' },
    ],
  });
  cluster = sandbox.cluster('main');
  await sandbox.admin.breakPod(namespace, 'node-1', { kind: 'crash-loop', every: '1h' });
});
afterAll(() => sandbox[Symbol.asyncDispose]());

async function collect(name: string, given: object, pod: string, over: Partial<Subject> = {}) {
  const collector = collectors.get(name)!;
  return collector.run(await readSubjectOf(cluster, namespace, pod, over), collector.params.parse(given), toolsOn(cluster));
}

test('logs of both containers: the earlier first', async () => {
  const { ok, text, message } = await collect('kubernetes/logs', { previous: 'both', tail: 100 }, 'node-1');
  expect(ok).toBe(true);
  expect(text).toMatch(/^--- previous log of node-1, last 100 lines\n.*starting.*\n.*panic.*\n--- log of node-1, last 100 lines\n/);
  expect(message).toBe('--- previous log of node-1, last 100 lines; --- log of node-1, last 100 lines');
});

test('a container that never restarted: the missing log is noted, the other kept', async () => {
  const { ok, text } = await collect('kubernetes/logs', { previous: 'both' }, 'node-0');
  expect(ok).toBe(true);
  expect(text).toMatch(/^--- no previous log of node-0: .*not found\n--- log of node-0, last 200 lines\n.*starting/);
  expect(await collect('kubernetes/logs', { previous: true }, 'node-0')).toMatchObject({ ok: false });
});

test('lines older than asked for are left out', async () => {
  expect((await collect('kubernetes/logs', { since: '3h' }, 'old-0')).text).toContain('starting');
  expect((await collect('kubernetes/logs', { since: '1h' }, 'old-0')).text).not.toContain('starting');
  await sandbox.admin.breakPod(namespace, 'old-0', { kind: 'low-peers', peers: 1 });
  expect((await collect('kubernetes/logs', { since: '1h' }, 'old-0')).text).toContain('lost peers');
  expect(collectors.get('kubernetes/logs')!.params.safeParse({ since: 'soon' }).success).toBe(false);
});

test('no pod, an unknown container, no permission: said, not thrown', async () => {
  expect(await collect('kubernetes/logs', {}, 'node-9')).toEqual({ ok: false, message: 'there is no pod', text: '' });
  expect(await collect('kubernetes/logs', { container: 'nobody' }, 'node-0')).toMatchObject({ ok: false });
  const id = await sandbox.admin.breakApi({ kind: 'deny', resource: 'pods/log' });
  expect(await collect('kubernetes/logs', {}, 'node-0')).toMatchObject({ ok: false, message: expect.stringContaining('forbidden') });
  await sandbox.admin.lift(id);
});

test('events of the pod and of its workload, oldest first', async () => {
  const subject = await readSubjectOf(cluster, namespace, 'node-1');
  const { kind, name, uid } = subject.workload!;
  const event = { type: 'Normal', reason: 'Remediated', message: 'by run r-1', run: 'r-1' } as const;
  await cluster.recordEvent({ kind, namespace, name, uid }, event, AbortSignal.timeout(5_000));
  const { ok, text, message } = await collect('kubernetes/events', {}, 'node-1');
  expect(ok).toBe(true);
  expect(text).toMatch(/Warning Pod BackOff: Back-off restarting.*\n(?:.*\n)*.*Normal StatefulSet Remediated: by run r-1\n$/);
  expect(message).toMatch(/^\d events$/);
});

test('events that cannot be read, or of nothing', async () => {
  expect(await collect('kubernetes/events', {}, 'node-9')).toMatchObject({ ok: false });
  const id = await sandbox.admin.breakApi({ kind: 'error', resource: 'events' });
  expect(await collect('kubernetes/events', {}, 'node-0')).toMatchObject({ ok: false });
  await sandbox.admin.lift(id);
});

test.each([
  ['short', 'a\nb\n', 100, 'a\nb\n'],
  ['cut at a line', 'aaa\nbbb\nccc\n', 9, 'bbb\nccc\n'],
  ['one long line', 'abcdef', 3, 'def'],
])('evidence keeps the end of a text: %s', (_, text, limit, kept) => {
  expect(lastBytes(text, limit)).toBe(kept);
});
