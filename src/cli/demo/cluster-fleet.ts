import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { createKubernetesCluster } from '../../adapters/kubernetes/cluster.ts';
import { systemClock } from '../../adapters/system/clock.ts';
import type { PodView } from '../../core/objects.ts';
import { ClusterError, type Cluster } from '../../core/ports.ts';
import { CommandError } from '../command.ts';
import type { Fault, Fleet, FleetPod } from './fleet.ts';
import { findKubectl, kubectl, type KubectlTarget } from './kubectl.ts';
import { silentLog } from '../silent.ts';
import { ownVersion } from '../version.ts';

export const NAMESPACE = 'remediad-demo';
/** Which demo made the namespace. */
const LABEL = 'remediad.dev/demo';
const CLI = 'archivechain-cli';
/** Pulling the image included. */
const READY_MS = 300_000;
const READ_MS = 5_000;
/** What a node of the demo has while nothing is wrong with it. */
const ALL_PEERS = 8;

/** What `archivechain-cli state` prints. */
const State = z.object({ peers: z.array(z.string()), signals: z.int() });
type State = z.infer<typeof State>;

/** The nodes of the folder `nodes`, on the cluster that the kubeconfig's context names, in a namespace of the demo's own. */
export async function startClusterFleet(nodes: string, target: KubectlTarget, signal: AbortSignal): Promise<Fleet> {
  const program = findKubectl();
  const run = (args: readonly string[], input?: string) =>
    kubectl(program, target, args, { signal, ...(input === undefined ? {} : { input }) });
  await using stack = new AsyncDisposableStack();
  const demo = randomUUID();
  // Whoever is interrupted while it is made does not know whether it is there.
  stack.defer(async () => void (await kubectl(program, target, ['delete', 'namespaces', '-l', `${LABEL}=${demo}`, '--wait=false'])));
  await makeNamespace(demo, (args, input) => kubectl(program, target, args, { input }));
  signal.throwIfAborted();
  const files = [join(nodes, 'node.mjs'), join(nodes, CLI)];
  await run(['-n', NAMESPACE, 'create', 'configmap', 'node', ...files.map((file) => `--from-file=${file}`)]);
  await run(['-n', NAMESPACE, 'apply', '-f', '-'], readFileSync(join(nodes, 'workloads.yaml'), 'utf8'));
  const { kubeconfig, context } = target;
  const cluster = stack.use(
    await createKubernetesCluster({
      name: 'demo',
      version: ownVersion(),
      log: silentLog,
      qps: 50,
      burst: 100,
      credentials: { kind: 'kubeconfig', file: resolve(kubeconfig), context },
      clock: systemClock,
    }),
  );
  await untilReady(cluster, signal);
  return new ClusterFleet(cluster, target, stack.move());
}

/** Never somebody else's: what this demo makes, and its label tells, it takes away again. */
async function makeNamespace(demo: string, run: (args: readonly string[], input: string) => Promise<string>): Promise<void> {
  const metadata = { name: NAMESPACE, labels: { 'app.kubernetes.io/part-of': 'remediad-demo', [LABEL]: demo } };
  const namespace = JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata });
  await run(['create', '-f', '-'], namespace).catch((error: unknown) => {
    const { message } = error as Error;
    if (!message.includes('AlreadyExists')) throw error;
    throw new CommandError(
      `the cluster has a namespace ${NAMESPACE} already; if an earlier demo left it behind, kubectl delete namespace ${NAMESPACE}`,
    );
  });
}

async function untilReady(cluster: Cluster, signal: AbortSignal): Promise<void> {
  const wanted = 8;
  const deadline = performance.now() + READY_MS;
  for (;;) {
    const pods = await cluster.listPods(NAMESPACE, {}, AbortSignal.any([signal, AbortSignal.timeout(READ_MS)]));
    const ready = pods.filter((pod) => pod.ready).length;
    if (ready === wanted) return;
    if (performance.now() > deadline)
      throw new Error(`only ${ready} of ${wanted} nodes were ready after ${READY_MS / 1000} s: kubectl -n ${NAMESPACE} get pods`);
    await sleep(500, undefined, { signal });
  }
}

