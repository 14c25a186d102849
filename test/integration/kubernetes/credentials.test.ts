import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { openCredentials, type Access, type CredentialSource, type Credentials } from '../../../src/adapters/kubernetes/credentials.ts';
import { tempDir, type TempDir } from '../../support/temp-dir.ts';

let folder: TempDir;
let opened: DisposableStack;
let monotonic = 0;
const clock = { now: () => monotonic, monotonic: () => monotonic };

beforeEach(async () => {
  folder = await tempDir();
  opened = new DisposableStack();
});
afterEach(async () => {
  vi.unstubAllEnvs();
  opened.dispose();
  await folder[Symbol.asyncDispose]();
});

const open = async (source: CredentialSource): Promise<Credentials> => opened.use(await openCredentials('prod', source, clock));
const access = (credentials: Credentials): Promise<Access> => credentials.access(AbortSignal.timeout(5_000));
const tokenOf = async (credentials: Credentials) => (await access(credentials)).headers['authorization'];

async function write(name: string, text: string): Promise<string> {
  const file = join(folder.path, name);
  await writeFile(file, text);
  return file;
}

interface Parts {
  readonly cluster?: object;
  readonly user?: object;
}

/** A kubeconfig of one context `main`; its path. */
function kubeconfig({ cluster = {}, user = { token: 'first' } }: Parts = {}): Promise<string> {
  return write(
    'kubeconfig',
    JSON.stringify({
      'current-context': 'other',
      clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:6443/', ...cluster } }],
      users: [{ name: 'u', user }],
      contexts: [
        { name: 'main', context: { cluster: 'c', user: 'u' } },
        { name: 'other', context: { cluster: 'gone', user: 'u' } },
      ],
    }),
  );
}

const named = (file: string, context = 'main'): CredentialSource => ({ kind: 'kubeconfig', file, context });

