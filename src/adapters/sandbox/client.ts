import { isDns1123Label, isDns1123Subdomain } from '../../core/dns1123.ts';
import type { NamespaceFact } from '../../core/facts.ts';
import type { PodView, Workload } from '../../core/objects.ts';
import type { Outcome, Right } from '../../core/plan.ts';
import { ClusterError, type Cluster, type EventView, type ExecResult, type HttpAnswer, type LeaseView } from '../../core/ports.ts';
import { readExec } from './exec-stream.ts';
import { SocketClient, asClusterError, readText, withQuery, type Carrier, type Reply } from './request.ts';
import type { BarePod, BareWorkload } from './world/views.ts';

/** The sandbox as a cluster. `socket` is the path that its server listens on; nothing is asked of it before the first call. */
export function createSandboxCluster(options: { name: string; socket: string }): Cluster & Disposable {
  return new SandboxCluster(options.name, new SocketClient(options.socket));
}

const tooLate: Outcome = { kind: 'rejected', reason: 'too-late', message: 'the time was up before the call was sent' };

interface ErrorBody {
  readonly message: string;
  readonly reason: string | null;
}

export class SandboxCluster implements Cluster, Disposable {
  readonly name: string;
  readonly #client: Carrier;

  constructor(name: string, client: Carrier) {
    this.name = name;
    this.#client = client;
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }

  async getPod(namespace: string, name: string, signal: AbortSignal): Promise<PodView | null> {
    return this.#pod(await this.#read<BarePod>(podPath(namespace, name), signal));
  }

  async listPods(namespace: string, filter: { selector?: string; podIP?: string; nodeName?: string }, signal: AbortSignal) {
    const found = await this.#read<BarePod[]>(withQuery(`${namespacePath(namespace)}/pods`, filter), signal);
    return (found ?? []).map((pod) => ({ ...pod, cluster: this.name }));
  }

  async workloadOf(pod: PodView, signal: AbortSignal): Promise<Workload | null> {
    if (pod.owner === null) return null;
    const path = `${namespacePath(pod.namespace)}/owners/${encodeURIComponent(pod.owner.uid)}`;
    return this.#workload(await this.#read<BareWorkload>(path, signal));
  }

  async getWorkload(kind: Workload['kind'], namespace: string, name: string, signal: AbortSignal): Promise<Workload | null> {
    return this.#workload(await this.#read<BareWorkload>(workloadPath(kind, namespace, name), signal));
  }

  async membersOf({ kind, namespace, name }: Workload, signal: AbortSignal): Promise<readonly PodView[]> {
    const found = await this.#read<BarePod[]>(`${workloadPath(kind, namespace, name)}/members`, signal);
    return (found ?? []).map((pod) => ({ ...pod, cluster: this.name }));
  }

  async getNamespace(name: string, signal: AbortSignal): Promise<NamespaceFact | null> {
    return this.#read<NamespaceFact>(namespacePath(name), signal);
  }

