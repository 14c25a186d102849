import { faultsOf } from '../../adapters/sandbox/world/state.ts';
import type { World } from '../../adapters/sandbox/world/world.ts';
import { fingerprintOf } from '../../core/alert/fingerprint.ts';
import type { Matcher } from '../../core/matcher.ts';
import { ClusterError, type AlertSource, type SuppressionSource } from '../../core/ports.ts';
import { formatTimestamp } from '../../core/timestamp.ts';
import type { AlertDocument, EventDocument } from './schema.ts';

export interface AlertsOptions {
  readonly alerts: readonly AlertDocument[];
  /** What `until: healthy` looks at. */
  readonly world: World;
  readonly start: number;
  readonly evaluationMs: number;
  readonly repeatMs: number;
}

interface Live {
  readonly document: AlertDocument;
  readonly fingerprint: string;
  /** null = it does not fire. */
  startsAt: number | null;
  toldAt: number;
  /** When Prometheus looks at it next. */
  lookAt: number;
}

type Labels = Readonly<Record<string, string>>;
type SourceState = NonNullable<EventDocument['prometheus']>;

/** A body as Alertmanager posts it. */
export type WebhookBody = Readonly<Record<string, unknown>>;

/**
 * The alerts of a test, as Prometheus evaluates them and as Alertmanager tells of them: at once when one begins or ends, and again while it
 * fires. Both can be asked too.
 */
export class Alerts {
  readonly #options: AlertsOptions;
  readonly #alerts: readonly Live[];
  readonly #says: Record<AlertSource['kind'], SourceState> = { prometheus: 'normal', alertmanager: 'normal' };
  readonly #suppressions: {
    readonly by: 'silence' | 'inhibit';
    readonly id: string;
    readonly matchers: readonly Matcher[];
    until: number;
  }[] = [];

  constructor(options: AlertsOptions) {
    this.#options = options;
    this.#alerts = options.alerts.map((document) => ({
      document,
      fingerprint: fingerprintOf(document.labels),
      startsAt: null,
      toldAt: Number.NEGATIVE_INFINITY,
      lookAt: options.start + document.at,
    }));
  }

  /** When (ms) something may change next, after `now`; null = nothing will. */
  nextAfter(now: number): number | null {
    const times = this.#alerts.flatMap((alert) => this.#timesOf(alert)).filter((at) => at > now);
    return times.length === 0 ? null : Math.min(...times);
  }

  /** What Alertmanager tells now: one body for all that began, went on for long enough or ended; null = nothing. */
  look(now: number): WebhookBody | null {
    const told = this.#alerts.flatMap((alert) => this.#evaluate(alert, now));
    if (told.length === 0) return null;
    const status = told.some((alert) => alert['status'] === 'firing') ? 'firing' : 'resolved';
    return {
      version: '4',
      receiver: 'remediad',
      externalURL: '',
      status,
      groupKey: '{}:{}',
      groupLabels: {},
      truncatedAlerts: 0,
      alerts: told,
    };
  }

  /** From now on the source says this, whatever the alerts do. */
  say(kind: AlertSource['kind'], state: SourceState): void {
    this.#says[kind] = state;
  }

  suppress(by: 'silence' | 'inhibit', matchers: readonly Matcher[], until: number): void {
    this.#suppressions.push({ by, id: `${by}-${this.#suppressions.length + 1}`, matchers, until });
  }

  /** Throws `ClusterError` while the source cannot be reached. */
  demandAnswer(kind: AlertSource['kind']): void {
    if (this.#says[kind] === 'unreachable') throw new ClusterError('unreachable', `${kind} does not answer`);
  }

  source(kind: AlertSource['kind']): AlertSource {
    return {
      kind,
      state: async (labels) => {
        this.demandAnswer(kind);
        const said = this.#says[kind];
        return said === 'firing' || said === 'not-firing' ? said : this.#stateOf(labels);
      },
    };
  }

  suppression(now: () => number): SuppressionSource {
    return {
      suppression: async (_fingerprint, labels) => {
        this.demandAnswer('alertmanager');
        const fitting = this.#suppressions.filter(
          ({ until, matchers }) => now() < until && matchers.every(({ matches }) => matches(labels)),
        );
        const idsOf = (wanted: 'silence' | 'inhibit') => fitting.filter(({ by }) => by === wanted).map(({ id }) => id);
        return { silencedBy: idsOf('silence'), inhibitedBy: idsOf('inhibit') };
      },
    };
  }

  /** A label that is asked for as empty must be absent. */
  #stateOf(labels: Labels): 'firing' | 'not-firing' {
    const covers = ({ document: { labels: own } }: Live) => Object.entries(labels).every(([name, value]) => (own[name] ?? '') === value);
    return this.#alerts.some((alert) => alert.startsAt !== null && covers(alert)) ? 'firing' : 'not-firing';
  }

  #timesOf({ document: { until }, startsAt, toldAt, lookAt }: Live): number[] {
    const { start, repeatMs } = this.#options;
    const ends = typeof until === 'number' ? [start + until] : [];
    return [lookAt, ...ends, ...(startsAt === null ? [] : [toldAt + repeatMs])];
  }

  #evaluate(alert: Live, now: number): Record<string, unknown>[] {
    const fires = this.#fires(alert, now);
    const { startsAt } = alert;
    if (!fires && startsAt === null) return [];
    if (fires && startsAt !== null && now < alert.toldAt + this.#options.repeatMs) return [];
    alert.toldAt = now;
    alert.startsAt = fires ? (startsAt ?? now) : null;
    const { labels, annotations } = alert.document;
    return [
      {
        status: fires ? 'firing' : 'resolved',
        labels,
        annotations,
        startsAt: formatTimestamp(startsAt ?? now),
        endsAt: fires ? '0001-01-01T00:00:00Z' : formatTimestamp(now),
        generatorURL: '',
        fingerprint: alert.fingerprint,
      },
    ];
  }

  /** A time given counts at once; how its pod is, only when Prometheus looks. */
  #fires(alert: Live, now: number): boolean {
    const { start, world, evaluationMs } = this.#options;
    const { at, until, labels } = alert.document;
    if (now < start + at) return false;
    if (typeof until === 'number') return now < start + until;
    if (until === 'forever') return true;
    if (now < alert.lookAt) return alert.startsAt !== null;
    alert.lookAt += (Math.floor((now - alert.lookAt) / evaluationMs) + 1) * evaluationMs;
    const pod = world.pod(labels['namespace'] ?? '', labels['pod'] ?? '');
    return pod === null || !pod.ready || pod.deletedAt !== null || faultsOf(pod).length > 0;
  }
}
