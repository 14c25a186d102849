import { stringify } from 'yaml';
import type { z } from 'zod';
import type { Fleet, PodFault } from '../../src/adapters/sandbox/fleet.ts';
import type { JournalEntry } from '../../src/adapters/sandbox/world/journal.ts';
import { startAlertmanager, type Alertmanager, type PostedAlert } from '../support/alertmanager.ts';
import { startRemediad, type Remediad, type RemediadOptions } from '../support/daemon.ts';
import { eventually } from '../support/eventually.ts';
import { startSink, type HttpSink } from '../support/http-sink.ts';
import { startSandbox, type Sandbox } from '../support/sandbox.ts';

/** A small fleet with everything around it: Alertmanager, remediad, and humans who can be told. */

export const NAMESPACE = 'chain';

type Map = Readonly<Record<string, unknown>>;

const workload = {
  kind: 'StatefulSet' as const,
  namespace: NAMESPACE,
  name: 'archive',
  replicas: 8,
  container: 'archive-node',
  process: '/usr/local/bin/archive-node',
  start: 100,
  ready: 200,
  terminate: 100,
};

/** A StatefulSet of eight nodes, `archive-0` to `archive-7`; a restarted one is ready after 400 ms. */
export const fleetOf = (...more: readonly Partial<typeof workload>[]): z.input<typeof Fleet> => ({
  workloads: [workload, ...more.map((over) => ({ ...workload, ...over }))],
});

/** Guards that stand in the way of a test which takes seconds; each of them has tests of its own. */
export const openGuards = { cooldown: '0s', target_cooldown: '0s', min_age: '0s', budgets: [{ max: 20, per: '10m', scope: 'workload' }] };

/** Restarts a node that is down, and nothing else. */
export function ruleOf(over: Map = {}): Map {
  return {
    name: 'node-down',
    matchers: ['alertname="NodeDown"'],
    mode: 'act',
    target: { kind: 'Pod', namespace: '${labels.namespace}', find: { name: '${labels.pod}' } },
    remediations: [{ use: 'restart' }],
    verify: { within: '30s', stable_for: '500ms' },
    guards: openGuards,
    escalate_after: 'never',
    escalation: 'oncall',
    ...over,
  };
}

export const restart = { name: 'restart', steps: [{ name: 'restart', action: 'kubernetes/delete-pod' }] };

/** What Prometheus would post while the node is down. */
export const down = (pod: string, more: Readonly<Record<string, string>> = {}): PostedAlert => ({
  labels: { alertname: 'NodeDown', namespace: NAMESPACE, pod, ...more },
});

/** The same as Alertmanager sends it. */
export const webhookOf = (pod: string) => ({
  version: '4',
  groupKey: '{}:{}',
  truncatedAlerts: 0,
  status: 'firing',
  receiver: 'all',
  groupLabels: {},
  commonLabels: {},
  commonAnnotations: {},
  externalURL: 'http://127.0.0.1',
  alerts: [
    {
      status: 'firing',
      labels: down(pod).labels,
      annotations: {},
      startsAt: new Date().toISOString(),
      endsAt: '0001-01-01T00:00:00Z',
      generatorURL: '',
    },
  ],
});

export interface ChainOptions extends Pick<RemediadOptions, 'timing' | 'env'> {
  /** Default: `ruleOf()`. */
  readonly rules?: readonly Map[];
  /** Default: `restart`. */
  readonly remediations?: readonly { readonly name: string; readonly steps: readonly Map[] }[];
  /** Besides `pager`; the policy `oncall` tells them all at once. */
  readonly receivers?: readonly Map[];
  /** Merged into `remediad.yaml`. */
  readonly config?: Map;
  readonly fleet?: z.input<typeof Fleet>;
  /** Merged into Alertmanager's only route. */
  readonly route?: Map;
  /** Merged into Alertmanager's webhook. */
  readonly webhook?: Map;
  /** How many Alertmanagers, none of which knows the others; remediad asks the first. Default 1. */
  readonly alertmanagers?: number;
}

