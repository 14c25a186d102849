import { extname, join } from 'node:path';
import { SandboxAdmin } from '../../adapters/sandbox/admin-client.ts';
import { startChild, type Child } from './child.ts';
import type { Fault, Fleet, FleetPod } from './fleet.ts';

const NAMESPACE = 'chain';
const server = join(import.meta.dirname, '../../adapters/sandbox', `server${extname(import.meta.filename)}`);

const faultOf = (fault: Fault) =>
  fault.kind === 'low-peers'
    ? ({ kind: 'low-peers', peers: fault.peers, until: 'forever', cured_by: [] as string[] } as const)
    : ({ kind: 'unhealthy', status: 503 } as const);

/** The make-believe fleet of `file`, a process of its own behind a socket in `folder`. */
export async function startSandboxFleet(folder: string, file: string, keep: (child: Child) => Child, signal: AbortSignal): Promise<Fleet> {
  const socket = join(folder, 'fleet.sock');
  const child = keep(startChild('the sandbox fleet', process.execPath, [server, '--socket', socket, '--fleet', file]));
  await child.line(/^sandbox ready/, signal);
  return new SandboxFleet(socket, child);
}

class SandboxFleet implements Fleet {
  readonly children: readonly Child[];
  readonly cluster: Readonly<Record<string, string>>;
  readonly minAge = null;
  readonly #admin: SandboxAdmin;
  readonly #socket: string;

  constructor(socket: string, child: Child) {
    this.children = [child];
    this.cluster = { sandbox: socket };
    this.#socket = socket;
    this.#admin = new SandboxAdmin(socket);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#admin[Symbol.dispose]();
  }

  pods(): Promise<readonly FleetPod[]> {
    return this.#admin.pods();
  }

  async breakPod(pod: string, fault: Fault): Promise<void> {
    await this.#admin.breakPod(NAMESPACE, pod, faultOf(fault));
  }

  /** The fleet keeps a journal of its own. */
  async effects(): Promise<number> {
    return (await this.#admin.journal()).length;
  }

  breakCommand(pod: string): string {
    const fault = JSON.stringify({ namespace: NAMESPACE, pod, fault: { kind: 'unhealthy' } });
    return `curl -sS --unix-socket ${this.#socket} http://sandbox/admin/faults/pod -d '${fault}'`;
  }
}
