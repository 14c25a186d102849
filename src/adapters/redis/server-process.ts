import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../../core/ports.ts';
import type { ServerBinary } from './server-binary.ts';
import { serverConfig, type ServerSettings } from './server-config.ts';
import { probe } from './server-probe.ts';

export interface ServerProcess {
  readonly pid: number;
  /** Resolves with how it ended, in words, when it does. */
  readonly ended: Promise<string>;
  /** SIGTERM, which syncs the append-only file; SIGKILL after `graceMs`. */
  stop(graceMs: number): Promise<void>;
}

const KEPT_LINES = 20;

/** Starts a server and waits until it serves. Throws one sentence, with what the server said, when it ends or does not serve in time. */
export async function launchServer(binary: ServerBinary, settings: ServerSettings, log: Log, withinMs: number): Promise<ServerProcess> {
  const [program = binary.path, ...args] = [...binary.withParent, binary.path, '-'] as readonly string[];
  // A session of its own: Ctrl-C reaches the daemon alone, which still needs the store to drain.
  const child = spawn(program, args, { cwd: settings.directory, stdio: ['pipe', 'pipe', 'pipe'], detached: true });
  const said = listen(child, log);
  const ended = endOf(child);
  // A server that ends at once closes its input: how it ended says more.
  child.stdin.on('error', () => undefined).end(serverConfig(settings));
  await once(child, 'spawn');
  const server = new RunningServer(child, ended);
  const failure = await waitUntilReady(settings.socket, ended, withinMs);
  if (failure === null) return server;
  await server.stop(0);
  throw new Error(explain(binary, settings.directory, failure, said));
}

class RunningServer implements ServerProcess {
  readonly pid: number;
  readonly ended: Promise<string>;
  readonly #child: ChildProcess;
  /** Where nothing ties the server to us, at least an orderly end of ours takes it along. */
  readonly #endWithUs = (): void => void this.#child.kill('SIGTERM');

  constructor(child: ChildProcess, ended: Promise<string>) {
    this.#child = child;
    this.pid = child.pid ?? 0;
    this.ended = ended;
    process.once('exit', this.#endWithUs);
    void ended.then(() => process.off('exit', this.#endWithUs));
  }

  async stop(graceMs: number): Promise<void> {
    this.#child.kill(graceMs > 0 ? 'SIGTERM' : 'SIGKILL');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), graceMs);
    await this.ended;
    clearTimeout(timer);
  }
}

async function waitUntilReady(socket: string, ended: Promise<string>, withinMs: number): Promise<string | null> {
  let end: string | null = null;
  void ended.then((how) => (end = how));
  const deadline = performance.now() + withinMs;
  while (performance.now() < deadline) {
    if ((await probe(socket)) === 'ready') return null;
    if (end !== null) return end;
    await sleep(5);
  }
  return `did not serve within ${Math.round(withinMs / 1_000)} s`;
}

function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(`could not be started: ${error.message}`));
    child.once('exit', (code, signal) => resolve(signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`));
  });
}

/** Keeps the last lines for an error, gives all to the log. */
function listen(child: ChildProcess, log: Log): string[] {
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      const lines = text.split('\n').filter((line) => line.trim() !== '');
      for (const line of lines) log.debug({ line }, 'store server');
      said.push(...lines);
      said.splice(0, said.length - KEPT_LINES);
    });
  }
  return said;
}

function explain(binary: ServerBinary, directory: string, failure: string, said: readonly string[]): string {
  const damage = said.find((line) => /reading the append only file|Unexpected end of file reading the append only/i.test(line));
  if (damage !== undefined) {
    return (
      `the store's append-only file in ${directory} is damaged (${withoutPrefix(damage)}): ` +
      'restore a backup, or keep a copy of the folder and run `redis-check-aof --fix` on its manifest, which cuts off all from the damage on'
    );
  }
  return `${binary.path} ${failure}; it said: ${said.slice(-5).map(withoutPrefix).join(' | ') || 'nothing'}`;
}

/** `123:M 01 Jan 2026 00:00:00.000 # text` → `text` */
function withoutPrefix(line: string): string {
  return line.replace(/^\d+:\w \d+ \w+ \d+ [\d:.]+ [.\-*#] /, '').trim();
}