export interface Chain extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly alertmanager: Alertmanager;
  readonly alertmanagers: readonly Alertmanager[];
  readonly remediad: Remediad;
  /** Hears what Alertmanager sends besides remediad. */
  readonly tap: HttpSink;
  /** The receiver `pager`: a signed webhook. */
  readonly pager: HttpSink;
  /** The key that signs messages to the pager. */
  readonly secret: string;
  /** Makes the node not ready; a restart cures it unless told otherwise. */
  breakNode(pod: string, until?: z.input<typeof PodFault>['until']): Promise<string>;
  /** Breaks the node and lets the alert fire at every Alertmanager, as Prometheus would. */
  takeDown(pod: string, until?: z.input<typeof PodFault>['until']): Promise<void>;
  /** Waits until the node is ready, and lets its alert resolve, as Prometheus would. */
  comeBack(pod: string): Promise<void>;
  /** Takes remediad out of the first Alertmanager's receivers, or puts it in again; the tap stays. */
  connect(connected: boolean): Promise<void>;
  /** What really happened to the fleet, oldest first. */
  effects(): Promise<JournalEntry[]>;
  ready(pod: string): Promise<boolean>;
}

export async function startChain(options: ChainOptions = {}): Promise<Chain> {
  await using parts = new AsyncDisposableStack();
  const [sandbox, tap, pager] = await Promise.all([startSandbox(options.fleet ?? fleetOf()), startSink(), startSink()]);
  for (const part of [sandbox, tap, pager]) parts.use(part);
  const alertmanagers: Alertmanager[] = [];
  for (let count = options.alertmanagers ?? 1; count > 0; count -= 1) {
    alertmanagers.push(parts.use(await startAlertmanager({ config: alertmanagerConfig(options, [tap.url]) })));
  }
  const [alertmanager] = alertmanagers;
  if (alertmanager === undefined) throw new Error('a chain has one Alertmanager at least');
  const secret = 'only the pager and we know this';
  const receivers: Map[] = [{ name: 'pager', type: 'webhook', url: pager.url, secret_file: 'pager.secret' }, ...(options.receivers ?? [])];
  const remediad = parts.use(
    await startRemediad({
      ...options,
      config: {
        // A file of tests breaks more nodes in five minutes than a sound fleet would.
        storm: { enter: 'never' },
        clusters: [{ name: 'sandbox', sandbox: sandbox.socket }],
        alertmanager: { url: alertmanager.url },
        receivers,
        escalation_policies: [{ name: 'oncall', steps: [{ after: '0s', notify: receivers.map((one) => one['name']) }] }],
        ...options.config,
      },
      files: {
        'pager.secret': secret,
        'rules/rules.yaml': { rules: options.rules ?? [ruleOf()] },
        ...Object.fromEntries((options.remediations ?? [restart]).map((one) => [`remediations/${one.name}.yaml`, one])),
      },
    }),
  );
  for (const one of alertmanagers) await one.reload(alertmanagerConfig(options, [remediad.webhook, tap.url]));
  const connect = (connected: boolean) =>
    alertmanager.reload(alertmanagerConfig(options, connected ? [remediad.webhook, tap.url] : [tap.url]));
  const kept = parts.move();
  const end = () => kept.disposeAsync();
  return { ...chainOf({ sandbox, alertmanagers }), alertmanager, remediad, tap, pager, secret, connect, [Symbol.asyncDispose]: end };
}

function chainOf({ sandbox, alertmanagers }: Pick<Chain, 'sandbox' | 'alertmanagers'>) {
  const find = async (pod: string) => (await sandbox.admin.pods(NAMESPACE)).find(({ name }) => name === pod);
  const ready = async (pod: string) => (await find(pod))?.ready === true;
  const breakNode: Chain['breakNode'] = (pod, until = 'deleted') => sandbox.admin.breakPod(NAMESPACE, pod, { kind: 'not-ready', until });
  return {
    sandbox,
    alertmanagers,
    breakNode,
    ready,
    async takeDown(pod: string, until?: z.input<typeof PodFault>['until']) {
      await breakNode(pod, until);
      await Promise.all(alertmanagers.map((one) => one.post(down(pod))));
    },
    async comeBack(pod: string) {
      await eventually(`${pod} to be ready`, () => ready(pod), { withinMs: 15_000 });
      await Promise.all(alertmanagers.map((one) => one.resolve(down(pod))));
    },
    effects: () => sandbox.admin.journal(),
  };
}

/** All alerts go to these addresses, each a group of its own and sent at once, unless the test says otherwise. */
export function alertmanagerConfig({ route, webhook }: Pick<ChainOptions, 'route' | 'webhook'>, urls: readonly string[]): string {
  return stringify({
    route: { receiver: 'all', group_by: ['...'], group_wait: '0s', group_interval: '1s', repeat_interval: '1h', ...route },
    receivers: [{ name: 'all', webhook_configs: urls.map((url) => ({ url, send_resolved: true, ...webhook })) }],
  });
}
