import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { checks } from '../../../src/checks/index.ts';
import type { Subject, Tools } from '../../../src/core/capability.ts';
import type { WorkloadEntry } from '../../../src/core/edition.ts';
import type { CheckOutput } from '../../../src/core/plan.ts';
import type { Cluster } from '../../../src/core/ports.ts';
import { eventually } from '../../support/eventually.ts';
import { sampleEdition, sampleEffect } from '../../support/sample.ts';
import { startSandbox, type Sandbox } from '../../support/sandbox.ts';
import { readSubjectOf, toolsOn } from '../../support/subject.ts';

let sandbox: Sandbox;
let cluster: Cluster;
let namespace: string;
let scenes = 0;
const PEERS = ['archivechain-cli', 'network', 'peers'];
const entry = { container: 'main', ports: { metrics: 9999 }, peersCommand: PEERS } as unknown as WorkloadEntry;

beforeAll(async () => {
  sandbox = await startSandbox({ workloads: [] });
  cluster = sandbox.cluster('main');
});
afterAll(() => sandbox[Symbol.asyncDispose]());

beforeEach(async () => {
  namespace = `scene-${scenes++}`;
  const common = { namespace, start: 10, ready: 10, terminate: 150 } as const;
  await sandbox.admin.addFleet({
    workloads: [
      { ...common, kind: 'StatefulSet', name: 'node', replicas: 3 },
      { ...common, kind: 'Deployment', name: 'gate', replicas: 2 },
    ],
  });
});

/** Runs a check as a step does: parameters through its schema, the subject read afresh. */
async function run(
  name: string,
  given: object,
  over: { subject?: Partial<Subject>; tools?: Partial<Tools>; pod?: string } = {},
): Promise<CheckOutput> {
  const check = checks.get(name)!;
  const subject = await readSubjectOf(cluster, namespace, over.pod ?? 'node-1', { entry, ...over.subject });
  const output = await check.run(subject, check.params.parse(given), toolsOn(cluster, over.tools));
  if (output.ok !== null) expect(Object.keys(output.fields).sort()).toEqual(Object.keys(check.output).sort());
  return output;
}

const breakPod = (fault: Parameters<Sandbox['admin']['breakPod']>[2], pod = 'node-1') => sandbox.admin.breakPod(namespace, pod, fault);
const trouble = (kind: 'deny' | 'error' | 'hang', verb: string, resource: string) =>
  sandbox.admin.breakApi({ kind, verb, resource, namespace });

describe('kubernetes/pod-status', () => {
  test('tells a ready pod', async () => {
    expect(await run('kubernetes/pod-status', {})).toMatchObject({
      ok: true,
      fields: { phase: 'Running', ready: true, terminating: false, waiting_reason: '', terminated_reason: '', restarts: 0 },
    });
  });

  test('tells a crash loop by its reason, because its phase is Running too', async () => {
    await breakPod({ kind: 'crash-loop' });
    expect(await run('kubernetes/pod-status', {})).toMatchObject({
      ok: false,
      fields: { phase: 'Running', ready: false, waiting_reason: 'CrashLoopBackOff', restarts: 1 },
    });
  });

  test('tells a pod that is absent: an answer, not an error', async () => {
    expect(await run('kubernetes/pod-status', {}, { pod: 'node-9' })).toMatchObject({
      ok: false,
      message: 'the pod does not exist',
      fields: { phase: 'Absent', uid: '' },
    });
  });
});

