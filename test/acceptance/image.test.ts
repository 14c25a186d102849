import { spawnSync } from 'node:child_process';
import { chown, cp, readFile, readdir, symlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SandboxAdmin } from '../../src/adapters/sandbox/admin-client.ts';
import type { Run } from '../../src/core/run.ts';
import { needBinary } from '../support/binary.ts';
import { writeFiles } from '../support/daemon.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../../src/cli/demo/free-port.ts';
import { TEST_FILE_MARK } from '../support/leftovers.ts';
import { startProcess, type Process } from '../support/process.ts';
import { tempDir, type TempDir } from '../support/temp-dir.ts';
import { fleetOf, NAMESPACE, ruleOf, webhookOf } from './chain.ts';

// What the container image holds, started as a container would start it: nothing of the checkout, another user, no home, process 1.
const checkout = resolve(import.meta.dirname, '../..');
/** As in the Dockerfile: a number without a name. */
const USER = 65_532;
const isRoot = process.getuid?.() === 0;

let image: TempDir;
beforeAll(async () => {
  image = await tempDir();
  // Out of what the builder of the image is given, and nothing else.
  const context = join(image.path, 'context');
  const ignore = await readFile(join(checkout, '.dockerignore'), 'utf8');
  for (const [, path = ''] of ignore.matchAll(/^!(.+)$/gm)) await cp(join(checkout, path), join(context, path), { recursive: true });
  await symlink(join(checkout, 'node_modules'), join(context, 'node_modules'));
  const made = spawnSync(join(context, 'scripts/image/tree.sh'), [tree()], { encoding: 'utf8' });
  expect({ status: made.status, said: made.stdout + made.stderr }).toMatchObject({ status: 0 });
  spawnSync('chmod', ['755', image.path]);
  spawnSync('chmod', ['-R', 'a-w', tree()]);
});
afterAll(async () => {
  spawnSync('chmod', ['-R', 'u+w', image.path]);
  await image[Symbol.asyncDispose]();
});

const tree = (...parts: string[]): string => join(image.path, 'tree', ...parts);
const inTree = async (): Promise<string[]> => (await readdir(tree(), { recursive: true })).toSorted();

/** Where the machine lets us, processes get a process table of their own, in which the first one is process 1. */
const apart = ['unshare', ...(isRoot ? [] : ['--user', '--map-current-user']), '--pid', '--fork', '--kill-child', '--mount-proc'];
const canPart = spawnSync(apart[0] ?? '', [...apart.slice(1), 'true']).status === 0;

interface Contained extends Process {
  /** Sends the signal to the program itself. */
  tell(signal: NodeJS.Signals): Promise<void>;
}

