import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { needBinary } from '../support/binary.ts';
import { eventually } from './eventually.ts';

/**
 * A server whose output goes to a file, so that it never waits for us. It dies with the process that started it, however that ends:
 * the kernel sees to it.
 */
export class Program {
  readonly name: string;
  readonly #command: readonly string[];
  readonly #logFile: string;
  #child: ChildProcess | null = null;

  constructor(name: string, command: readonly string[], logFile: string) {
    this.name = name;
    this.#command = command;
    this.#logFile = logFile;
  }

  start(): void {
    const log = openSync(this.#logFile, 'a');
    this.#child = spawn(needBinary('setpriv'), ['--pdeathsig', 'KILL', '--', ...this.#command], { stdio: ['ignore', log, log] });
    closeSync(log);
  }

  get pid(): number {
    return this.#child?.pid ?? -1;
  }

  /** Not started, or gone. */
  get ended(): boolean {
    return this.#child === null || this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** The end of what it said. */
  get said(): string {
    return readFileSync(this.#logFile, 'utf8').slice(-3_000);
  }

  /** SIGSTOP: it hangs, its connections stay open. Waits until none of its threads runs any more. */
  async pause(): Promise<void> {
    this.#child?.kill('SIGSTOP');
    await eventually(`${this.name} to stand still`, () => statesOf(this.pid).every((state) => state === 'T'));
  }

  /** SIGCONT */
  resume(): void {
    this.#child?.kill('SIGCONT');
  }

  /** SIGKILL, and waits until it is gone. */
  async kill(): Promise<void> {
    if (this.#child === null || this.ended) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }
}

/** Of each thread, as /proc has it: `T` is stopped. */
function statesOf(pid: number): string[] {
  return readdirSync(`/proc/${pid}/task`).map((thread) => {
    const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8');
    return stat.charAt(stat.lastIndexOf(')') + 2);
  });
}