describe('kubernetes/pod-ready', () => {
  const after = async (name: string) => {
    const subject = await readSubjectOf(cluster, namespace, name);
    const uid = subject.pod!.uid;
    const done = { ...subject.run, effects: [sampleEffect({ uid })] };
    await sandbox.admin.deletePod(namespace, name);
    return { uid, run: done };
  };

  test('the old pod does not count, however ready it still is; its successor does', async () => {
    const { uid, run: acted } = await after('node-1');
    expect(await run('kubernetes/pod-ready', {}, { subject: { run: acted } })).toMatchObject({ ok: false, fields: { uid } });
    const output = await eventually('the successor', async () => {
      const now = await run('kubernetes/pod-ready', {}, { subject: { run: acted } });
      return now.ok && now;
    });
    expect(output.fields['uid']).not.toBe(uid);
  });

  test('the pod of a Deployment comes back under another name: its workload is looked at', async () => {
    const gate = (await cluster.listPods(namespace, { selector: 'app=gate' }, AbortSignal.timeout(5_000)))[0]!;
    const { run: acted } = await after(gate.name);
    expect(await run('kubernetes/pod-ready', {}, { subject: { run: acted }, pod: gate.name })).toMatchObject({ ok: false });
    await eventually('the workload to be whole', async () => {
      return (await run('kubernetes/pod-ready', {}, { subject: { run: acted }, pod: gate.name })).ok;
    });
  });

  test('a pod that nobody deleted is told as it is', async () => {
    expect(await run('kubernetes/pod-ready', {})).toMatchObject({ ok: true });
    await breakPod({ kind: 'not-ready' });
    expect(await run('kubernetes/pod-ready', {})).toMatchObject({ ok: false });
    expect(await run('kubernetes/pod-ready', {}, { pod: 'node-9' })).toMatchObject({ ok: false });
  });

  test('a workload that cannot be read is unknown', async () => {
    const gate = (await cluster.listPods(namespace, { selector: 'app=gate' }, AbortSignal.timeout(5_000)))[0]!;
    const { run: acted } = await after(gate.name);
    await trouble('error', 'get', 'workloads');
    expect(await run('kubernetes/pod-ready', {}, { subject: { run: acted }, pod: 'node-9' })).toMatchObject({ ok: null });
  });
});

describe('kubernetes/workload-ready', () => {
  test('counts the members, of the pod’s workload or of the target itself', async () => {
    expect(await run('kubernetes/workload-ready', {})).toMatchObject({ ok: true, fields: { desired: 3, healthy: 3, rolling_out: false } });
    await breakPod({ kind: 'not-ready' }, 'node-2');
    expect(await run('kubernetes/workload-ready', {})).toMatchObject({ ok: false, message: 'StatefulSet node: 2 of 3 ready' });
    const subject = await readSubjectOf(cluster, namespace, 'gate', { entry });
    const target = { ...subject.run.target, kind: 'Deployment' };
    const pinned = { ...subject.run.pinned!, workload: null };
    expect(await run('kubernetes/workload-ready', {}, { pod: 'gate', subject: { run: { ...subject.run, target, pinned } } })).toMatchObject(
      {
        ok: true,
        fields: { desired: 2, healthy: 2 },
      },
    );
  });

  test('no workload is an answer, an unreadable one is not', async () => {
    expect(await run('kubernetes/workload-ready', {}, { pod: 'node-9' })).toMatchObject({ ok: false, message: 'there is no workload' });
    await trouble('error', 'list', 'pods');
    const workload = await cluster.getWorkload('StatefulSet', namespace, 'node', AbortSignal.timeout(5_000));
    expect(await run('kubernetes/workload-ready', {}, { pod: 'node-9', subject: { workload } })).toMatchObject({ ok: null });
  });
});