async function contained(command: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Contained> {
  const path = [dirname(needBinary('valkey-server', 'redis-server')), '/usr/bin', '/bin'].join(':');
  const all = { PATH: path, [TEST_FILE_MARK]: process.env[TEST_FILE_MARK] ?? '', ...env };
  const asUser = isRoot ? ['setpriv', '--reuid', `${USER}`, '--regid', `${USER}`, '--clear-groups'] : [];
  const bare = ['env', '-i', ...Object.entries(all).map(([name, value]) => `${name}=${value}`)];
  const [program = '', ...args] = [...(canPart ? apart : []), ...asUser, ...bare, ...command];
  const started = await startProcess(program, args, { cwd: '/' });
  const tell = async (signal: NodeJS.Signals): Promise<void> => {
    const children = canPart ? await readFile(`/proc/${started.pid}/task/${started.pid}/children`, 'utf8') : `${started.pid}`;
    process.kill(Number(children), signal);
  };
  // Ending only what waits for the program would leave the program: taking another user on loses its tie to the parent.
  const dispose = async (): Promise<void> => {
    if (started.ended === null) await tell('SIGKILL');
    await started.waitForEnd();
  };
  return Object.assign(started, { tell, [Symbol.asyncDispose]: dispose });
}

async function run(...args: string[]) {
  await using started = await contained([tree('bin/remediad'), ...args]);
  return { code: await started.waitForEnd(20_000), output: started.output };
}

describe('what the image holds', () => {
  test('are the packages of production, without what only compilers and debuggers read', async () => {
    const { packages } = JSON.parse(await readFile(join(checkout, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { dev?: boolean }>;
    };
    const held = (await inTree()).filter((path) => path in packages);
    expect(held).toContain('node_modules/fastify');
    expect(held.filter((path) => packages[path]?.dev === true)).toEqual([]);
    const useless = (await inTree()).filter((path) => path.startsWith('node_modules/') && /\.(map|[cm]?ts)$/.test(path));
    expect(useless).toEqual([]);
  });

  test('runs without a home, a name and anything of the checkout, and brings its Node', async () => {
    const { version } = JSON.parse(await readFile(join(checkout, 'package.json'), 'utf8')) as { version: string };
    expect(await run('version')).toEqual({
      code: 0,
      output: expect.stringMatching(new RegExp(`^remediad ${version} \\(node v24\\.`)),
    });
  });

  test('reads the shipped rules and remediations', async () => {
    const { code, output } = await run('check', '--lint-fatal', '--config.file', tree('examples/remediad.yaml'));
    expect({ code, output }).toEqual({ code: 0, output: expect.stringContaining('archivechain-node-down') });
  });
});

describe('a daemon from the image', () => {
  let data: TempDir;
  let sandbox: Process;
  let admin: SandboxAdmin;
  const url = () => `http://127.0.0.1:${port}`;
  let port: number;

  beforeAll(async () => {
    data = await tempDir();
    port = await freePort();
    await writeFiles(data.path, {
      'fleet.json': JSON.stringify(fleetOf()),
      'remediad.yaml': {
        web: { listen_address: `127.0.0.1:${port}` },
        storage: { path: 'data' },
        clusters: [{ name: 'sandbox', sandbox: 'fleet.sock' }],
        rule_files: ['rules.yaml'],
        remediation_files: [tree('remediations/*.yaml')],
      },
      'rules.yaml': { rules: [ruleOf({ mode: 'observe', escalation: undefined, remediations: [{ use: 'restart-pod' }] })] },
    });
    if (isRoot) await chown(data.path, USER, USER);
    const server = [tree(`node_modules/node-linux-${process.arch}/bin/node`), tree('dist/adapters/sandbox/server.js')];
    sandbox = await contained([...server, '--socket', join(data.path, 'fleet.sock'), '--fleet', join(data.path, 'fleet.json')]);
    await sandbox.waitForLine(/sandbox ready/);
    admin = new SandboxAdmin(join(data.path, 'fleet.sock'));
  });
  afterAll(async () => {
    admin[Symbol.dispose]();
    await sandbox[Symbol.asyncDispose]();
    await data[Symbol.asyncDispose]();
  });

  const serve = async (): Promise<Contained> => {
    const daemon = await contained([tree('bin/remediad'), 'serve', '--config.file', join(data.path, 'remediad.yaml')]);
    await daemon.waitForLine(/remediad is ready/, 20_000);
    return daemon;
  };
  const runs = async (): Promise<Run[]> => {
    const answer = await fetch(`${url()}/api/v1/runs`, { signal: AbortSignal.timeout(5_000) });
    return ((await answer.json()) as { data: Run[] }).data;
  };

  test('takes a webhook, observes, ends in order, and finds its store again even after it was killed', async () => {
    const before = await inTree();
    await using first = await serve();
    const answer = await fetch(`${url()}/api/v1/webhooks/alertmanager`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(webhookOf('archive-3')),
    });
    expect(answer.status).toBe(200);
    const [observed] = await eventually('a run that observed', async () => {
      const ended = (await runs()).filter(({ state }) => state === 'observed');
      return ended.length > 0 ? ended : undefined;
    });
    expect(observed).toMatchObject({
      rule: 'node-down',
      target: { namespace: NAMESPACE, find: { value: 'archive-3' } },
      end: { would: 'effect' },
    });
    expect(await admin.journal()).toEqual([]);
    await first.tell('SIGTERM');
    expect(await first.waitForEnd(20_000)).toBe(0);

    await using second = await serve();
    expect((await runs()).map(({ id }) => id)).toEqual([observed?.id]);
    await second.tell('SIGKILL');
    await second.waitForEnd();

    await using third = await serve();
    expect((await runs()).map(({ id }) => id)).toEqual([observed?.id]);
    await third.tell('SIGTERM');
    expect(await third.waitForEnd(20_000)).toBe(0);
    expect(await inTree()).toEqual(before);
  });
});
