import type { AuditEntry } from '../core/audit.ts';
import { endRecordOf } from '../core/ending.ts';
import { placesOf, type Place } from '../core/in-flight.ts';
import { boundsOf, guardsOf, type Bounds } from '../core/permission.ts';
import { reduce } from '../core/reduce/index.ts';
import { isEnded, type Command, type Run, type RunEvent } from '../core/run.ts';
import type { Claim, CommitAnswer } from '../core/store.ts';
import { trailOf } from '../core/trail.ts';
import { tellOfCluster } from './cluster-incidents.ts';
import type { Told, Work } from './work.ts';

/** What a claim does not change. */
type Outer = Omit<Work, 'run' | 'events' | 'unwritten' | 'written'>;

/** One claim of one run: what was reduced so far, and the commits that make it durable. */
export class ClaimedRun {
  readonly #work: Outer;
  readonly #claim: Claim;
  #run: Run;
  /** The last of the run that had not ended, and the event that ended it: both are needed again when the store refuses the end. */
  #live: Run;
  #ending: RunEvent | null = null;
  #events: number;
  /** Monotonic time at which the lease was taken or renewed. */
  #renewedAt: number;
  #trail: AuditEntry[] = [];
  /** How much of the trail tells of `#live`. */
  #liveTrail = 0;

  constructor(work: Outer, claim: Claim) {
    this.#work = work;
    this.#claim = claim;
    this.#run = this.#live = claim.run;
    this.#events = claim.events;
    this.#renewedAt = work.deps.clock.monotonic();
  }

