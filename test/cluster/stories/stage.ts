import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inject, vi } from 'vitest';
import type { Message } from '../../../src/core/incident.ts';
import { alertmanagerConfig, down, restart, ruleOf } from '../../acceptance/chain.ts';
import { startAlertmanager, type Alertmanager } from '../../support/alertmanager.ts';
import { startRemediad, type Remediad, type RemediadOptions } from '../../support/daemon.ts';
import { eventually } from '../../support/eventually.ts';
import { startSink, type HttpSink } from '../../support/http-sink.ts';
import { startRedis, type RedisServer } from '../../support/redis.ts';
import { ALL_PERMISSIONS, type Account } from '../account.ts';
import { ApiProxy } from '../api-proxy.ts';
import type { ClusterPlace } from '../control-plane.ts';
import type { Fate } from '../fake-kubelet.ts';
import { TestNamespace } from '../namespace.ts';
import { isReady, statefulSet, type deployment, type Pod } from '../objects.ts';

/** A namespace of a real cluster with everything around it: Alertmanager, remediad behind a proxy that can strike, and a human who can be told. */

// A story has many waits, each of which is long on a busy machine.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

type Map = Readonly<Record<string, unknown>>;

export interface StageOptions extends Pick<RemediadOptions, 'timing'> {
  /** Default: the cluster that all tests share. */
  readonly place?: ClusterPlace;
  /** Default: a StatefulSet `store` of three. All of their pods are ready at first. */
  readonly workloads?: readonly Workload[];
  /** How pods fare; default: ready soon after they are made. */
  readonly fate?: (pod: string, incarnation: number) => Fate;
  /** Default: `ruleOf()`. */
  readonly rules?: readonly Map[];
  /** Default: `restart`. */
  readonly remediations?: readonly { readonly name: string; readonly steps: readonly Map[] }[];
  /** Merged into Alertmanager's only route. */
  readonly route?: Map;
  /** How many daemons on one store, all of which Alertmanager tells. Default 1. */
  readonly daemons?: number;
}

type Workload = ReturnType<typeof statefulSet | typeof deployment>;

/** One deletion of a pod that the API server was asked for, as its own audit log tells. */
export interface Deletion {
  readonly pod: string;
  readonly status: number;
  readonly user: string;
  readonly userAgent: string;
}

export interface Stage extends AsyncDisposable {
  readonly space: TestNamespace;
  /** What remediad reaches the API server through. */
  readonly proxy: ApiProxy;
  /** What remediad is to the API server. */
  readonly account: Account;
  readonly alertmanager: Alertmanager;
  /** The first of `daemons`. */
  readonly remediad: Remediad;
  readonly daemons: readonly Remediad[];
  readonly pager: HttpSink;
  /** The alert about the pod, `NodeDown` unless it is called otherwise. */
  alert(pod: string, name?: string): { readonly labels: Readonly<Record<string, string>> };
  /** Makes the pod not ready until it is made anew, and lets the alert of this name fire. The pod's uid. */
  takeDown(pod: string, alert?: string): Promise<string>;
  /** Waits until another pod of this name is ready, and lets the alert resolve. The new pod's uid. */
  comeBack(pod: string, formerUid: string, alert?: string): Promise<string>;
  uidOf(pod: string): Promise<string>;
  /** What remediad asked for, oldest first. */
  deletions(pod?: string): Promise<Deletion[]>;
  /** Starts one more daemon on the same store, which Alertmanager does not tell of anything. It is the caller's to dispose. */
  join(): Promise<Remediad>;
  /** What the pager was told of this target. */
  told(pod: string): Message[];
}

/** A workload's pods are ready soon after they are made, and gone soon after their deletion. */
export const QUICK: Fate = { readyMs: 300, terminateMs: 200 };

/** Until a pod is ready again, on a busy machine. */
const READY_MS = 60_000;

