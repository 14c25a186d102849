import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { eventually } from './eventually.ts';

export interface StartOptions {
  /** Added to this process's own environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** First signal at disposal; SIGKILL follows after `graceMs`. Default SIGKILL at once. */
  readonly endWith?: NodeJS.Signals;
  /** Default 5,000. */
  readonly graceMs?: number;
}

/** A child process with everything that it said. Disposing it ends it, also when it is stopped. */
export interface Process extends AsyncDisposable {
  readonly pid: number;
  /** Standard output and standard error so far, interleaved as they came. */
  readonly output: string;
  readonly stdout: string;
  /** Exit code, or the signal's name; null while it runs. */
  readonly ended: number | NodeJS.Signals | null;
  /** It has ended and all that it said was read. */
  readonly drained: boolean;
  /** The first line, past or future, that matches. Fails early with the output when the process ends without it. */
  waitForLine(pattern: RegExp, withinMs?: number): Promise<RegExpExecArray>;
  /** Waits for the end; the exit code or the signal's name. */
  waitForEnd(withinMs?: number): Promise<number | NodeJS.Signals>;
  signal(signal: NodeJS.Signals): void;
  /** SIGKILL, and waits until it is gone. */
  kill(): Promise<void>;
}

export async function startProcess(command: string, args: readonly string[], options: StartOptions = {}): Promise<Process> {
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  await once(child, 'spawn');
  return new StartedProcess(child, command, options);
}

/** Runs one of our own TypeScript files with the Node that runs the tests. */
export function startNode(file: string, args: readonly string[] = [], options: StartOptions = {}): Promise<Process> {
  return startProcess(process.execPath, [file, ...args], { endWith: 'SIGTERM', ...options });
}

class StartedProcess implements Process {
  output = '';
  stdout = '';
  drained = false;
  readonly #child: ChildProcess;
  readonly #command: string;
  readonly #options: StartOptions;

  constructor(child: ChildProcess, command: string, options: StartOptions) {
    this.#child = child;
    this.#command = command;
    this.#options = options;
    child.once('close', () => (this.drained = true));
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
      this.output += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.output += text;
    });
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  get ended(): number | NodeJS.Signals | null {
    return this.#child.exitCode ?? this.#child.signalCode;
  }

  async waitForLine(pattern: RegExp, withinMs = 10_000): Promise<RegExpExecArray> {
    let silentEnd = false;
    const line = await eventually(
      `a line of ${this.#command} matching ${pattern}`,
      () => {
        const found = this.output
          .split('\n')
          .map((text) => pattern.exec(text))
          .find((match) => match !== null);
        silentEnd = found === undefined && this.ended !== null && this.#child.stdout?.readableEnded !== false;
        return found ?? (silentEnd || undefined);
      },
      { withinMs },
    ).catch((error: unknown) => {
      throw new Error(`${(error as Error).message}; it said:\n${this.output}`, { cause: error });
    });
    if (line === true)
      throw new Error(`${this.#command} ended (${this.ended}) without a line matching ${pattern}; it said:\n${this.output}`);
    return line;
  }

  waitForEnd(withinMs = 10_000): Promise<number | NodeJS.Signals> {
    return eventually(`the end of ${this.#command} (pid ${this.pid})`, () => this.ended ?? undefined, { withinMs });
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.waitForEnd();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { endWith, graceMs = 5_000 } = this.#options;
    if (this.ended === null && endWith !== undefined) {
      this.#child.kill('SIGCONT');
      this.#child.kill(endWith);
      await this.waitForEnd(graceMs).catch(() => undefined);
    }
    if (this.ended === null) await this.kill();
  }
}
