import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { notFound, type Command, type ExecCall } from './exec-call.ts';
import type { FakeKubelet, Fate } from './fake-kubelet.ts';

const nodes = resolve(import.meta.dirname, '../../examples/demo/cluster');
const run = promisify(execFile);

/** One node of the demo: what its container runs, run here, with its state in `home`. */
interface Node {
  readonly home: string;
  readonly process: ChildProcess;
}

/** Lets the pods of a played kubelet be nodes of the demo: each runs the program of the demo's containers, and its commands. */
export class DemoNodes implements Disposable {
  readonly #kubelet: FakeKubelet;
  readonly #folder: string;
  readonly #nodes = new Map<string, Node>();

  constructor(kubelet: FakeKubelet, folder: string) {
    this.#kubelet = kubelet;
    this.#folder = folder;
    kubelet.fate = (pod, incarnation) => this.#start(pod, incarnation);
    kubelet.web = (pod) => (this.#isWell(pod) ? { status: 200, body: 'healthy\n' } : { status: 503, body: 'unhealthy\n' });
    kubelet.command = (pod, [program = '']) => this.#commands[program]?.(pod) ?? notFound;
  }

  [Symbol.dispose](): void {
    for (const { home, process } of this.#nodes.values()) {
      process.kill('SIGKILL');
      rmSync(home, { recursive: true, force: true });
    }
  }

  /** A pod of a name that had one before begins with nothing of it. */
  #start(pod: string, incarnation: number): Fate {
    this.#nodes.get(pod)?.process.kill('SIGKILL');
    const home = join(this.#folder, `${pod}.${incarnation}`);
    mkdirSync(home, { recursive: true });
    const argv0 = `${pod.replace(/-\d+$/, '')}-node`;
    const env = { ...globalThis.process.env, NODE_HOME: home, NODE_PORT: '0' };
    const process = spawn(globalThis.process.execPath, [join(nodes, 'node.mjs')], { argv0, env });
    this.#nodes.set(pod, { home, process });
    return { startMs: 500, readyMs: 1_500, terminateMs: 500 };
  }

  #isWell(pod: string): boolean {
    const node = this.#nodes.get(pod);
    return node !== undefined && !existsSync(join(node.home, 'unhealthy'));
  }

  readonly #commands: Readonly<Record<string, (pod: string) => Command>> = {
    'archivechain-cli': (pod) => async (call) => {
      const code = await this.#run(pod, call, join(nodes, 'archivechain-cli'));
      if (!this.#isWell(pod)) await this.#kubelet.tell(pod, { ready: false });
      return code;
    },
    // Each listens on a port of its own here, so the answer stands for the page.
    curl: (pod) => async (call) => {
      await call.print(this.#isWell(pod) ? '200' : '503');
      return 0;
    },
    // A container sees its own processes and no others.
    pgrep: (pod) => (call) => this.#run(pod, call, 'pgrep', (pids) => pids.filter((pid) => pid === `${this.#nodes.get(pod)?.process.pid}`)),
    kill: (pod) => (call) => {
      if (call.command.at(-1) !== `${this.#nodes.get(pod)?.process.pid}`) throw new Error('no such process');
      return this.#run(pod, call, 'kill');
    },
  };

  async #run(pod: string, call: ExecCall, program: string, lines: (lines: string[]) => string[] = (all) => all): Promise<number> {
    const env = { ...process.env, NODE_HOME: this.#nodes.get(pod)?.home ?? '' };
    const { code, stdout, stderr } = await run(program, call.command.slice(1), { env }).then(
      (output) => ({ code: 0, ...output }),
      (error: { code: number; stdout: string; stderr: string }) => error,
    );
    await call.print(lines(stdout.split('\n')).join('\n'));
    await call.print(stderr, 'stderr');
    return code;
  }
}
