import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { startSink } from '../support/http-sink.ts';
import { leftovers, TEST_FILE_MARK } from '../support/leftovers.ts';
import { startNode, startProcess } from '../support/process.ts';
import { startRedis } from '../support/redis.ts';
import { withRetriedPort } from '../support/server.ts';
import { tempDir } from '../support/temp-dir.ts';

describe('eventually', () => {
  test('returns the first answer that is one', async () => {
    let asked = 0;
    expect(await eventually('three', () => (++asked === 3 ? 'three' : undefined), { everyMs: 1 })).toBe('three');
  });

  test('says what it waited for and the last error', async () => {
    const never = eventually('the moon', () => Promise.reject(new Error('cloudy')), { withinMs: 30, everyMs: 5 });
    await expect(never).rejects.toThrow('timed out after 30 ms waiting for the moon; the last try failed: cloudy');
  });

  test('says the last answer when nothing was thrown', async () => {
    await expect(eventually('yes', () => false, { withinMs: 1 })).rejects.toThrow('waiting for yes; the last answer was false');
  });
});

describe('a temporary folder', () => {
  test('is gone with its files after its scope', async () => {
    let path;
    {
      await using folder = await tempDir();
      path = folder.path;
      await writeFile(join(path, 'x'), 'x');
      expect(existsSync(path)).toBe(true);
    }
    expect(existsSync(path)).toBe(false);
  });
});

describe('a child process', () => {
  test('runs a TypeScript file of ours and gives its lines and exit code', async () => {
    await using folder = await tempDir();
    const file = join(folder.path, 'hello.ts');
    await writeFile(
      file,
      `const word: string = process.env['WORD'] ?? ''; console.log('ready ' + word); console.error(process.argv[2]); process.exitCode = 3;`,
    );
    await using child = await startNode(file, ['argument'], { env: { WORD: 'now' } });
    expect((await child.waitForLine(/^ready (\w+)$/))[1]).toBe('now');
    expect(await child.waitForEnd()).toBe(3);
    await child.waitForLine(/^argument$/);
    expect(child.stdout).toBe('ready now\n');
  });

  test('that ends without the line fails at once and tells what it said', async () => {
    await using child = await startProcess('sh', ['-c', 'echo only this; exit 7']);
    await expect(child.waitForLine(/that/, 60_000)).rejects.toThrow(/ended \(7\) without a line matching \/that\/; it said:\nonly this/);
  });

  test('is gone after its scope even when it is stopped and ignores SIGTERM', async () => {
    let pid;
    {
      await using child = await startProcess('sh', ['-c', 'trap "" TERM; echo up; while :; do sleep 0.05; done'], {
        endWith: 'SIGTERM',
        graceMs: 100,
      });
      await child.waitForLine(/up/);
      child.signal('SIGSTOP');
      pid = child.pid;
    }
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  test('of ours is seen by the leak check, an orphan too, until it ends', async () => {
    const mark = randomUUID();
    const orphanMaker = await startProcess('sh', ['-c', 'sleep 60 >/dev/null 2>&1 & echo pid $!'], { env: { [TEST_FILE_MARK]: mark } });
    const orphan = Number((await orphanMaker.waitForLine(/^pid (\d+)$/))[1]);
    await orphanMaker.waitForEnd();
    expect(leftovers(mark)).toEqual([{ pid: orphan, command: 'sleep 60' }]);
    process.kill(orphan, 'SIGKILL');
    await eventually('the orphan to end', () => leftovers(mark).length === 0);
  });
});

describe('a redis of the test', () => {
  test('keeps acknowledged writes across SIGKILL on the same socket', async () => {
    await using server = await startRedis();
    const redis = new Redis({ path: server.socket, lazyConnect: true, retryStrategy: () => 20 });
    redis.on('error', () => undefined); // the connection fails while the server is away
    await redis.set('k', 'v');
    const first = server.pid;
    await server.restart();
    expect(server.pid).not.toBe(first);
    expect(await redis.get('k')).toBe('v');
    redis.disconnect();
  });

  test('syncs every write, never evicts, and listens on no port', async () => {
    await using server = await startRedis(['--maxmemory', '64mb']);
    await using redis = disposable(new Redis({ path: server.socket }));
    const setting = async (name: string) => (await redis.client.config('GET', name))[1];
    expect(await setting('appendfsync')).toBe('always');
    expect(await setting('maxmemory-policy')).toBe('noeviction');
    expect(await setting('maxmemory')).toBe(String(64 * 1024 * 1024));
    expect(await setting('port')).toBe('0');
  });

  test('hangs while it is paused and goes on afterwards', async () => {
    await using server = await startRedis();
    await using redis = disposable(new Redis({ path: server.socket }));
    await redis.client.set('k', 'v');
    server.pause();
    const answer = redis.client.get('k');
    const first = await Promise.race([answer, new Promise((resolve) => setTimeout(resolve, 200, 'nothing yet'))]);
    expect(first).toBe('nothing yet');
    server.resume();
    expect(await answer).toBe('v');
  });

  test('that cannot start says why', async () => {
    await expect(startRedis(['--no-such-setting', 'x'])).rejects.toThrow(/redis-server ended at once \(1\); it said:[^]*no-such-setting/);
  });
});

describe('the HTTP sink', () => {
  const post = (url: string, body: string) => fetch(url, { method: 'POST', body, signal: AbortSignal.timeout(5_000) });

  test('remembers requests and answers as told, in order', async () => {
    await using sink = await startSink({ status: 202, body: 'taken' });
    sink.answerNext({ status: 503, headers: { 'retry-after': '7' } });
    const refused = await post(`${sink.url}/a?b=c`, '{"n":1}');
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '7']);
    const taken = await post(sink.url, 'two');
    expect([taken.status, await taken.text()]).toEqual([202, 'taken']);
    expect((await sink.waitFor(2)).map(({ method, path, body }) => `${method} ${path} ${body}`)).toEqual([
      'POST /a?b=c {"n":1}',
      'POST / two',
    ]);
  });

  test('can hang and can drop the connection', async () => {
    await using sink = await startSink('hang');
    await expect(fetch(sink.url, { signal: AbortSignal.timeout(100) })).rejects.toThrow(/timeout|aborted/);
    sink.answer(() => 'reset');
    await expect(fetch(sink.url)).rejects.toThrow('fetch failed');
    await sink.waitFor(2);
  });

  test('closes its port although a client still waits', async () => {
    const sink = await startSink('hang');
    const waiting = post(sink.url, 'x').catch(() => 'dropped');
    await sink.waitFor(1);
    await sink[Symbol.asyncDispose]();
    expect(await waiting).toBe('dropped');
    const port = Number(new URL(sink.url).port);
    await expect(new Promise((resolve, reject) => connect(port, '127.0.0.1', () => resolve('open')).on('error', reject))).rejects.toThrow(
      'ECONNREFUSED',
    );
  });
});

describe('starting on a port', () => {
  test('is tried again when somebody else took it, and only then', async () => {
    let tries = 0;
    const taken = () => Promise.reject(new Error('listen tcp 127.0.0.1:1: bind: address already in use'));
    expect(await withRetriedPort(() => (++tries < 3 ? taken() : Promise.resolve('up')))).toBe('up');
    await expect(withRetriedPort(taken)).rejects.toThrow('address already in use');
    tries = 0;
    await expect(withRetriedPort(() => Promise.reject(new Error(`try ${++tries}: bad config`)))).rejects.toThrow('try 1: bad config');
  });
});

function disposable(client: Redis) {
  return { client, [Symbol.asyncDispose]: async () => client.disconnect() };
}
