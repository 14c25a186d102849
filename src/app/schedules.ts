import { labelsOf, type Starts } from '../core/schedule/starts.ts';
import { lastTick, nextTick, type Schedule } from '../core/schedule/ticks.ts';
import type { Clock, Clusters, Hints, Log, Telemetry } from '../core/ports.ts';
import type { StartStore, TickAnswer } from '../core/store-starts.ts';
import { formatTimestamp } from '../core/timestamp.ts';
import type { Timing } from '../core/timing.ts';
import { startEvery, type Ticking } from './every.ts';
import type { RuleMatch } from './slot-request.ts';
import { requestAlone } from './start-alone.ts';

export interface ScheduleDeps {
  readonly store: Pick<StartStore, 'schedules' | 'tick'>;
  /** The rules in force, and what starts them besides alerts. */
  readonly rules: () => readonly (RuleMatch & { readonly starts: Starts })[];
  /** The store has room only for what runs already. */
  readonly nearlyFull: () => Promise<boolean>;
  readonly clusters: Pick<Clusters, 'defaultName'>;
  readonly hints: Pick<Hints, 'wake'>;
  readonly telemetry: Pick<Telemetry, 'ticked'>;
  readonly timing: Pick<Timing, 'sweepEveryMs'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Of several ticks that are due the last one counts; `earlier` is the first of the others, all of which were missed. */
interface Due {
  readonly rule: Scheduled;
  readonly at: number;
  readonly earlier: number | null;
}

type Scheduled = RuleMatch & { readonly starts: Starts & { readonly schedule: Schedule } };

/**
 * Starts the runs of schedules, by the clock of the store, which also says which ticks are dealt with: of many replicas one deals with each, and
 * one that nobody dealt with in time is missed, and told.
 */
export function startSchedules(deps: ScheduleDeps): Ticking {
  const schedules = new Schedules(deps);
  return startEvery({ ...deps, name: 'schedules', everyMs: deps.timing.sweepEveryMs }, (signal) => schedules.look(signal));
}

export class Schedules {
  readonly #deps: ScheduleDeps;
  /** Schedule → up to when its ticks are dealt with, and the one behind it: it is worked out once. */
  #next = new WeakMap<Schedule, { readonly from: number; readonly at: number | null }>();

  constructor(deps: ScheduleDeps) {
    this.#deps = deps;
  }

  /** Deals with all ticks that are due now. Throws when the store cannot be asked. */
  async look(signal: AbortSignal): Promise<void> {
    const scheduled = this.#deps.rules().filter(isScheduled);
    if (scheduled.length === 0) return;
    const asked = scheduled.map(({ rule, starts }) => ({ rule, text: `${starts.schedule.timezone} ${starts.schedule.text}` }));
    const { now, from } = await this.#deps.store.schedules(asked);
    const due = scheduled.flatMap((rule, index) => this.#dueTick(rule, from[index] ?? now, now));
    if (due.length === 0 || (await this.#deps.nearlyFull())) return;
    for (const one of due) if (!signal.aborted) await this.#deal(one, now);
  }

  #dueTick(rule: Scheduled, from: number, now: number): Due[] {
    const { schedule } = rule.starts;
    const known = this.#next.get(schedule);
    const next = known?.from === from ? known : { from, at: nextTick(schedule, from) };
    this.#next.set(schedule, next);
    if (next.at === null || next.at > now) return [];
    const at = lastTick(schedule, from, now) ?? next.at;
    return [{ rule, at, earlier: next.at < at ? next.at : null }];
  }

  async #deal({ rule: match, at, earlier }: Due, now: number): Promise<void> {
    const { store, clusters, hints } = this.#deps;
    const { starts, rule, edition } = match;
    const lateMs = starts.schedule.startWithinMs;
    const trigger = { kind: 'schedule', id: formatTimestamp(at), startBy: at + lateMs } as const;
    const context = { defaultCluster: clusters.defaultName, receivedAt: now, trigger };
    const request = requestAlone(match, labelsOf(starts, edition.rule, {}), context);
    const answer = await store.tick({ rule, at, earlier, lateMs, request });
    if (answer.kind === 'taken') return;
    if (earlier !== null) this.#tell(rule, formatTimestamp(earlier), { kind: 'missed' });
    this.#tell(rule, trigger.id, answer);
    if (answer.kind === 'started') await hints.wake([answer.hint]);
  }

  #tell(rule: string, tick: string, answer: Exclude<TickAnswer, { kind: 'taken' }>): void {
    const { log, telemetry } = this.#deps;
    telemetry.ticked(answer.kind);
    if (answer.kind === 'started') log.info({ rule, tick, run: answer.hint.run }, 'a schedule starts a run');
    else if (answer.kind === 'missed') log.warn({ rule, tick, reason: answer.kind }, 'a tick was missed');
    else log.warn({ rule, tick, reason: answer.kind, run: answer.run }, 'a tick starts no run');
  }
}

function isScheduled(rule: RuleMatch & { readonly starts: Starts }): rule is Scheduled {
  return rule.starts.schedule !== null;
}