describe('a kubeconfig', () => {
  test('says where the API server is and who asks', async () => {
    const { server, headers } = await access(await open(named(await kubeconfig())));
    expect(server.href).toBe('https://127.0.0.1:6443/');
    expect(headers).toEqual({ authorization: 'Bearer first' });
  });

  test.each([
    ['names no such context', {}, 'nobody', /has no context "nobody", only main, other/],
    ['has a context that leads nowhere', {}, 'other', /names a cluster or a user that is not there/],
    [
      'is spoken to without TLS',
      { cluster: { server: 'http://127.0.0.1:8080' } },
      'main',
      /must be https, found "http:\/\/127.0.0.1:8080"/,
    ],
    ['needs a proxy', { cluster: { 'proxy-url': 'http://proxy:3128' } }, 'main', /proxy-url is not supported/],
  ])('that %s is refused', async (_, parts, context, message) => {
    await expect(open(named(await kubeconfig(parts), context))).rejects.toThrow(message);
  });

  test.each([
    ['no YAML', '{{{'],
    ['no map', 'just a text'],
    ['of wrong shape', '{"clusters":[{"name":"c"}]}'],
  ])('that is %s is refused with its name', async (_, text) => {
    const file = await write('kubeconfig', text);
    await expect(open(named(file))).rejects.toMatchObject({ name: 'ClusterError', message: expect.stringContaining(file) });
  });

  test('that is not there is refused with its name', async () => {
    await expect(open(named(join(folder.path, 'none')))).rejects.toThrow(/kubeconfig cannot be read: ENOENT.*none/);
  });

  test('that changes counts after a moment, and its connections are kept', async () => {
    const credentials = await open(named(await kubeconfig()));
    const before = await access(credentials);
    await kubeconfig({ user: { token: 'second' } });
    expect(await tokenOf(credentials)).toBe('Bearer first');
    monotonic += 11_000;
    const after = await access(credentials);
    expect(after.headers).toEqual({ authorization: 'Bearer second' });
    expect(after.agent).toBe(before.agent);
  });

  test('with another authority gets other connections', async () => {
    const credentials = await open(named(await kubeconfig()));
    const before = await access(credentials);
    await kubeconfig({ cluster: { 'certificate-authority-data': Buffer.from('another').toString('base64') } });
    credentials.refused();
    expect((await access(credentials)).agent).not.toBe(before.agent);
  });

  test('that breaks while remediad runs is an error of the call, and mended it works', async () => {
    const credentials = await open(named(await kubeconfig()));
    await write('kubeconfig', '{{{');
    credentials.refused();
    await expect(access(credentials)).rejects.toMatchObject({ name: 'ClusterError' });
    await kubeconfig({ user: { token: 'second' } });
    expect(await tokenOf(credentials)).toBe('Bearer second');
  });

  test.each(['tokenFile', 'token-file'])('with a token in a file, by the key %s: read anew when it was refused', async (key) => {
    const file = await write('token', 'first\n');
    const credentials = await open(named(await kubeconfig({ user: { [key]: key === 'tokenFile' ? 'token' : file } })));
    expect(await tokenOf(credentials)).toBe('Bearer first');
    await write('token', 'second\n');
    credentials.refused();
    expect(await tokenOf(credentials)).toBe('Bearer second');
  });

  test('with a user name and a password', async () => {
    const credentials = await open(named(await kubeconfig({ user: { username: 'eve', password: 'x:y' } })));
    expect(await tokenOf(credentials)).toBe(`Basic ${Buffer.from('eve:x:y').toString('base64')}`);
  });

  test('with a plugin that makes tokens', async () => {
    const credential = JSON.stringify({ kind: 'ExecCredential', status: { token: 'made' } });
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: process.execPath, args: ['-p', `'${credential}'`] };
    expect(await tokenOf(await open(named(await kubeconfig({ user: { exec } }))))).toBe('Bearer made');
  });

  test('with a plugin that hangs ends with the signal', async () => {
    const wait = 'process.on("message", () => process.exit(0)); setTimeout(() => process.exit(1), 3000)';
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: process.execPath, args: ['-e', wait] };
    const credentials = await open(named(await kubeconfig({ user: { exec } })));
    await expect(credentials.access(AbortSignal.timeout(200))).rejects.toMatchObject({ name: 'ClusterError', kind: 'timeout' });
  });
});

describe('in a cluster', () => {
  const mounted = 'var/run/secrets/kubernetes.io/serviceaccount';

  test('the service account of the pod is taken, its token read anew when it was refused', async () => {
    vi.stubEnv('KUBERNETES_SERVICE_HOST', 'fd00::1');
    vi.stubEnv('KUBERNETES_SERVICE_PORT', '6443');
    await mkdir(join(folder.path, mounted), { recursive: true });
    await write(`${mounted}/token`, 'first\n');
    await write(`${mounted}/ca.crt`, 'authority');
    const credentials = await open({ kind: 'in-cluster', root: folder.path });
    expect((await access(credentials)).server.href).toBe('https://[fd00::1]:6443/');
    expect(await tokenOf(credentials)).toBe('Bearer first');
    await write(`${mounted}/token`, 'second\n');
    credentials.refused();
    expect(await tokenOf(credentials)).toBe('Bearer second');
  });

  test('outside of a pod it is refused: there is no other API server to guess', async () => {
    vi.stubEnv('KUBERNETES_SERVICE_HOST', undefined);
    await expect(open({ kind: 'in-cluster' })).rejects.toThrow(/in_cluster needs remediad to run in a pod/);
  });

  test('without a token it is an error of the call', async () => {
    vi.stubEnv('KUBERNETES_SERVICE_HOST', '10.0.0.1');
    vi.stubEnv('KUBERNETES_SERVICE_PORT', '443');
    const credentials = await open({ kind: 'in-cluster', root: folder.path });
    await expect(access(credentials)).rejects.toMatchObject({ name: 'ClusterError', kind: 'unreachable' });
  });
});