  async missingRights(rights: readonly Right[], signal: AbortSignal): Promise<readonly Right[]> {
    return (await this.#ask<readonly Right[]>('POST', '/cluster/rights', rights, signal)) ?? [];
  }

  async events(
    object: { kind: string; namespace: string; name: string; uid: string },
    limit: number,
    signal: AbortSignal,
  ): Promise<readonly EventView[]> {
    const path = withQuery(`${namespacePath(object.namespace)}/events`, { uid: object.uid });
    const events = await this.#read<EventView[]>(path, signal);
    return (events ?? []).slice(-limit);
  }

  async logs(request: Parameters<Cluster['logs']>[0], signal: AbortSignal): Promise<string> {
    const { namespace, pod, container, previous, tailLines, limitBytes, sinceSeconds } = request;
    const path = withQuery(`${podPath(namespace, pod)}/log`, {
      previous: `${previous}`,
      tailLines: `${tailLines}`,
      limitBytes: `${limitBytes}`,
      ...(container === null ? {} : { container }),
      ...(sinceSeconds === undefined ? {} : { sinceSeconds: `${sinceSeconds}` }),
    });
    const found = await this.#read<{ text: string }>(path, signal);
    if (found === null) throw new ClusterError('invalid', `there is no pod ${namespace}/${pod}`);
    return found.text;
  }

  async exec(request: Parameters<Cluster['exec']>[0], signal: AbortSignal): Promise<ExecResult> {
    const { namespace, pod, uid, container, command, limitBytes, run = null } = request;
    try {
      const answer = await this.#client.openInTime('POST', `${podPath(namespace, pod)}/exec`, { uid, container, command, run }, signal);
      if (answer === null) throw new ClusterError('timeout', 'the time was up before the command was sent');
      if (answer.statusCode !== 200) throw await readError(answer);
      return await readExec(answer, limitBytes);
    } catch (error) {
      throw asClusterError(error, signal);
    }
  }

  async httpGet(request: Parameters<Cluster['httpGet']>[0], signal: AbortSignal): Promise<HttpAnswer> {
    const { namespace, pod, port, path, limitBytes } = request;
    const started = performance.now();
    const proxy = withQuery(`${podPath(namespace, pod)}/proxy`, { port: `${port}`, path });
    const found = await this.#read<{ status: number; body: string }>(proxy, signal);
    if (found === null) throw new ClusterError('invalid', `there is no pod ${namespace}/${pod}`);
    return { status: found.status, body: found.body.slice(0, limitBytes), ms: Math.round(performance.now() - started) };
  }

  async deletePod(request: Parameters<Cluster['deletePod']>[0], signal: AbortSignal): Promise<Outcome> {
    if (signal.aborted) return tooLate;
    try {
      const { namespace, name, ...body } = request;
      const answer = await this.#client.openInTime('POST', `${podPath(namespace, name)}/delete`, body, signal);
      if (answer === null) return tooLate;
      const text = await readText(answer);
      if (answer.statusCode === 200) return { kind: 'done', output: { uid: (JSON.parse(text) as { uid: string }).uid } };
      return outcomeOf(answer.statusCode ?? 0, JSON.parse(text) as ErrorBody);
    } catch (error) {
      if (error instanceof ClusterError && error.kind === 'invalid') return { kind: 'rejected', reason: 'invalid', message: error.message };
      return { kind: 'unknown', message: asClusterError(error, signal).message };
    }
  }

  getLease(namespace: string, name: string, signal: AbortSignal): Promise<LeaseView | null> {
    return this.#read<LeaseView>(leasePath(namespace, name), signal);
  }

  async putLease(request: Parameters<Cluster['putLease']>[0], signal: AbortSignal): Promise<boolean> {
    const { namespace, name, ...body } = request;
    return (await this.#ask<boolean>('POST', leasePath(namespace, name), body, signal)) ?? false;
  }

  async recordEvent(
    object: { kind: string; namespace: string; name: string; uid: string },
    event: { type: 'Normal' | 'Warning'; reason: string; message: string; run: string },
    signal: AbortSignal,
  ): Promise<void> {
    try {
      await this.#ask('POST', `${namespacePath(object.namespace)}/events`, { ...event, uid: object.uid }, signal);
    } catch {
      // Best effort: an event that cannot be written must not disturb the run that it tells of.
    }
  }

  #pod(pod: BarePod | null): PodView | null {
    return pod === null ? null : { ...pod, cluster: this.name };
  }

  #workload(workload: BareWorkload | null): Workload | null {
    return workload === null ? null : { ...workload, cluster: this.name };
  }

  #read<T>(path: string, signal: AbortSignal): Promise<T | null> {
    return this.#ask<T>('GET', path, undefined, signal);
  }

  /** Null for 404; throws `ClusterError` for everything else but 200. */
  async #ask<T>(method: string, path: string, body: unknown, signal: AbortSignal): Promise<T | null> {
    try {
      const answer = await this.#client.open(method, path, body, signal);
      if (answer.statusCode === 200) return JSON.parse(await readText(answer)) as T;
      const error = await readError(answer);
      if (answer.statusCode === 404) return null;
      throw error;
    } catch (error) {
      throw asClusterError(error, signal);
    }
  }
}

function namespacePath(namespace: string): string {
  if (!isDns1123Label(namespace)) throw new ClusterError('invalid', `not a name of a namespace: ${JSON.stringify(namespace)}`);
  return `/cluster/namespaces/${namespace}`;
}

function objectName(name: string): string {
  if (!isDns1123Subdomain(name)) throw new ClusterError('invalid', `not a name of an object: ${JSON.stringify(name)}`);
  return name;
}

const podPath = (namespace: string, name: string): string => `${namespacePath(namespace)}/pods/${objectName(name)}`;
const leasePath = (namespace: string, name: string): string => `${namespacePath(namespace)}/leases/${objectName(name)}`;
const workloadPath = (kind: string, namespace: string, name: string): string =>
  `${namespacePath(namespace)}/workloads/${kind}/${objectName(name)}`;

async function readError(answer: Reply): Promise<ClusterError> {
  const status = answer.statusCode ?? 0;
  const { message } = JSON.parse(await readText(answer)) as ErrorBody;
  if (status === 403) return new ClusterError('forbidden', message);
  if (status === 429) return new ClusterError('overloaded', message);
  return new ClusterError(status >= 500 ? 'unreachable' : 'invalid', message);
}

function outcomeOf(status: number, { message, reason }: ErrorBody): Outcome {
  if (status === 404) return { kind: 'rejected', reason: 'gone', message };
  if (status === 409) return { kind: 'rejected', reason: 'conflict', message };
  if (status === 403) return { kind: 'rejected', reason: 'not-permitted', message };
  if (status === 429 && reason === 'DisruptionBudget') return { kind: 'rejected', reason: 'disruption-budget', message };
  if (status === 400 || status === 422) return { kind: 'rejected', reason: 'invalid', message };
  return { kind: 'unknown', message: `the API answered ${status}: ${message}` };
}
