import type { ScrapeTargets, SightFact } from '../core/facts.ts';
import { blindTo } from '../core/guards/blindness.ts';
import { ClusterError, type Clock, type Cluster, type Metrics } from '../core/ports.ts';
import type { Timing } from '../core/timing.ts';
import { Deadline } from './facts/deadline.ts';

/** What counts as blind: so many per cent of the most scrape targets that there were within so long, where there were enough of them. */
export interface BlindnessLimits {
  readonly maxMissingPercent: number;
  readonly minTargets: number;
  readonly withinMs: number;
}

export interface SightOptions {
  /** null = no Prometheus is configured. */
  readonly metrics: Metrics | null;
  readonly limits: BlindnessLimits;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly timing: Pick<Timing, 'sightMs' | 'sightKeepMs'>;
}

/**
 * Whether we see at all. A cluster and Prometheus are asked once for all runs that decide at about the same time, and the answer is kept
 * for `sightKeepMs`. It is never unknown: who gets no answer within `sightMs` sees nothing.
 */
export class Sight {
  readonly #options: SightOptions;
  readonly #kept = new Map<string, { readonly at: number; readonly read: Promise<unknown> }>();

  constructor(options: SightOptions) {
    this.#options = options;
  }

  async of(cluster: Cluster): Promise<SightFact> {
    const { metrics } = this.#options;
    const [api, prometheus] = await Promise.all([
      this.#keep(`cluster ${cluster.name}`, () => this.#api(cluster)),
      metrics === null ? null : this.#keep('prometheus', () => this.#targets(metrics)),
    ]);
    return { api, prometheus };
  }

  /** Nothing stands in the way of seeing. */
  async sees(cluster: Cluster): Promise<boolean> {
    return blindTo(await this.of(cluster), cluster.name) === null;
  }

  #keep<T>(what: string, read: () => Promise<T>): Promise<T> {
    const { clock, timing } = this.#options;
    const kept = this.#kept.get(what);
    if (kept !== undefined && clock.monotonic() - kept.at < timing.sightKeepMs) return kept.read as Promise<T>;
    const fresh = read();
    this.#kept.set(what, { at: clock.monotonic(), read: fresh });
    return fresh;
  }

  /** Why the cluster does not answer; null = it does. That it does not let us see this one namespace is an answer. */
  async #api(cluster: Cluster): Promise<string | null> {
    using deadline = new Deadline(this.#options.timing.sightMs);
    const answer = await deadline.fact(async (signal) => {
      try {
        await cluster.getNamespace('default', signal);
      } catch (error) {
        if (!(error instanceof ClusterError && error.kind === 'forbidden')) throw error;
      }
    });
    return answer.known ? null : answer.why;
  }

  async #targets(metrics: Metrics): Promise<SightFact['prometheus']> {
    const { limits, timing } = this.#options;
    using deadline = new Deadline(timing.sightMs);
    const answer = await deadline.fact(async (signal) => countTargets(await metrics.query(queryOfTargets(limits), signal), limits));
    return answer.known ? answer.value : { silent: answer.why };
  }
}

/**
 * How many targets answer, how many there are, and the most that there were: a target that is gone altogether has no `up` any more. Counts,
 * not names: what a rollout replaces one by one is not missing.
 */
export function queryOfTargets({ withinMs }: Pick<BlindnessLimits, 'withinMs'>): string {
  const stepS = Math.max(1, Math.round(withinMs / 12_000));
  const most = `max_over_time(count(up)[${Math.round(withinMs / 1000)}s:${stepS}s])`;
  return [named('up', 'sum(up == bool 1)'), named('now', 'count(up)'), named('most', most)].join(' or ');
}

const named = (name: string, query: string): string => `label_replace(${query}, "count", "${name}", "", "")`;

function countTargets(series: Awaited<ReturnType<Metrics['query']>>, { maxMissingPercent, minTargets }: BlindnessLimits): ScrapeTargets {
  const count = (name: string): number => series.find(({ labels }) => labels['count'] === name)?.value ?? 0;
  return { up: count('up'), most: Math.max(count('now'), count('most')), maxMissingPercent, minTargets };
}
