import { rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Api, ApiRefusal } from './api.ts';
import type { ClusterPlace } from './control-plane.ts';
import { notFound, type Command } from './exec-call.ts';
import { KubeletServer, type ContainerLog } from './kubelet-server.ts';
import type { Pod } from './objects.ts';
import { statusOf, type Condition } from './pod-status.ts';
import type { Subnet } from './pod-network.ts';

const KUBELET_PORT = 10_250;

/** How a pod fares, in ms. Null: it never comes to that. Default: each of them at once. */
export interface Fate {
  /** From being scheduled until it runs. */
  readonly startMs?: number | null;
  /** From then on until it is ready. */
  readonly readyMs?: number | null;
  /** From its deletion until it is gone. */
  readonly terminateMs?: number | null;
  /** What is told of it besides, from the start. */
  readonly condition?: Condition;
}

export interface FakeKubeletOptions {
  readonly place: ClusterPlace;
  readonly api: Api;
  /** Its pods are those of this namespace; the node has the same name. */
  readonly namespace: string;
  readonly subnet: Subnet;
}

interface Life {
  readonly fate: Fate;
  readonly ip: string;
  readonly startedAt: string;
  readonly web: Server[];
  condition: Condition;
  /** What was told last of its readiness, and since when it is so. */
  told: { readonly ready: boolean; readonly since: string } | null;
  pod: Pod;
  ending: boolean;
}

/**
 * One node, played: nothing runs on it. What its pods seem to do is what the test says: how they fare, what commands print, what the logs
 * hold, what their web servers answer.
 */
export class FakeKubelet implements AsyncDisposable {
  /** Asked once for each pod; `incarnation` counts the pods of that name, from 1 on. */
  fate: (pod: string, incarnation: number) => Fate = () => ({});
  /** What the pods' web servers answer on the ports that their containers declare. */
  web: (pod: string, path: string) => { status: number; body: string } = (pod) => ({ status: 200, body: `${pod} is well\n` });
  command: (pod: string, command: readonly string[]) => Command = () => notFound;
  log: (pod: string) => ContainerLog = (pod) => ({ current: `${pod} starts\n${pod} serves\n`, previous: null });
  /** Every command that reached the node, in order. */
  readonly commands: { readonly pod: string; readonly command: readonly string[] }[] = [];

  readonly #options: FakeKubeletOptions;
  readonly #lives = new Map<string, Life>();
  readonly #incarnations = new Map<string, number>();
  readonly #closing = new AbortController();
  readonly #problems: unknown[] = [];
  #server: KubeletServer | null = null;
  #watching: Promise<void> = Promise.resolve();

  private constructor(options: FakeKubeletOptions) {
    this.#options = options;
  }