describe('kubernetes/exec-json', () => {
  const script = (stdout: string, exit = 0) =>
    sandbox.admin.addScript({ command: ['df', '--json'], namespace, stdout, exit, stderr: 'oops' });
  const allowing = { edition: sampleEdition({ execAllow: [['df', '--[a-z]+']] }) };

  test('reads what the peers command of the workload prints', async () => {
    await breakPod({ kind: 'low-peers', peers: 2 });
    const output = await run('kubernetes/exec-json', { command: PEERS });
    expect(output).toMatchObject({ ok: true, fields: { json: [{ id: 'peer-0' }, { id: 'peer-1' }] } });
  });

  test('a command that is not allowed is never run', async () => {
    await script('{}');
    const before = await sandbox.admin.calls();
    expect(await run('kubernetes/exec-json', { command: ['df', '--json'] })).toMatchObject({
      ok: null,
      message: expect.stringContaining('exec_allow'),
    });
    expect((await sandbox.admin.calls())['create pods/exec']).toBe(before['create pods/exec']);
    expect(await run('kubernetes/exec-json', { command: ['df', '--json'] }, { subject: allowing })).toMatchObject({ ok: true });
  });

  test.each([
    ['no JSON', 'nothing', 0, 'df printed no JSON'],
    ['a failure', '[]', 3, 'df ended with 3: oops'],
    ['a flood', `"${'x'.repeat(300_000)}"`, 0, 'df printed more than 262144 bytes'],
  ])('%s is unknown', async (_, stdout, exit, message) => {
    await script(stdout, exit);
    expect(await run('kubernetes/exec-json', { command: ['df', '--json'] }, { subject: allowing })).toEqual({
      ok: null,
      message,
      fields: {},
    });
  });

  test('an exec that does not come through is unknown', async () => {
    await trouble('deny', 'create', 'pods/exec');
    expect(await run('kubernetes/exec-json', { command: PEERS })).toMatchObject({ ok: null });
    expect(await run('kubernetes/exec-json', { command: PEERS }, { pod: 'node-9' })).toMatchObject({ ok: null });
  });
});

describe.each(['exec', 'api-proxy'] as const)('http/probe via %s', (via) => {
  test('a good status is ok, a bad one is not', async () => {
    expect(await run('http/probe', { via })).toMatchObject({ ok: true, fields: { status: 200 } });
    await breakPod({ kind: 'unhealthy', status: 503 });
    expect(await run('http/probe', { via })).toMatchObject({ ok: false, fields: { status: 503 } });
    expect(await run('http/probe', { via, status: 503 })).toMatchObject({ ok: true });
    expect(await run('http/probe', { via, path: '/nothing' })).toMatchObject({ ok: false, fields: { status: 404 } });
  });

  test('a refused connection is not ok', async () => {
    expect(await run('http/probe', { via, port: 1 })).toMatchObject({ ok: false, fields: { status: 0 } });
  });

  test('no answer in time is unknown, never not ok', async () => {
    await breakPod({ kind: 'hang' });
    expect(await run('http/probe', { via }, { tools: { signal: AbortSignal.timeout(300) } })).toMatchObject({ ok: null });
  });

  test('no pod, no port: unknown', async () => {
    expect(await run('http/probe', { via }, { pod: 'node-9' })).toMatchObject({ ok: null, message: 'there is no pod to probe' });
    expect(await run('http/probe', { via }, { subject: { entry: null } })).toMatchObject({
      ok: null,
      message: expect.stringContaining('no `metrics` port'),
    });
  });
});

test('http/probe via exec without curl in the image is unknown', async () => {
  const command = ['curl', '-sS', '-m', '5', '--noproxy', '*', '-o', '/dev/null', '-w', '%{http_code}', 'http://localhost:9999/health'];
  await sandbox.admin.addScript({ command, namespace, exit: 127, stderr: 'not found' });
  expect(await run('http/probe', { via: 'exec' })).toMatchObject({
    ok: null,
    message: expect.stringContaining('curl ended with 127: not found'),
  });
});

test.each([
  ['unreachable otherwise', 'error trying to reach service: dial tcp 10.0.0.1:9999: i/o timeout', null],
  ['answering 503 by itself', 'busy', false],
])('http/probe via api-proxy of a pod %s', async (_, body, ok) => {
  const stubbed = { ...cluster, httpGet: () => Promise.resolve({ status: 503, body, ms: 1 }) } as unknown as Cluster;
  expect(await run('http/probe', { via: 'api-proxy' }, { tools: { cluster: stubbed } })).toMatchObject({ ok });
});

