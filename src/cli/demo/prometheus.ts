import { setTimeout as sleep } from 'node:timers/promises';
import type { Alertmanager, PostedAlert } from './alertmanager.ts';
import type { Fleet, FleetPod } from './fleet.ts';

/** As monitoring/prometheus/archivechain_alerts.yml, on what the fleet says of itself instead of metrics. */
interface AlertRule {
  readonly alertname: string;
  readonly severity: string;
  readonly begins: (pod: FleetPod, now: number) => boolean;
  readonly ends: (pod: FleetPod) => boolean;
  readonly summary: (pod: FleetPod) => string;
}

/** Stands for the `for` of the shipped alert: a pod that is only just starting is not down, and neither is one that is on its way out. */
const FOR_MS = 10_000;

const rules: readonly AlertRule[] = [
  {
    alertname: 'ArchiveChainNodeDown',
    severity: 'critical',
    begins: (pod, now) => !pod.up && pod.deletedAt === null && now - pod.createdAt > FOR_MS,
    ends: (pod) => pod.up,
    summary: (pod) => `ArchiveChain node ${pod.name} is down`,
  },
  {
    alertname: 'LowPeerCount',
    severity: 'warning',
    begins: (pod) => pod.up && pod.peers < 5,
    ends: (pod) => pod.up && pod.peers >= 5,
    summary: (pod) => `Low peer count on ${pod.name}: ${pod.peers}`,
  },
];

export interface Change {
  readonly alertname: string;
  readonly pod: string;
  readonly change: 'fires' | 'ends';
}

const EVERY_MS = 1_000;
/** As Prometheus does it: an alert that is not repeated for four intervals ends by itself. */
const VALID_MS = 4 * EVERY_MS;

/** Plays Prometheus until `signal` aborts: evaluates, posts what fires to Alertmanager again and again, and what has ended once more. */
export async function playPrometheus(
  fleet: Pick<Fleet, 'pods'>,
  alertmanager: Pick<Alertmanager, 'post'>,
  { onChange, onPods }: { readonly onChange: (change: Change) => void; readonly onPods: (pods: readonly FleetPod[]) => void },
  signal: AbortSignal,
): Promise<void> {
  const firing = new Map<string, PostedAlert>();
  while (!signal.aborted) {
    const pods = await fleet.pods();
    const now = Date.now();
    onPods(pods);
    const ended = evaluate(pods, firing, onChange, now);
    const valid = [...firing.values()].map((alert) => ({ ...alert, endsAt: new Date(now + VALID_MS).toISOString() }));
    if (ended.length + valid.length > 0) await alertmanager.post([...ended, ...valid], signal);
    await sleep(EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** Brings `firing` up to date; answers what has ended. */
function evaluate(
  pods: readonly FleetPod[],
  firing: Map<string, PostedAlert>,
  onChange: (change: Change) => void,
  now: number,
): PostedAlert[] {
  const at = new Date(now).toISOString();
  const ended: PostedAlert[] = [];
  for (const pod of pods) {
    for (const rule of rules) {
      const key = `${rule.alertname} ${pod.namespace}/${pod.name}`;
      const known = firing.get(key);
      if (known === undefined && rule.begins(pod, now)) {
        firing.set(key, alertOf(rule, pod, at));
        onChange({ alertname: rule.alertname, pod: pod.name, change: 'fires' });
      }
      if (known !== undefined && rule.ends(pod)) {
        firing.delete(key);
        ended.push({ ...known, endsAt: at });
        onChange({ alertname: rule.alertname, pod: pod.name, change: 'ends' });
      }
    }
  }
  return ended;
}

function alertOf({ alertname, severity, summary }: AlertRule, pod: FleetPod, startsAt: string): PostedAlert {
  const { namespace, name, labels } = pod;
  return {
    labels: { alertname, severity, team: 'archivechain', job: 'archivechain-nodes', namespace, pod: name, app: labels['app'] ?? '' },
    annotations: { summary: summary(pod) },
    startsAt,
    endsAt: startsAt,
  };
}
