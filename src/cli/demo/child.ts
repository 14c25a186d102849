import { spawn, type ChildProcess } from 'node:child_process';
import { findProgram } from '../../adapters/redis/server-binary.ts';
import { FLAGS, variableOf, type FlagName } from '../../config/overrides.ts';

/** A process that the demo started, with what it said last. */
export interface Child {
  /** Resolves with how it ended, in words and with its last lines, when it does. */
  readonly ended: Promise<string>;
  /** The first line, past or future, that matches; throws when it ends without one. */
  line(pattern: RegExp, signal: AbortSignal): Promise<RegExpExecArray>;
  /** SIGTERM, and SIGKILL after `graceMs`. */
  stop(graceMs: number): Promise<void>;
}

/** What the shell says about another installation does not concern this one. */
const ours = new Set((Object.keys(FLAGS) as FlagName[]).map(variableOf));

const KEPT_LINES = 500;
const TOLD_LINES = 5;

/**
 * Starts a program in a session of its own, so that Ctrl-C reaches the demo alone, which then ends all in order. Should the demo itself be
 * killed, the program ends with it where `setpriv` of util-linux is there.
 */
export function startChild(name: string, program: string, args: readonly string[]): Child {
  const env = Object.fromEntries(Object.entries(process.env).filter(([variable]) => !ours.has(variable)));
  const setpriv = findProgram('setpriv');
  const [command = program, ...rest] = [...(setpriv === undefined ? [] : [setpriv, '--pdeathsig', 'TERM', '--']), program, ...args];
  return new Started(name, spawn(command, rest, { stdio: ['ignore', 'pipe', 'pipe'], detached: true, env }));
}

class Started implements Child {
  readonly ended: Promise<string>;
  readonly #name: string;
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  #listeners: (() => void)[] = [];
  /** Whatever becomes of the demo, an orderly end of its process takes this one along. */
  readonly #endWithUs = (): void => void this.#child.kill('SIGKILL');

  constructor(name: string, child: ChildProcess) {
    this.#name = name;
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) this.#listen(stream);
    process.once('exit', this.#endWithUs);
    this.ended = this.#end();
  }

  async line(pattern: RegExp, signal: AbortSignal): Promise<RegExpExecArray> {
    let end: string | null = null;
    void this.ended.then((how) => {
      end = how;
      this.#tell();
    });
    const abort = () => this.#tell();
    signal.addEventListener('abort', abort);
    try {
      for (;;) {
        const found = this.#lines.map((line) => pattern.exec(line)).find((match) => match !== null);
        if (found !== undefined) return found;
        signal.throwIfAborted();
        if (end !== null) throw new Error(end);
        await new Promise<void>((resolve) => this.#listeners.push(resolve));
      }
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  async stop(graceMs: number): Promise<void> {
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), graceMs);
    await this.ended;
    clearTimeout(timer);
  }

  #end(): Promise<string> {
    return new Promise((resolve) => {
      const over = (how: string): void => {
        process.off('exit', this.#endWithUs);
        const said = this.#lines.slice(-TOLD_LINES).join(' | ');
        resolve(`${this.#name} ${how}; it said: ${said === '' ? 'nothing' : said}`);
      };
      this.#child.once('error', (error) => over(`could not be started: ${error.message}`));
      this.#child.once('close', (code, signal) => over(signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`));
    });
  }

  #listen(stream: ChildProcess['stdout']): void {
    let rest = '';
    stream?.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      this.#lines.push(...lines.filter((line) => line.trim() !== ''));
      this.#lines.splice(0, this.#lines.length - KEPT_LINES);
      this.#tell();
    });
  }

  #tell(): void {
    const listeners = this.#listeners;
    this.#listeners = [];
    for (const listener of listeners) listener();
  }
}