describe('http/probe via direct', () => {
  const web: Tools['web'] = {
    async get(url, _limit, signal) {
      const answer = await fetch(url, { signal });
      return { status: answer.status, body: await answer.text(), ms: 1 };
    },
  };

  test('asks configured endpoints and nothing else', async () => {
    const paths: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      paths.push(request.url);
      response.writeHead(request.url === '/base/bad' ? 500 : 204).end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/base/`;
    const ask = (given: object) =>
      run('http/probe', { via: 'direct', ...given }, { tools: { web }, subject: { edition: sampleEdition({ endpoints: { api: base } }) } });
    expect(await ask({ endpoint: 'api', path: '/good' })).toMatchObject({ ok: true, fields: { status: 204 } });
    expect(await ask({ endpoint: 'api', path: '/bad' })).toMatchObject({ ok: false, fields: { status: 500 } });
    expect(await ask({ endpoint: 'api', path: '//elsewhere.example/x' })).toMatchObject({ ok: true });
    expect(await ask({ endpoint: 'other', path: '/' })).toMatchObject({ ok: null });
    expect(await ask({ endpoint: 'toString', path: '/' })).toMatchObject({ ok: null });
    expect(paths).toEqual(['/base/good', '/base/bad', '/base//elsewhere.example/x']);
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
    expect(await ask({ endpoint: 'api', path: '/good' })).toMatchObject({ ok: false, fields: { status: 0 } });
  });

  test('whatever else goes wrong is unknown', async () => {
    const failing = { get: () => Promise.reject(new Error('certificate has expired')) };
    const edition = sampleEdition({ endpoints: { api: 'https://api.example' } });
    const output = await run('http/probe', { via: 'direct', endpoint: 'api' }, { tools: { web: failing }, subject: { edition } });
    expect(output).toEqual({ ok: null, message: 'certificate has expired', fields: {} });
  });
});

describe('alert/firing', () => {
  const source = (kind: 'prometheus' | 'alertmanager', state: 'firing' | 'pending' | 'not-firing' | Error) => {
    const asked: Readonly<Record<string, string>>[] = [];
    const answer = (labels: Readonly<Record<string, string>>) => {
      asked.push(labels);
      return state instanceof Error ? Promise.reject(state) : Promise.resolve(state);
    };
    return { kind, state: answer, asked };
  };

  test('believes the first source that can tell', async () => {
    const down = source('prometheus', new Error('no route'));
    const up = source('alertmanager', 'firing');
    expect(await run('alert/firing', {}, { tools: { sources: [down, up] } })).toMatchObject({
      ok: true,
      fields: { state: 'firing', source: 'alertmanager' },
    });
    expect(up.asked).toEqual([{ pod: 'node-1' }]);
    expect(
      await run('alert/firing', { labels: { alertname: 'X' } }, { tools: { sources: [source('prometheus', 'pending'), up] } }),
    ).toMatchObject({
      ok: false,
      fields: { state: 'pending', source: 'prometheus' },
    });
  });

  test('is unknown when no source can tell, or none is asked', async () => {
    const down = source('prometheus', new Error('no route'));
    expect(await run('alert/firing', {}, { tools: { sources: [down] } })).toEqual({
      ok: null,
      message: 'prometheus: no route',
      fields: {},
    });
    expect(await run('alert/firing', {})).toMatchObject({ ok: null });
    expect(await run('alert/firing', { labels: {} }, { tools: { sources: [source('prometheus', 'firing')] } })).toMatchObject({ ok: null });
  });
});

describe('prometheus/query', () => {
  const metrics = (...values: number[]) => ({
    query: () => Promise.resolve(values.map((value, n) => ({ labels: { pod: `node-${n}` }, value }))),
  });
  const ask = (tools: Partial<Tools>) => run('prometheus/query', { query: 'up' }, { tools });

  test('tells the one number', async () => {
    expect(await ask({ metrics: metrics(0.91) })).toMatchObject({ ok: true, fields: { value: 0.91, labels: { pod: 'node-0' } } });
  });

  test.each([
    ['nothing', metrics(), 'the query yields nothing'],
    ['several series', metrics(1, 2), 'the query yields 2 series, exactly one is needed: aggregate it'],
    ['no number', metrics(Number.NaN), 'the query yields NaN'],
    ['an error', { query: () => Promise.reject(new Error('bad_data')) }, 'bad_data'],
    ['no Prometheus', null, 'no Prometheus is configured'],
  ])('%s is unknown', async (_, given, message) => {
    expect(await ask({ metrics: given })).toEqual({ ok: null, message, fields: {} });
  });
});

test('each check is registered under its own name', () => {
  for (const [name, check] of checks) expect(check.name).toBe(name);
});
