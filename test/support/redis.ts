import { connect } from 'node:net';
import { join } from 'node:path';
import { needBinary } from './binary.ts';
import { eventually } from './eventually.ts';
import { startProcess, type Process } from './process.ts';
import { tempDir } from './temp-dir.ts';

/** A real redis-server (or valkey-server) of the test's own, on a unix socket, with every write synced to its append-only file. */
export interface RedisServer extends AsyncDisposable {
  /** Path of the unix socket, the same across restarts. */
  readonly socket: string;
  readonly dir: string;
  readonly pid: number;
  /** SIGKILL, as a crash. The data stays. */
  kill(): Promise<void>;
  /** Starts it again on the same data and socket; kills it first if it runs. */
  restart(): Promise<void>;
  /** SIGSTOP: it hangs, connections stay open. */
  pause(): void;
  /** SIGCONT */
  resume(): void;
}

/** `args` are added to the command line, e.g. `['--maxmemory', '8mb']`; they win over the defaults. */
export async function startRedis(args: readonly string[] = []): Promise<RedisServer> {
  const folder = await tempDir();
  const socket = join(folder.path, 'redis.sock');
  let server = await launch(folder.path, socket, args).catch(async (error: unknown) => {
    await folder[Symbol.asyncDispose]();
    throw error;
  });
  return {
    socket,
    dir: folder.path,
    get pid() {
      return server.pid;
    },
    kill: () => server.kill(),
    async restart() {
      await server.kill();
      server = await launch(folder.path, socket, args);
    },
    pause: () => server.signal('SIGSTOP'),
    resume: () => server.signal('SIGCONT'),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

async function launch(dir: string, socket: string, args: readonly string[]): Promise<Process> {
  const settings = ['--port', '0', '--unixsocket', socket, '--unixsocketperm', '700', '--dir', dir, '--save', ''];
  const durable = ['--appendonly', 'yes', '--appendfsync', 'always', '--maxmemory-policy', 'noeviction', '--hz', '100'];
  const server = await startProcess(needBinary('valkey-server', 'redis-server'), [...settings, ...durable, ...args]);
  try {
    await eventually('redis-server to answer PING', async () => server.ended !== null || (await ping(socket)));
    if (server.ended !== null) throw new Error(`redis-server ended at once (${server.ended})`);
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw new Error(`${(error as Error).message}; it said:\n${server.output}`, { cause: error });
  }
  return server;
}

/** True once it serves; false while it still loads its data. */
function ping(socket: string): Promise<boolean> {
  const connection = connect(socket);
  return new Promise<boolean>((resolve, reject) => {
    connection.once('error', reject).once('data', (answer) => resolve(answer.toString().startsWith('+PONG')));
    connection.setTimeout(1_000, () => reject(new Error('no answer to PING')));
    connection.write('PING\r\n');
  }).finally(() => connection.destroy());
}
