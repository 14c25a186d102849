import type { EscalationPolicy } from '../core/edition.ts';
import { escalationOf, orphanEscalation } from '../core/escalation-policy.ts';
import type { LinkConfig } from '../core/links.ts';
import type { AlertSource, Clock, Clusters, Hints, Log } from '../core/ports.ts';
import type { Start } from '../core/run-start.ts';
import { isEnded } from '../core/run.ts';
import {
  StoreError,
  type AcceptAlert,
  type AcceptAnswer,
  type BlobStore,
  type EpisodeStore,
  type IncidentStore,
  type IntakeStore,
  type RecordStore,
  type SilentEpisode,
} from '../core/store.ts';
import type { Timing } from '../core/timing.ts';
import { durationInWords } from '../core/words.ts';
import { chunkSize } from './accept-line.ts';
import { editionOf } from './editions.ts';
import { startEvery, type Ticking } from './every.ts';
import { slotRequest, type RuleMatch } from './slot-request.ts';

export interface AuditorDeps {
  readonly store: IntakeStore &
    EpisodeStore &
    BlobStore &
    Pick<RecordStore, 'run' | 'uncovered' | 'counts'> &
    Pick<IncidentStore, 'openFor' | 'openOrphan'>;
  readonly match: (alert: Start['alert']) => readonly RuleMatch[];
  /** All that are in force. */
  readonly rules: () => readonly Pick<RuleMatch, 'rule' | 'dry'>[];
  readonly hints: Pick<Hints, 'wake'>;
  /** In the order in which they are asked. */
  readonly sources: readonly AlertSource[];
  readonly clusters: Pick<Clusters, 'defaultName'>;
  readonly links: LinkConfig;
  /** Who is told of an alert that no rule knows any more. */
  readonly orphanPolicy: () => EscalationPolicy;
  /** Wakes the humans who are due (`pageHumans`). */
  readonly page: (signal: AbortSignal) => Promise<void>;
  readonly wakeDelivery: () => void;
  /** Tells a dead man's switch that all is watched; null = none is configured. */
  readonly heartbeat: ((signal: AbortSignal) => Promise<void>) | null;
  readonly timing: Pick<Timing, 'auditEveryMs' | 'readMs' | 'staleAfterMs'>;
  readonly clock: Clock;
  readonly log: Log;
}

type Uncovered = Awaited<ReturnType<RecordStore['uncovered']>>['found'][number];
type Episode = Pick<SilentEpisode, 'fingerprint' | 'labels' | 'annotations' | 'startsAt'>;

/** Sources that did not answer in time, and how they failed: in one round no other episode waits for them. */
type Hanging = Map<AlertSource, Error>;

/** Silent episodes asked about in one round. */
const ASKED = 1000;

/**
 * Proves again and again that nothing is forgotten: every firing episode is covered, none has been silent without being asked about, no human
 * is overdue. Only a round that found or made it so pings the heartbeat; one that fails says so by its silence.
 */
export function startAuditor(deps: AuditorDeps): Ticking {
  const auditor = new Auditor(deps);
  return startEvery({ ...deps, name: 'audit', everyMs: deps.timing.auditEveryMs }, (signal) => auditor.round(signal));
}

export class Auditor {
  readonly #deps: AuditorDeps;
  /** Runs whose silent alert was told to a human, while it is silent. */
  #told = new Set<string>();

  constructor(deps: AuditorDeps) {
    this.#deps = deps;
  }

  async round(signal: AbortSignal): Promise<void> {
    await this.#cover(signal);
    const untold = await this.#askAboutSilent(signal);
    await this.#wakeOverdue(signal);
    if (untold > 0) throw new Error(`nobody could be told of ${untold} runs whose alert fell silent`);
    if (!signal.aborted) await this.#deps.heartbeat?.(signal);
  }