/** Opens a namespace, starts everything around it, and waits until all pods are ready. */
export async function openStage(options: StageOptions = {}): Promise<Stage> {
  await using parts = new AsyncDisposableStack();
  const place = options.place ?? inject('cluster');
  const [space, proxy, pager] = await Promise.all([TestNamespace.open(place), ApiProxy.start(place), startSink()]);
  for (const part of [space, proxy, pager]) parts.use(part);
  space.kubelet.fate = options.fate ?? (() => QUICK);
  const account = await space.account(ALL_PERMISSIONS, proxy.url);
  const workloads = options.workloads ?? [statefulSet('store', 3)];
  await space.apply(...workloads);
  const alertmanager = parts.use(await startAlertmanager({ config: alertmanagerConfig(options, []) }));
  const redis = parts.use(await startRedis());
  const daemons: Remediad[] = [];
  const join = () => startRemediad(remediadOn({ account, alertmanager, pager, redis }, options));
  for (let left = options.daemons ?? 1; left > 0; left -= 1) daemons.push(parts.use(await join()));
  const [remediad] = daemons;
  if (remediad === undefined) throw new Error('a stage has one daemon at least');
  await alertmanager.reload(
    alertmanagerConfig(
      options,
      daemons.map(({ webhook }) => webhook),
    ),
  );
  await space.ready(workloads.reduce((sum, { spec }) => sum + spec.replicas, 0));
  const kept = parts.move();
  const stage = { space, proxy, account, alertmanager, remediad, daemons, pager };
  return { ...stage, ...deedsOn(stage), join, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

type Around = Pick<Stage, 'account' | 'alertmanager' | 'pager'> & { readonly redis: RedisServer };

function remediadOn({ account, alertmanager, pager, redis }: Around, options: StageOptions): RemediadOptions {
  const { kubeconfig, context } = account;
  return {
    ...(options.timing === undefined ? {} : { timing: options.timing }),
    config: {
      // Stories of one file break more pods in five minutes than a sound cluster would.
      storm: { enter: 'never' },
      redis: { url: `unix://${redis.socket}` },
      clusters: [{ name: 'real', kubeconfig, context }],
      alertmanager: { url: alertmanager.url },
      receivers: [{ name: 'pager', type: 'webhook', url: pager.url, secret_file: 'pager.secret' }],
      escalation_policies: [{ name: 'oncall', steps: [{ after: '0s', notify: ['pager'] }] }],
    },
    files: {
      'pager.secret': 'secret',
      'rules/rules.yaml': { rules: options.rules ?? [ruleOf()] },
      ...Object.fromEntries((options.remediations ?? [restart]).map((one) => [`remediations/${one.name}.yaml`, one])),
    },
  };
}

function deedsOn({ space, alertmanager, pager }: Pick<Stage, 'space' | 'alertmanager' | 'pager'>) {
  const alert: Stage['alert'] = (pod, name = 'NodeDown') => down(pod, { alertname: name, namespace: space.name });
  const uidOf = async (pod: string) => (await eventually(`pod ${pod}`, () => space.pod(pod))).metadata.uid;
  return {
    alert,
    uidOf,
    async takeDown(pod: string, name?: string) {
      const uid = await uidOf(pod);
      await space.kubelet.tell(pod, { ready: false });
      await alertmanager.post(alert(pod, name));
      return uid;
    },
    async comeBack(pod: string, formerUid: string, name?: string) {
      const successor = (found: Pod | null) => found !== null && isReady(found) && found.metadata.uid !== formerUid && found;
      const { metadata } = await eventually(`a new ${pod} to be ready`, async () => successor(await space.pod(pod)), {
        withinMs: READY_MS,
      });
      await alertmanager.resolve(alert(pod, name));
      return metadata.uid;
    },
    deletions: async (pod?: string) =>
      (await deletionsIn(space)).filter((one) => one.userAgent.startsWith('remediad/') && (pod ?? one.pod) === one.pod),
    told: (pod: string) =>
      pager.requests.map(({ body }) => JSON.parse(body) as Message).filter(({ report }) => report.target.includes(pod)),
  };
}

interface AuditLine {
  readonly user: { readonly username: string };
  readonly userAgent?: string;
  readonly objectRef: { readonly resource: string; readonly subresource?: string; readonly name?: string };
  readonly responseStatus: { readonly code: number };
}

/** Whoever asked to delete pods of the namespace, one or many, oldest first. */
export async function deletionsIn({ place, name }: TestNamespace): Promise<Deletion[]> {
  const lines = (await readFile(join(place.folder, 'audit.log'), 'utf8')).split('\n');
  return lines
    .slice(0, -1)
    .filter((line) => line.includes(`"namespace":"${name}"`) && line.includes('"verb":"delete'))
    .map((line) => JSON.parse(line) as AuditLine)
    .filter(({ objectRef: { resource, subresource } }) => resource === 'pods' && subresource === undefined)
    .map(({ objectRef, responseStatus, user, userAgent = '' }) => {
      return { pod: objectRef.name ?? '*', status: responseStatus.code, user: user.username, userAgent };
    });
}
