import { z } from 'zod';
import type { NamespaceFact } from '../../core/facts.ts';
import type { PodView, Workload } from '../../core/objects.ts';
import type { Outcome, Right } from '../../core/plan.ts';
import {
  ClusterError,
  type Clock,
  type Cluster,
  type EventView,
  type ExecResult,
  type HttpAnswer,
  type LeaseView,
  type Log,
} from '../../core/ports.ts';
import { readError, refusalOf, statusOf, type Answer } from './answers.ts';
import { Api, type NotSent } from './api.ts';
import { Bounded } from './bounded.ts';
import { callIn, clusterCall, fieldSelector, proxyCall, type Call } from './call.ts';
import { openCredentials, type Credentials, type CredentialSource } from './credentials.ts';
import { createEvent, Events, eventViews, listEvents } from './events.ts';
import { runCommand } from './exec.ts';
import { getLeaseCall, Lease, leaseView, putLeaseCall } from './leases.ts';
import { Nodes } from './nodes.ts';
import { Pod, podView, Texts } from './pod-view.ts';
import { TokenBucket } from './token-bucket.ts';
import { Workloads } from './workloads.ts';

export interface KubernetesOptions {
  /** As the configuration calls the cluster. */
  readonly name: string;
  readonly credentials: CredentialSource;
  /** Of remediad, told to the API server's own audit. */
  readonly version: string;
  /** Calls a second, and how many of them at once; 200 and 400 if left out, so that a hundred runs that wait and verify do not wait for each other. */
  readonly qps?: number;
  readonly burst?: number;
  readonly log: Log;
  readonly clock: Clock;
}

/** A cluster behind a Kubernetes API. Nothing is asked of it before the first call. Throws `ClusterError` with one sentence for unusable credentials. */
export async function createKubernetesCluster(options: KubernetesOptions): Promise<Cluster & Disposable> {
  const { name, clock, version, qps = 200, burst = 400 } = options;
  const credentials = await openCredentials(name, options.credentials, clock);
  const bucket = new TokenBucket({ qps, burst }, clock.monotonic());
  return new KubernetesCluster(options, credentials, new Api({ cluster: name, version, credentials, bucket, clock }));
}

const Namespace = z.object({ metadata: z.object({ name: z.string(), labels: Texts, annotations: Texts }) });
const Review = z.object({ status: z.object({ allowed: z.boolean() }) });

class KubernetesCluster implements Cluster, Disposable {
  readonly name: string;
  readonly #api: Api;
  readonly #credentials: Credentials;
  readonly #nodes: Nodes;
  readonly #workloads: Workloads;
  readonly #clock: Clock;
  readonly #log: Log;

  constructor({ name, clock, log }: KubernetesOptions, credentials: Credentials, api: Api) {
    this.name = name;
    this.#api = api;
    this.#credentials = credentials;
    this.#nodes = new Nodes(api, clock);
    this.#workloads = new Workloads(name, api);
    this.#clock = clock;
    this.#log = log;
  }

  [Symbol.dispose](): void {
    this.#credentials[Symbol.dispose]();
  }

