import { readlinkSync, statSync } from 'node:fs';
import { appendFile, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { describe, expect, test, vi } from 'vitest';
import { startEmbedded, type EmbeddedStore } from '../../../src/adapters/redis/embedded.ts';
import { needBinary } from '../../support/binary.ts';
import { eventually } from '../../support/eventually.ts';
import { processClock, recordingLog } from '../../support/log.ts';
import { startNode, startProcess, type Process } from '../../support/process.ts';
import { tempDir } from '../../support/temp-dir.ts';

const DAEMON = join(import.meta.dirname, 'embedded-daemon.ts');

function start(directory: string, pathVariable?: string): Promise<EmbeddedStore> {
  return startEmbedded({ directory, log: recordingLog(), clock: processClock, ...(pathVariable === undefined ? {} : { pathVariable }) });
}

async function withClient<T>(store: EmbeddedStore, work: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis({ path: store.socket, retryStrategy: () => 20, maxRetriesPerRequest: null });
  client.on('error', () => undefined);
  try {
    return await work(client);
  } finally {
    client.disconnect();
  }
}

/** False for a zombie too, which takes signals until its parent asks how it ended. */
function isAlive(pid: number): boolean {
  try {
    return readlinkSync(`/proc/${pid}/exe`) !== '';
  } catch {
    return false;
  }
}

async function startDaemon(directory: string, pathVariable?: string): Promise<{ daemon: Process; server: number }> {
  const daemon = await startNode(DAEMON, pathVariable === undefined ? [directory] : [directory, pathVariable]);
  const line = await daemon.waitForLine(/^server (\d+) at/);
  return { daemon, server: Number(line[1]) };
}

/** A PATH with these programs alone. */
async function pathOf(folder: string, ...programs: string[]): Promise<string> {
  const path = join(folder, 'bin');
  await mkdir(path, { recursive: true });
  for (const program of programs) await symlink(needBinary(program), join(path, program));
  return path;
}

const SERVER = needBinary('valkey-server', 'redis-server').split('/').at(-1) ?? '';

describe('the embedded store', () => {
  test('serves this user alone, on a socket beside its data, with every write synced', async () => {
    await using folder = await tempDir();
    const directory = join(folder.path, 'deep', 'store');
    await using store = await start(directory);
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    expect(statSync(store.socket).mode & 0o777).toBe(0o700);
    expect(store.socket).toBe(join(directory, 'redis.sock'));
    expect(store.program).toMatch(/^(redis|valkey)-server \d+\.\d+\.\d+$/);
    await withClient(store, async (client) => {
      const setting = async (name: string) => (await client.config('GET', name))[1];
      expect(await setting('port')).toBe('0');
      expect(await setting('appendfsync')).toBe('always');
      expect(await setting('maxmemory-policy')).toBe('noeviction');
      expect(await setting('maxmemory')).toBe(String(512 * 1024 * 1024));
    });
  });

  test('keeps its data across an orderly stop, and leaves no process and no pid behind', async () => {
    await using folder = await tempDir();
    const first = await start(folder.path);
    const pid = first.pid ?? 0;
    await withClient(first, (client) => client.set('k', 'v'));
    await first.stop();
    await first.stop();
    expect([first.pid, isAlive(pid)]).toEqual([null, false]);
    expect(await readFile(join(folder.path, 'daemon.lock'), 'utf8')).toBe('');
    await using second = await start(folder.path);
    expect(await withClient(second, (client) => client.get('k'))).toBe('v');
  });

  test('is started again each time it is killed, with everything that was acknowledged', async () => {
    await using folder = await tempDir();
    await using store = await start(folder.path);
    await withClient(store, async (client) => {
      let acknowledged = 0;
      for (let kill = 1; kill <= 3; kill++) {
        for (let index = 0; index < 200; index++) acknowledged = await client.incr('n');
        const pid = store.pid ?? 0;
        const sending = client.incr('n');
        process.kill(pid, 'SIGKILL');
        acknowledged = await sending;
        await eventually('another server', () => store.pid !== null && store.pid !== pid && store.restarts === kill);
        expect(Number(await client.get('n'))).toBeGreaterThanOrEqual(acknowledged);
      }
    });
  });

  test('gives up waiting for a restart when it is stopped', async () => {
    await using folder = await tempDir();
    const store = await start(folder.path);
    process.kill(store.pid ?? 0, 'SIGKILL');
    await eventually('its death to be seen', () => store.pid === null);
    await store.stop();
    await sleep(300);
    expect(store.pid).toBeNull();
  });

  test('stands in a short private folder when its data do not fit a socket path', async () => {
    await using folder = await tempDir();
    vi.stubEnv('XDG_RUNTIME_DIR', folder.path);
    await using store = await start(join(folder.path, 'x'.repeat(100)));
    vi.unstubAllEnvs();
    expect(Buffer.byteLength(store.socket)).toBeLessThanOrEqual(103);
    expect(await withClient(store, (client) => client.ping())).toBe('PONG');
  });
});

describe('a second daemon', () => {
  test('on the same folder is refused, naming the first', async () => {
    await using folder = await tempDir();
    const { daemon } = await startDaemon(folder.path);
    await using _daemon = daemon;
    await expect(start(folder.path)).rejects.toThrow(
      `another remediad (pid ${daemon.pid}) uses the store in ${folder.path}: stop it, or give this one a storage path of its own`,
    );
    expect(daemon.ended).toBeNull();
  });

  test('is refused in the same process too, and through another name of the folder', async () => {
    await using folder = await tempDir();
    await using _store = await start(join(folder.path, 'a'));
    await symlink(join(folder.path, 'a'), join(folder.path, 'b'));
    await expect(start(join(folder.path, 'b'))).rejects.toThrow(`another remediad (pid ${process.pid})`);
  });

  test('is refused without the flock utility too', async () => {
    await using folder = await tempDir();
    const path = await pathOf(folder.path, SERVER);
    const { daemon } = await startDaemon(join(folder.path, 'data'), path);
    await using _daemon = daemon;
    await expect(start(join(folder.path, 'data'), path)).rejects.toThrow(`another remediad (pid ${daemon.pid})`);
  });
});

describe('a daemon that is killed', () => {
  test('takes its server along', async () => {
    await using folder = await tempDir();
    const { daemon, server } = await startDaemon(folder.path);
    expect(isAlive(server)).toBe(true);
    await daemon.kill();
    await eventually('the server to end', () => !isAlive(server));
  });

  test('blocks nobody after it, however soon', async () => {
    await using folder = await tempDir();
    for (let round = 1; round <= 3; round++) {
      const { daemon } = await startDaemon(folder.path);
      const client = new Redis({ path: join(folder.path, 'redis.sock') });
      expect(await client.incr('rounds')).toBe(round);
      client.disconnect();
      await daemon.kill();
    }
    await using store = await start(folder.path);
    expect(await withClient(store, (client) => client.get('rounds'))).toBe('3');
  });

  test.each([
    ['flock', [SERVER, 'flock']],
    ['no flock', [SERVER]],
  ])('leaves its server alone where nothing ties them; with %s the next daemon ends it and has its data', async (_what, programs) => {
    await using folder = await tempDir();
    const [path, data] = [await pathOf(folder.path, ...programs), join(folder.path, 'data')];
    const { daemon, server } = await startDaemon(data, path);
    const client = new Redis({ path: join(data, 'redis.sock') });
    await client.set('k', 'v');
    client.disconnect();
    await daemon.kill();
    await sleep(200);
    expect(isAlive(server)).toBe(true);
    await using store = await start(data, path);
    expect(isAlive(server)).toBe(false);
    expect(await withClient(store, (again) => again.get('k'))).toBe('v');
  });

  test('does not block another process that got its pid', async () => {
    await using folder = await tempDir();
    const path = await pathOf(folder.path, SERVER);
    await using other = await startProcess('sleep', ['60']);
    await mkdir(join(folder.path, 'data'));
    await writeFile(join(folder.path, 'data', 'daemon.lock'), `${other.pid}\n1\n`);
    await writeFile(join(folder.path, 'data', 'redis.pid'), `${other.pid}\n`);
    await using _store = await start(join(folder.path, 'data'), path);
    expect(other.ended).toBeNull();
  });
});

test('Ctrl-C reaches the daemon and not its store', async () => {
  await using folder = await tempDir();
  await using daemon = await startProcess('setsid', [process.execPath, DAEMON, folder.path], { endWith: 'SIGTERM' });
  const server = Number((await daemon.waitForLine(/^server (\d+)/))[1]);
  process.kill(-daemon.pid, 'SIGINT');
  await daemon.waitForLine(/^interrupted/);
  await sleep(300);
  expect(isAlive(server)).toBe(true);
});

describe('an append-only file', () => {
  async function writtenStore(directory: string): Promise<string> {
    const store = await start(directory);
    await withClient(store, async (client) => {
      for (let index = 0; index < 100; index++) await client.set(`k${index}`, 'v'.repeat(100));
    });
    await store.stop();
    const files = await readdir(join(directory, 'appendonlydir'));
    return join(directory, 'appendonlydir', files.find((name) => name.endsWith('.incr.aof')) ?? '');
  }

  test('with a torn last write is read up to it', async () => {
    await using folder = await tempDir();
    const file = await writtenStore(folder.path);
    await appendFile(file, '*3\r\n$3\r\nSET\r\n$4\r\nto');
    await using store = await start(folder.path);
    expect(await withClient(store, (client) => client.dbsize())).toBe(100);
  });

  test('that is damaged inside is refused with the way out, and the folder stays free', async () => {
    await using folder = await tempDir();
    const file = await writtenStore(folder.path);
    const text = await readFile(file, 'utf8');
    const half = Math.floor(text.length / 2);
    await writeFile(file, `${text.slice(0, half)}rubbish\r\n${text.slice(half)}`);
    for (let attempt = 0; attempt < 2; attempt++) {
      await expect(start(folder.path)).rejects.toThrow(
        new RegExp(`^the store's append-only file in ${folder.path} is damaged \\(Bad file format.*\\): restore a backup, or keep a copy`),
      );
    }
  });
});

describe('without a server that fits', () => {
  test('the start is refused with the line that installs one', async () => {
    await using folder = await tempDir();
    await expect(start(folder.path, join(folder.path, 'empty'))).rejects.toThrow(
      'no valkey-server or redis-server on PATH: install one (`apt-get install redis-server`',
    );
  });

  test.each([
    ['echo "Redis server v=5.0.14 sha=0"', /redis-server is 5\.0\.14: remediad needs 6\.2 or newer/],
    ['exit 127', /redis-server does not run/],
    [
      'echo "Redis server v=7.0.0"; test "$1" = --version || { echo "1:M 01 Jan 2026 00:00:00.000 # no room"; exit 3; }',
      /ended with exit code 3; it said: .*no room/,
    ],
  ])('a program that does `%s` is refused', async (script, message) => {
    await using folder = await tempDir();
    const program = join(folder.path, 'redis-server');
    await writeFile(program, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    await expect(start(join(folder.path, 'data'), folder.path)).rejects.toThrow(message);
  });

  test('valkey goes before redis', async () => {
    await using folder = await tempDir();
    const path = await pathOf(folder.path, SERVER);
    await symlink(needBinary(SERVER), join(path, 'valkey-server')).catch(() => undefined);
    await using store = await start(join(folder.path, 'data'), path);
    expect(store.program).toMatch(/^valkey-server /);
  });
});
