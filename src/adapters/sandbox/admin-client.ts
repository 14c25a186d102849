import type { z } from 'zod';
import type { ToldPod } from './admin-routes.ts';
import type { ApiFault, Fleet, PodFault, Script } from './fleet.ts';
import { SocketClient, readText, withQuery } from './request.ts';
import type { JournalEntry } from './world/journal.ts';

interface WorkloadName {
  readonly kind: 'StatefulSet' | 'Deployment' | 'DaemonSet';
  readonly namespace: string;
  readonly name: string;
}

/** The sandbox from its operator's side: faults in, journal out. Every call ends within ten seconds. */
export class SandboxAdmin implements Disposable {
  readonly #client: SocketClient;

  constructor(socket: string) {
    this.#client = new SocketClient(socket);
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }

  /** All pods, terminating ones included, with what only the sandbox knows of them. */
  pods(namespace?: string): Promise<ToldPod[]> {
    return this.#ask('GET', withQuery('pods', namespace === undefined ? {} : { namespace }));
  }

  /** Effects that really happened, oldest first; `after` = the highest `seq` already known. */
  journal(filter: { run?: string; uid?: string; after?: number } = {}): Promise<JournalEntry[]> {
    const query = Object.fromEntries(Object.entries(filter).map(([key, value]) => [key, String(value)]));
    return this.#ask('GET', withQuery('journal', query));
  }

  /** `verb resource`, e.g. `delete pods` → how often the API was called so, refused and lost calls included. */
  calls(): Promise<Record<string, number>> {
    return this.#ask('GET', 'calls');
  }

  addFleet(fleet: z.input<typeof Fleet>): Promise<void> {
    return this.#ask('POST', 'fleet', fleet);
  }

  /** The newest script that fits a command wins. */
  addScript(script: z.input<typeof Script>): Promise<void> {
    return this.#ask('POST', 'scripts', script);
  }

  /** Answers the fault's id. */
  async breakPod(namespace: string, pod: string, fault: z.input<typeof PodFault>): Promise<string> {
    const { id } = await this.#ask<{ id: string }>('POST', 'faults/pod', { namespace, pod, fault });
    return id;
  }

  /** Answers the fault's id. */
  async breakApi(fault: z.input<typeof ApiFault>): Promise<string> {
    const { id } = await this.#ask<{ id: string }>('POST', 'faults/api', fault);
    return id;
  }

  lift(id: string): Promise<{ lifted: boolean }> {
    return this.#ask('DELETE', `faults/${id}`);
  }

  setNode(name: string, ready: boolean): Promise<void> {
    return this.#ask('POST', 'nodes', { name, ready });
  }

  scale(workload: WorkloadName, replicas: number): Promise<void> {
    return this.#ask('POST', 'scale', { ...workload, replicas });
  }

  rollOut(workload: WorkloadName): Promise<void> {
    return this.#ask('POST', 'roll-out', workload);
  }

  /** As somebody else would: it is not in the journal. */
  deletePod(namespace: string, pod: string): Promise<void> {
    return this.#ask('POST', 'delete-pod', { namespace, pod });
  }

  /** As the kubelet does after failed liveness probes. */
  restartContainer(namespace: string, pod: string): Promise<void> {
    return this.#ask('POST', 'restart-container', { namespace, pod });
  }

  /** Adds labels and annotations to a namespace (`namespace` is not looked at), pod or workload. */
  mark(object: {
    kind: 'Namespace' | 'Pod' | WorkloadName['kind'];
    namespace: string;
    name: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  }): Promise<void> {
    return this.#ask('POST', 'mark', object);
  }

  async #ask<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await this.#client.open(method, `/admin/${path}`, body, AbortSignal.timeout(10_000));
    const text = await readText(answer);
    if (answer.statusCode !== 200) throw new Error(`the sandbox answered ${answer.statusCode} to ${path}: ${text}`);
    return JSON.parse(text) as T;
  }
}