  /** One that falls due just now is not overdue: it is woken by the next look. */
  async #wakeOverdue(signal: AbortSignal): Promise<void> {
    const { store, page } = this.#deps;
    let overdue = 0;
    for (let looks = 0; looks < 3 && !signal.aborted; looks += 1) {
      await page(signal);
      overdue = (await store.counts()).pageOverdue;
      if (overdue === 0) return;
    }
    if (overdue > 0) throw new Error(`${overdue} pages to humans are overdue`);
  }

  async #cover(signal: AbortSignal): Promise<void> {
    const { store, rules } = this.#deps;
    const acting = rules().flatMap(({ rule, dry }) => (dry === null ? [rule] : []));
    let cursor = '0';
    do {
      const { cursor: next, found } = await store.uncovered(cursor, acting);
      for (let from = 0; from < found.length; from += chunkSize) await this.#coverThese(found.slice(from, from + chunkSize));
      cursor = next;
    } while (cursor !== '0' && !signal.aborted);
  }

  /** Starts anew what a rule asks for; what no rule knows any more, or what does not start, is told to a human. */
  async #coverThese(found: readonly Uncovered[]): Promise<void> {
    const { log } = this.#deps;
    const episodes = [...new Map(found.map((one) => [one.fingerprint, one])).values()];
    const alerts = episodes.map((episode) => this.#firing(episode));
    // Without a rule that asks for it, a slot that was only observed is forgotten by being accepted for nothing.
    const live = new Set(found.filter(({ dry }) => !dry).map(({ fingerprint }) => fingerprint));
    const sent = alerts.filter(({ slots, fingerprint }) => slots.length > 0 || !live.has(fingerprint));
    const results = await this.#accept(sent);
    for (const one of found) {
      const result = results.get(one.fingerprint);
      log.warn({ fingerprint: one.fingerprint, slot: one.slot, result }, 'a firing alert was not covered');
      if (one.dry || result === 'new' || result === 'attached') continue;
      const escalation = orphanEscalation(one, this.#policyFor(one), this.#deps.links);
      const data = { fingerprint: one.fingerprint, slot: one.slot, then: 'a human is woken' };
      const incident = await this.#deps.store.openOrphan(one.fingerprint, one.slot, escalation, [{ kind: 'orphan-found', data }]);
      if (incident !== null) log.error({ incident, slot: one.slot, reason: 'orphaned' }, 'a human is woken');
    }
    this.#deps.wakeDelivery();
  }

  async #accept(alerts: readonly AcceptAlert[]): Promise<ReadonlyMap<string, AcceptAnswer['results'][number]>> {
    if (alerts.length === 0) return new Map();
    const { hints, results } = await this.#deps.store.accept(alerts, []);
    if (hints.length > 0) void this.#deps.hints.wake(hints);
    return new Map(alerts.flatMap(({ fingerprint }, index) => (results[index] === undefined ? [] : [[fingerprint, results[index]]])));
  }

  #matches({ fingerprint, labels, annotations, startsAt }: Episode): { alert: Start['alert']; matches: readonly RuleMatch[] } {
    const alert = { fingerprint, labels, annotations, startsAt, generatorURL: '' };
    return { alert, matches: this.#deps.match(alert) };
  }

  #firing(episode: Episode): AcceptAlert {
    const { clusters, clock } = this.#deps;
    const { alert, matches } = this.#matches(episode);
    const context = { defaultCluster: clusters.defaultName, receivedAt: clock.now() };
    const slots = matches.map((match) => slotRequest(match, alert, context));
    return { ...alert, status: 'firing', endsAt: null, slots };
  }

  #policyFor(episode: Episode): EscalationPolicy {
    const policies = this.#matches(episode).matches.map(({ edition }) => edition.escalation);
    return policies.find((policy) => policy !== null) ?? this.#deps.orphanPolicy();
  }

  /** Answers of how many runs nobody could be told. */
  async #askAboutSilent(signal: AbortSignal): Promise<number> {
    const { store, timing } = this.#deps;
    const silent = await store.silent(timing.staleAfterMs, ASKED);
    const unknown = new Set<string>();
    const hanging: Hanging = new Map();
    let untold = 0;
    for (const episode of silent) {
      if (signal.aborted) return untold;
      const answer = await this.#ask(episode, hanging, signal);
      if (answer.fires === true) await this.#accept([this.#firing(episode)]);
      if (answer.fires === false) await this.#accept([{ ...episode, status: 'resolved', endsAt: episode.startsAt, slots: [] }]);
      if (answer.fires !== null) continue;
      for (const run of episode.runs) {
        unknown.add(run);
        if (!this.#told.has(run) && !(await this.#tryToTell(run, episode, answer.why))) untold += 1;
      }
    }
    this.#told = unknown;
    return untold;
  }

  /** Pending counts as firing: the expression is true. `null` = no source can tell. */
  async #ask(
    episode: SilentEpisode,
    hanging: Hanging,
    signal: AbortSignal,
  ): Promise<{ readonly fires: boolean | null; readonly why: string }> {
    const names = this.#matches(episode).matches[0]?.edition.rule.verify.alertLabels;
    const labels = names === undefined ? episode.labels : Object.fromEntries(names.map((name) => [name, episode.labels[name] ?? '']));
    const failures: string[] = [];
    for (const source of this.#deps.sources) {
      const bounded = AbortSignal.any([signal, AbortSignal.timeout(this.#deps.timing.readMs)]);
      try {
        const hangs = hanging.get(source);
        if (hangs !== undefined) throw hangs;
        return { fires: (await source.state(labels, bounded)) !== 'not-firing', why: source.kind };
      } catch (error) {
        if (bounded.aborted) hanging.set(source, error as Error);
        failures.push(`${source.kind}: ${(error as Error).message}`);
      }
    }
    return { fires: null, why: failures.join('; ') || 'neither Prometheus nor Alertmanager is configured' };
  }

  /** One run whose edition cannot be read keeps nobody else from being told; its turn comes again in the next round. */
  async #tryToTell(run: string, episode: SilentEpisode, why: string): Promise<boolean> {
    try {
      await this.#tellStale(run, episode, why);
      return true;
    } catch (error) {
      if (error instanceof StoreError) throw error;
      this.#deps.log.error({ run, fingerprint: episode.fingerprint, err: error }, 'no human can be told of a stale alert');
      return false;
    }
  }

  /** A human hears of it once; the run goes on. */
  async #tellStale(id: string, episode: SilentEpisode, why: string): Promise<void> {
    const { store, timing, links, log } = this.#deps;
    const found = await store.run(id);
    if (found === null || found.run.dry !== null || isEnded(found.run.state)) return;
    const edition = await editionOf({ store }, found.run.edition);
    const detail = `nothing was heard of ${episode.fingerprint} for ${durationInWords(timing.staleAfterMs)}; ${why}`;
    const incident = await store.openFor(id, escalationOf(found.run, edition, 'stale', detail, links), []);
    this.#told.add(id);
    log.warn({ run: id, fingerprint: episode.fingerprint, incident, reason: 'stale' }, 'a human is woken');
    this.#deps.wakeDelivery();
  }
}