  async getPod(namespace: string, name: string, signal: AbortSignal): Promise<PodView | null> {
    const pod = await this.#api.get(callIn(namespace, 'get', 'pods', name), Pod, signal);
    return pod === null ? null : ((await this.#views([pod], signal))[0] ?? null);
  }

  async listPods(namespace: string, filter: { selector?: string; podIP?: string; nodeName?: string }, signal: AbortSignal) {
    const { selector, podIP, nodeName } = filter;
    const fields = fieldSelector({
      ...(podIP === undefined ? {} : { 'status.podIP': podIP }),
      ...(nodeName === undefined ? {} : { 'spec.nodeName': nodeName }),
    });
    const query: [string, string][] = [];
    if (selector !== undefined) query.push(['labelSelector', selector]);
    if (fields !== '') query.push(['fieldSelector', fields]);
    return this.#views(await this.#api.list(callIn(namespace, 'list', 'pods', null, { query }), Pod, signal), signal);
  }

  async workloadOf({ namespace, owner }: PodView, signal: AbortSignal): Promise<Workload | null> {
    return owner === null ? null : this.#workloads.owning(namespace, owner, signal);
  }

  async getWorkload(kind: Workload['kind'], namespace: string, name: string, signal: AbortSignal): Promise<Workload | null> {
    return this.#workloads.get(kind, namespace, name, signal);
  }

  async membersOf(workload: Workload, signal: AbortSignal): Promise<readonly PodView[]> {
    return this.#views(await this.#workloads.podsOf(workload, signal), signal);
  }

  async getNamespace(name: string, signal: AbortSignal): Promise<NamespaceFact | null> {
    const found = await this.#api.get(clusterCall('get', 'namespaces', name), Namespace, signal);
    return found === null ? null : found.metadata;
  }

  /** Asked anew each time: a right that was taken away since the last effect must stop the next one with its name. */
  async missingRights(rights: readonly Right[], signal: AbortSignal): Promise<readonly Right[]> {
    const allowed = await Promise.all(rights.map((right) => this.#isAllowed(right, signal)));
    return rights.filter((_, index) => allowed[index] !== true);
  }

  async events(
    object: { kind: string; namespace: string; name: string; uid: string },
    limit: number,
    signal: AbortSignal,
  ): Promise<readonly EventView[]> {
    const found = await this.#api.get(listEvents(object), Events, signal);
    return eventViews(found ?? { items: [] }, limit);
  }

  async logs(request: Parameters<Cluster['logs']>[0], signal: AbortSignal): Promise<string> {
    const { namespace, pod, container, previous, tailLines, limitBytes, sinceSeconds } = request;
    const query: [string, string][] = [
      ['previous', `${previous}`],
      ['tailLines', `${tailLines}`],
      ['limitBytes', `${limitBytes}`],
    ];
    if (container !== null) query.push(['container', container]);
    if (sinceSeconds !== undefined) query.push(['sinceSeconds', `${sinceSeconds}`]);
    const call = callIn(namespace, 'get', 'pods/log', pod, { query });
    const answer = await this.#api.read(call, signal, { cutAt: limitBytes });
    if (answer.status !== 200) throw readError(call, answer);
    return answer.text;
  }

  async exec(request: Parameters<Cluster['exec']>[0], signal: AbortSignal): Promise<ExecResult> {
    const { namespace, pod, uid, container, command, limitBytes, run } = request;
    const query: [string, string][] = [
      ...command.map((argument): [string, string] => ['command', argument]),
      ['stdout', 'true'],
      ['stderr', 'true'],
    ];
    if (container !== null) query.push(['container', container]);
    const call = callIn(namespace, 'create', 'pods/exec', pod, { query, ...(run === undefined ? {} : { run }) });
    const beforeSending = () => this.#isStill(namespace, pod, uid, signal);
    return runCommand(this.#api, { call, limitBytes, beforeSending }, signal);
  }

  async httpGet(request: Parameters<Cluster['httpGet']>[0], signal: AbortSignal): Promise<HttpAnswer> {
    const { namespace, pod, port, path, limitBytes } = request;
    const call = proxyCall(namespace, pod, port, path);
    const started = this.#clock.monotonic();
    // What the page says is its answer, a 503 too.
    const answer = await this.#api.read(call, signal, { cutAt: Math.max(limitBytes, MIN_PAGE_BYTES), again: () => false });
    if (isOfTheApi(answer, pod)) throw readError(call, answer);
    return { status: answer.status, body: firstBytes(answer.text, limitBytes), ms: Math.round(this.#clock.monotonic() - started) };
  }

  async deletePod(request: Parameters<Cluster['deletePod']>[0], signal: AbortSignal): Promise<Outcome> {
    let call: Call;
    try {
      call = deletionOf(request);
    } catch (error) {
      return { kind: 'rejected', reason: 'invalid', message: (error as Error).message };
    }
    try {
      const answer = await this.#api.write(call, signal);
      if ('notSent' in answer) return { kind: 'rejected', reason: 'too-late', message: answer.notSent };
      return isSuccess(answer) ? { kind: 'done', output: { uid: request.uid } } : refusalOf(call, answer);
    } catch (error) {
      return { kind: 'unknown', message: this.#api.errorOf(call, error, signal).message };
    }
  }

  async getLease(namespace: string, name: string, signal: AbortSignal): Promise<LeaseView | null> {
    const found = await this.#api.get(getLeaseCall(namespace, name), Lease, signal);
    return found === null ? null : leaseView(found);
  }

  async putLease(request: Parameters<Cluster['putLease']>[0], signal: AbortSignal): Promise<boolean> {
    const call = putLeaseCall(request, this.#clock.now());
    let answer: Answer | NotSent;
    try {
      answer = await this.#api.write(call, signal);
    } catch (error) {
      throw this.#api.errorOf(call, error, signal);
    }
    if ('notSent' in answer) throw new ClusterError('timeout', answer.notSent);
    if (answer.status === 409) return false;
    if (!isSuccess(answer)) throw readError(call, answer);
    return true;
  }

  async recordEvent(
    object: { kind: string; namespace: string; name: string; uid: string },
    event: { type: 'Normal' | 'Warning'; reason: string; message: string; run: string },
    signal: AbortSignal,
  ): Promise<void> {
    try {
      const call = createEvent(object, event, this.#clock.now());
      const answer = await this.#api.write(call, signal);
      if ('notSent' in answer) throw new ClusterError('timeout', answer.notSent);
      if (!isSuccess(answer)) throw readError(call, answer);
    } catch (error) {
      // Best effort: an event that cannot be written must not disturb the run that it tells of.
      this.#log.debug({ cluster: this.name, run: event.run, err: error }, 'the Kubernetes Event was not written');
    }
  }

  async #views(pods: readonly Pod[], signal: AbortSignal): Promise<readonly PodView[]> {
    const names = pods.map(({ spec }) => spec.nodeName).filter((name) => typeof name === 'string');
    const ready = await this.#nodes.ready(names, signal);
    return pods.map((pod) => podView(this.name, pod, ready.get(pod.spec.nodeName ?? '') ?? null));
  }

  /** The API knows no precondition for commands: right before one leaves, its pod is looked at. */
  async #isStill(namespace: string, name: string, uid: string, signal: AbortSignal): Promise<void> {
    const pod = await this.#api.get(callIn(namespace, 'get', 'pods', name), Pod, signal);
    if (pod === null) throw new ClusterError('invalid', `there is no pod ${namespace}/${name}`);
    if (pod.metadata.uid !== uid) throw new ClusterError('invalid', `pod ${name} has the UID ${pod.metadata.uid}, not ${uid}`);
  }

  async #isAllowed({ verb, group, resource, subresource, namespace }: Right, signal: AbortSignal): Promise<boolean> {
    const attributes = { verb, group, resource, ...(subresource === null ? {} : { subresource }), namespace };
    const body = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec: { resourceAttributes: attributes } };
    const call = clusterCall('create', 'selfsubjectaccessreviews', null, { group: 'authorization.k8s.io/v1', body });
    const review = await this.#api.get(call, Review, signal);
    if (review === null) throw new ClusterError('invalid', `cluster ${this.name} does not know access reviews`);
    return review.status.allowed;
  }
}

/** Enough to tell the API server's own words from a page's. */
const MIN_PAGE_BYTES = 16 * 1024;

/**
 * Everything that the deletion depends on goes into the body: an API server that gets one ignores all options in the query, a dry run among
 * them.
 */
function deletionOf({ namespace, name, uid, graceSeconds, dryRun, run }: Parameters<Cluster['deletePod']>[0]): Call {
  const body = {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    preconditions: { uid },
    ...(graceSeconds === null ? {} : { gracePeriodSeconds: graceSeconds }),
    ...(dryRun ? { dryRun: ['All'] } : {}),
  };
  return callIn(namespace, 'delete', 'pods', name, { body, run });
}

function isSuccess({ status }: { status: number }): boolean {
  return status >= 200 && status < 300;
}

/** Its own refusal, and not the pod's page: both come with the same numbers. */
function isOfTheApi(answer: Answer, pod: string): boolean {
  const status = statusOf(answer);
  if (status === null) return false;
  if (answer.status === 404) return status.details?.kind === 'pods' && status.details.name === pod;
  return answer.status === 401 || answer.status === 403 || answer.status === 429;
}

function firstBytes(text: string, limit: number): string {
  const bounded = new Bounded(limit);
  bounded.add(Buffer.from(text));
  return bounded.text;
}