class ClusterFleet implements Fleet {
  readonly children = [];
  readonly cluster: Readonly<Record<string, string>>;
  /** Its pods are as young as the demo. */
  readonly minAge = '3s';
  readonly #cluster: Cluster;
  readonly #target: KubectlTarget;
  readonly #parts: AsyncDisposableStack;
  /** Pod → the uids that it has had. */
  readonly #uids = new Map<string, Set<string>>();
  /** uid → what its node said last. */
  readonly #states = new Map<string, State>();
  /** Pod → peers that it may have, and the uid that was told so. */
  readonly #limits = new Map<string, { readonly peers: number; uid: string }>();

  constructor(cluster: Cluster, target: KubectlTarget, parts: AsyncDisposableStack) {
    this.#cluster = cluster;
    this.#target = target;
    this.#parts = parts;
    this.cluster = { kubeconfig: resolve(target.kubeconfig), context: target.context };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.disposeAsync();
  }

  async pods(): Promise<readonly FleetPod[]> {
    const pods = await this.#cluster.listPods(NAMESPACE, {}, AbortSignal.timeout(READ_MS));
    return Promise.all(pods.map((pod) => this.#look(pod)));
  }

  async breakPod(name: string, fault: Fault): Promise<void> {
    const pod = await this.#cluster.getPod(NAMESPACE, name, AbortSignal.timeout(READ_MS));
    if (pod === null) throw new Error(`there is no pod ${name}`);
    if (fault.kind === 'unhealthy') return void (await this.#ask(pod, ['break', 'health']));
    await this.#limit(pod, fault.peers);
  }

  async effects(): Promise<number> {
    const deleted = [...this.#uids.values()].reduce((sum, uids) => sum + uids.size - 1, 0);
    const signalled = [...this.#states.values()].reduce((sum, { signals }) => sum + signals, 0);
    return deleted + signalled;
  }

  breakCommand(pod: string): string {
    const { kubeconfig, context } = this.#target;
    return `kubectl --kubeconfig ${kubeconfig} --context ${context} -n ${NAMESPACE} exec ${pod} -- ${CLI} break health`;
  }

  async #look(pod: PodView): Promise<FleetPod> {
    const { namespace, name, uid, labels, createdAt, deletedAt, ready } = pod;
    const uids = this.#uids.get(name) ?? new Set();
    this.#uids.set(name, uids.add(uid));
    if (ready && deletedAt === null) await this.#hear(pod);
    const peers = this.#states.get(uid)?.peers.length ?? ALL_PEERS;
    return { namespace, name, uid, labels, createdAt, deletedAt, ready, up: ready && deletedAt === null, peers };
  }

  /** What the node says of itself. Whatever keeps its peers away keeps them away from its successor too. */
  async #hear(pod: PodView): Promise<void> {
    const limit = this.#limits.get(pod.name);
    try {
      if (limit !== undefined && limit.uid !== pod.uid) await this.#limit(pod, limit.peers);
      this.#states.set(pod.uid, State.parse(JSON.parse(await this.#ask(pod, ['state']))));
    } catch (error) {
      // It may be taken away at any time.
      if (!(error instanceof ClusterError)) throw error;
    }
  }

  async #limit(pod: PodView, peers: number): Promise<void> {
    await this.#ask(pod, ['break', 'peers', `${peers}`]);
    this.#limits.set(pod.name, { peers, uid: pod.uid });
  }

  async #ask({ name, uid }: PodView, words: readonly string[]): Promise<string> {
    const request = { namespace: NAMESPACE, pod: name, uid, container: null, command: [CLI, ...words], limitBytes: 4_096 };
    const { exitCode, stdout, stderr } = await this.#cluster.exec(request, AbortSignal.timeout(READ_MS));
    if (exitCode !== 0) throw new Error(`${basename(CLI)} ${words.join(' ')} in ${name} ended with ${exitCode}: ${stderr.trim()}`);
    return stdout;
  }
}