  /** Registers the node, ready, and takes over the pods of its namespace. */
  static async start(options: FakeKubeletOptions): Promise<FakeKubelet> {
    const kubelet = new FakeKubelet(options);
    const { api, namespace, place, subnet } = options;
    const address = subnet.nextAddress();
    kubelet.#server = await KubeletServer.listen(subnet.socketOf(address, KUBELET_PORT), place.folder, {
      commandOf: (pod, command) => {
        kubelet.commands.push({ pod, command });
        return kubelet.command(pod, command);
      },
      logOf: (pod) => kubelet.log(pod),
    });
    await api.create('/api/v1/nodes', nodeOf(namespace, address));
    kubelet.#watching = kubelet.#watch();
    return kubelet;
  }

  /** Changes what is told of the pod that has this name now. */
  async tell(pod: string, condition: Condition): Promise<void> {
    const life = [...this.#lives.values()].find((one) => one.pod.metadata.name === pod && !one.ending);
    if (life === undefined) throw new Error(`the node has no pod ${pod}`);
    life.condition = { ...life.condition, ...condition };
    await this.#report(life);
  }

  async setNodeReady(ready: boolean): Promise<void> {
    const { api, namespace } = this.#options;
    await api.patch(`/api/v1/nodes/${namespace}/status`, { status: { conditions: [nodeCondition(ready)] } });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await this.#watching;
    await Promise.all([...this.#lives.values()].map((life) => this.#closeWeb(life)));
    await this.#server?.[Symbol.asyncDispose]();
    const { api, namespace } = this.#options;
    // Answers nobody when the cluster itself was taken away by the test.
    await api.delete(`/api/v1/nodes/${namespace}`).catch(() => undefined);
    if (this.#problems.length > 0) throw new AggregateError(this.#problems, `the node of ${namespace} could not do its work`);
  }

  /** A connection that ends, also because the API server was taken away, is opened again. */
  async #watch(): Promise<void> {
    const { api, namespace } = this.#options;
    const { signal } = this.#closing;
    while (!signal.aborted) {
      await api.watchPods(namespace, (pod, gone) => this.#see(pod, gone), signal).catch(() => undefined);
      await sleep(50, undefined, { signal }).catch(() => undefined);
    }
  }

  #see(pod: Pod, gone: boolean): void {
    if (pod.spec.nodeName !== this.#options.namespace) return;
    const { uid, deletionTimestamp } = pod.metadata;
    const life = this.#lives.get(uid) ?? this.#begin(pod, gone);
    life.pod = pod;
    if (gone) {
      life.ending = true;
      this.#work(this.#closeWeb(life));
    } else if (deletionTimestamp !== undefined && !life.ending) {
      life.ending = true;
      this.#work(this.#terminate(life));
    }
  }

  #begin(pod: Pod, gone: boolean): Life {
    const { name, uid } = pod.metadata;
    const incarnation = (this.#incarnations.get(name) ?? 0) + 1;
    this.#incarnations.set(name, incarnation);
    const fate = this.fate(name, incarnation);
    const now = new Date().toISOString();
    const life = { fate, pod, ip: this.#options.subnet.nextAddress(), startedAt: now, web: [], condition: {}, told: null, ending: gone };
    this.#lives.set(uid, life);
    if (!gone && pod.metadata.deletionTimestamp === undefined) this.#work(this.#live(life));
    return life;
  }

  async #live(life: Life): Promise<void> {
    const { startMs = 0, readyMs = 0, condition = {} } = life.fate;
    if (startMs === null) return;
    await this.#pause(startMs);
    await this.#openWeb(life);
    life.condition = { ready: readyMs === 0, ...condition };
    await this.#report(life);
    if (readyMs === null || readyMs === 0) return;
    await this.#pause(readyMs);
    life.condition = { ...life.condition, ready: true };
    if (!life.ending) await this.#report(life);
  }

  async #terminate(life: Life): Promise<void> {
    const { terminateMs = 0 } = life.fate;
    if (terminateMs === null) return;
    await this.#pause(terminateMs);
    await this.#closeWeb(life);
    const { name, namespace, uid } = life.pod.metadata;
    const options = { gracePeriodSeconds: 0, preconditions: { uid } };
    await this.#options.api.delete(`/api/v1/namespaces/${namespace}/pods/${name}`, options);
  }

  async #report(life: Life): Promise<void> {
    const { pod, ip, startedAt, condition } = life;
    const { name, namespace, uid } = pod.metadata;
    const { ready = false } = condition;
    if (life.told?.ready !== ready) life.told = { ready, since: new Date().toISOString() };
    const status = statusOf({ containers: pod.spec.containers, ip, startedAt, condition, since: life.told.since });
    // With the uid: a pod that has the name meanwhile must not get the status of this one.
    await this.#options.api.patch(`/api/v1/namespaces/${namespace}/pods/${name}/status`, { metadata: { uid }, status });
  }

  async #openWeb({ pod, ip, web }: Life): Promise<void> {
    const ports = pod.spec.containers.flatMap(({ ports = [] }) => ports.map(({ containerPort }) => containerPort));
    for (const port of ports) {
      const server = createServer((request, answer) => {
        const { status, body } = this.web(pod.metadata.name, request.url ?? '/');
        answer.writeHead(status).end(body);
      });
      const path = this.#options.subnet.socketOf(ip, port);
      rmSync(path, { force: true });
      const listening = Promise.withResolvers<void>();
      server.once('error', listening.reject).listen(path, listening.resolve);
      await listening.promise;
      web.push(server);
    }
  }

  async #closeWeb({ web }: Life): Promise<void> {
    const closing = web.splice(0).map(async (server) => {
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      server.closeAllConnections();
      await closed.promise;
    });
    await Promise.all(closing);
  }

  #pause(ms: number): Promise<void> {
    return sleep(ms, undefined, { signal: this.#closing.signal });
  }

  /** A pod that is gone or was made anew meanwhile is no problem, and neither is a test that is over. */
  #work(work: Promise<void>): void {
    work.catch((error: unknown) => {
      const overtaken = error instanceof ApiRefusal && [404, 409].includes(error.status);
      if (!overtaken && !this.#closing.signal.aborted) this.#problems.push(error);
    });
  }
}

function nodeOf(name: string, address: string) {
  const size = { cpu: '64', memory: '512Gi', pods: '500' };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { 'test/namespace': name } },
    status: {
      capacity: size,
      allocatable: size,
      declaredFeatures: ['ExtendWebSocketsToKubelet'],
      addresses: [
        { type: 'InternalIP', address },
        { type: 'Hostname', address: name },
      ],
      daemonEndpoints: { kubeletEndpoint: { Port: KUBELET_PORT } },
      conditions: [nodeCondition(true)],
    },
  };
}

function nodeCondition(ready: boolean) {
  const now = new Date().toISOString();
  const status = ready ? 'True' : 'False';
  return { type: 'Ready', status, reason: 'Fake', message: '', lastHeartbeatTime: now, lastTransitionTime: now };
}