  /** What a handler may look at. */
  work(): Work {
    const written = (): void => {
      this.#trail = [];
    };
    return { ...this.#work, run: this.#run, events: this.#events, unwritten: this.#trail, written };
  }

  /** The first command: what the claim brought changes the record, `due` says what to do about it. */
  start(): Command {
    const { effects, unblocked, inbox } = this.#claim;
    return this.#learn([{ kind: 'claimed', effects, unblocked }, ...inbox]);
  }

  /** What a handler told, reduced to the next command. */
  async told(answer: Told): Promise<Command | null> {
    switch (answer) {
      case 'lost':
        return null;
      case 'again':
        return this.park(this.#work.now());
      case 'inbox': {
        const overtaken = await this.#keep();
        return overtaken === 'kept' ? this.#due() : overtaken;
      }
      default:
        return this.#renewed(this.#reduce(answer) ?? this.#due());
    }
  }

  /** One command may take as long as a third of the lease: half of it is always left when the next one starts. */
  async #renewed(command: Command): Promise<Command | null> {
    const { clock, timing } = this.#work.deps;
    if (command.kind === 'park' || command.kind === 'end' || clock.monotonic() - this.#renewedAt < timing.leaseMs / 2) return command;
    const overtaken = await this.#keep();
    return overtaken === 'kept' ? command : overtaken;
  }

  /** Makes the run durable and renews the lease. `kept`, or the next command where something came in, or null where the run is lost. */
  async #keep(): Promise<'kept' | Command | null> {
    await this.#work.deps.failPoint('commit.before');
    const answer = await this.#work.deps.store.keep(this.#run, this.#work.epoch, this.#events, this.#trail);
    if (answer.kind === 'lost') return null;
    this.#committed(answer);
    return answer.kind === 'again' ? this.#learn(answer.inbox) : 'kept';
  }

  async park(until: number): Promise<null> {
    const { deps, epoch, edition, now } = this.#work;
    await deps.failPoint('commit.before');
    const ms = Math.max(0, until - now());
    const answer = await deps.store.park(this.#run, epoch, this.#events, ms, this.#trail, this.#run.hold?.waitFor ?? [], this.#places());
    if (answer.kind === 'lost') return null;
    const { version, events } = answer;
    const dueInMs = answer.kind === 'ok' ? answer.dueInMs : 0;
    const hint = { run: this.#run.id, version, events, priority: hintPriority(this.#run) };
    if (dueInMs <= deps.timing.timerMs) void deps.hints.later(hint, dueInMs);
    await tellOfCluster(deps, this.#run, edition, this.#bounds(), now());
    return null;
  }

  /** Of its waiting, by the rule as it is now. */
  #bounds(): Bounds {
    const { deps, edition } = this.#work;
    return boundsOf(edition, deps.inForce.permission(this.#run.rule).guards);
  }

  /** In front of which limits it waits, by the maxima of now. */
  #places(): readonly Place[] {
    const { deps, edition } = this.#work;
    const reason = this.#run.hold?.reason;
    if (reason !== 'too-many-in-flight' && reason !== 'lining-up') return [];
    const { maxInFlight = null } = guardsOf(edition, deps.inForce.permission(this.#run.rule).guards);
    return placesOf(this.#run, deps.limits().maxInFlight, maxInFlight);
  }

  /** Time is up for this job: another goes on at once. An end is still written. */
  async handBack(): Promise<Command | null> {
    const command = this.#reduce({ kind: 'shutdown' });
    return command === null ? this.end() : this.park(this.#work.now());
  }

  /** Ends the run, unless something came in: then it is decided again from where it was, with what ended it told once more if it came from outside. */
  async end(): Promise<Command | null> {
    const { deps, epoch, edition } = this.#work;
    await deps.failPoint('end.before');
    const answer = await deps.store.end(this.#run, epoch, this.#events, endRecordOf(this.#run, edition, deps.links), this.#trail);
    if (answer.kind === 'lost') return null;
    if (answer.kind === 'again') {
      this.#events = answer.events;
      this.#run = this.#live;
      this.#trail = this.#trail.slice(0, this.#liveTrail);
      const ending = this.#ending !== null && cameFromOutside(this.#ending) ? [this.#ending] : [];
      return this.#learn([...answer.inbox, ...ending]);
    }
    if (answer.woken.length > 0) void deps.hints.wake(answer.woken);
    deps.telemetry.runEnded(this.#run);
    const { id, rule, state, end, target } = this.#run;
    deps.log.info(
      { run: id, rule, target: target.key, state, reason: end?.reason, detail: end?.detail, incident: answer.incident },
      'run ended',
    );
    return null;
  }

  #learn(events: readonly RunEvent[]): Command {
    for (const event of events) this.#reduce(event);
    return this.#due();
  }

  #due(): Command {
    if (isEnded(this.#run.state)) return { kind: 'end' };
    return this.#reduce({ kind: 'due' }) ?? { kind: 'park', until: this.#work.now() };
  }

  #reduce(event: RunEvent): Command | null {
    const { deps, edition, now } = this.#work;
    const before = this.#run;
    const { run, command } = reduce(before, event, { edition, bounds: this.#bounds(), now: now(), timing: deps.timing });
    this.#run = run;
    if (run !== before) this.#trail.push(...trailOf(before, event, run));
    if (!isEnded(run.state)) {
      this.#live = run;
      this.#liveTrail = this.#trail.length;
    } else if (!isEnded(before.state)) this.#ending = event;
    this.#tell(before, event, run);
    return command;
  }

  #tell(before: Run, event: RunEvent, after: Run): void {
    const { deps } = this.#work;
    if (event.kind === 'decided') deps.telemetry.decision(event.decision);
    if (before.state === after.state && before.hold?.reason === after.hold?.reason) return;
    const reason = after.hold?.reason ?? after.end?.reason;
    deps.log.info(
      { run: after.id, rule: after.rule, target: after.target.key, from: before.state, to: after.state, reason },
      'run changed state',
    );
  }

  #committed(answer: Extract<CommitAnswer, { kind: 'ok' | 'again' }>): void {
    this.#events = answer.events;
    this.#renewedAt = this.#work.deps.clock.monotonic();
    this.#trail = [];
    this.#liveTrail = 0;
  }
}

/** What came out of the inbox is gone from there; what a handler told can be asked again. */
function cameFromOutside({ kind }: RunEvent): boolean {
  return kind === 'cancel' || kind === 'reject' || kind === 'late-result';
}

/** Signals, reconciling and verifying come before new work. */
function hintPriority(run: Run): number {
  return run.state === 'reconciling' || run.state === 'verifying' || run.acted ? 0 : 1 + Number(run.priority.slice(1));
}
