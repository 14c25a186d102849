import fc from 'fast-check';
import type { Edition } from '../../../../src/core/edition.ts';
import { reduce } from '../../../../src/core/reduce/index.ts';
import { isEnded, type BegunEffect, type Command, type EffectOutcome, type Run, type RunEvent } from '../../../../src/core/run.ts';
import { defaultTiming } from '../../../../src/core/timing.ts';
import { NOON, sampleRun } from '../../../support/sample.ts';
import { actionStep, checkStep, collectStep, enterStep, escalateStep, ladder, waitStep } from './steps.ts';
import { answer, diceOf, gate, lookUp, perform, signal, type Dice } from './world.ts';

/**
 * A whole life of a run as the app leads it: claimed, reduced, answered by a random world, committed; with signals in between, ends that the
 * store refuses because something came in, and workers that die or lose the run at every place.
 */

const anyhow = (edition: Edition): Edition => ({
  ...edition,
  ladder: edition.ladder.map((rung, index) => (index === 0 ? rung : { ...rung, when: ['not-applicable'] })),
});

export const editions: readonly Edition[] = [
  ladder([actionStep('restart')]),
  ladder([actionStep('restart'), escalateStep('storage-team')]),
  ladder([checkStep('health'), actionStep('restart', { if: '!steps.health.ok', settleMs: 30_000 })], [actionStep('harder')]),
  ladder(
    [
      collectStep('logs'),
      actionStep('restart', {
        verify: { check: 'kubernetes/pod-ready', with: {}, withinMs: 60_000 },
        retry: { attempts: 2, backoffMs: 5_000 },
      }),
    ],
    [waitStep('pause'), actionStep('harder', { onFailure: 'escalate' })],
  ),
  ladder([checkStep('health', { expect: 'steps.health.ok' })]),
  anyhow(
    ladder(
      [
        checkStep('health'),
        enterStep('recover', { if: '!steps.health.ok' }),
        actionStep('recover/signal', { scope: 'recover', onFailure: 'continue' }),
        actionStep('recover/restart', { scope: 'recover' }),
      ],
      [actionStep('harder')],
      [actionStep('hardest')],
    ),
  ),
];

export interface Step {
  readonly now: number;
  readonly event: RunEvent;
  readonly before: Run;
  readonly after: Run;
  readonly command: Command | null;
}

export interface Life {
  readonly edition: Edition;
  readonly steps: readonly Step[];
  /** As the store has it at the end. */
  readonly last: Run;
  /** Calls made, by effect id. */
  readonly performed: readonly string[];
  /** Those of them that changed the world. */
  readonly happened: ReadonlySet<string>;
}

/** What a life is made of; short enough to be read when a property fails. */
export interface Fate {
  /** Index of the edition. */
  readonly edition: number;
  readonly dry: boolean;
  /** Workers die at their work. */
  readonly deaths: boolean;
  readonly deadlineMs: number;
  readonly rolls: readonly number[];
}

export const arbitraryFate: fc.Arbitrary<Fate> = fc.record({
  edition: fc.nat(editions.length - 1),
  dry: fc.boolean(),
  deaths: fc.boolean(),
  deadlineMs: fc.constantFrom(20_000, 180_000, 3_600_000),
  rolls: fc.array(fc.nat(5039), { minLength: 20, maxLength: 160 }),
});

export function lifeOf(fate: Fate): Life {
  return new Living(fate).live();
}

class WorkerDied extends Error {}

/** Recorded by a worker that had lost the run: nobody listens to it there, so it goes to the inbox. */
type Late = { readonly effect: string; readonly outcome: EffectOutcome };

class Living {
  readonly #edition: Edition;
  readonly #dice: Dice;
  readonly #deaths: boolean;
  readonly #steps: Step[] = [];
  readonly #performed: string[] = [];
  readonly #happened = new Set<string>();
  /** The store: the document, the inbox from where it was read, the effects. */
  #doc: Run;
  #inbox: RunEvent[] = [];
  readonly #fx = new Map<string, BegunEffect>();
  #late: Late | null = null;
  /** The worker: its run, the last one that lived, the event that ended it. */
  #run: Run;
  #live: Run;
  #ending: RunEvent | null = null;
  #now = NOON;

  constructor({ edition, dry, deaths, deadlineMs, rolls }: Fate) {
    const chosen = editions[edition];
    if (chosen === undefined) throw new Error(`there is no edition ${edition}`);
    this.#edition = chosen;
    this.#deaths = deaths;
    this.#dice = diceOf(rolls);
    this.#doc = this.#run = this.#live = sampleRun({ pinned: null, dry: dry ? 'observe' : null, deadlineAt: NOON + deadlineMs });
  }

  live(): Life {
    for (let claims = 0; claims < 150 && !isEnded(this.#doc.state); claims += 1) this.#claim();
    return { edition: this.#edition, steps: this.#steps, last: this.#doc, performed: this.#performed, happened: this.#happened };
  }

  #claim(): void {
    this.#now += this.#dice.pick([0, 50, 5_000]);
    this.#arrive();
    this.#run = this.#live = this.#doc;
    const read = [...this.#inbox];
    try {
      const claimed: RunEvent = { kind: 'claimed', effects: [...this.#fx.values()], unblocked: this.#dice.once(5) };
      let command: Command | null = this.#learn([claimed, ...read]);
      for (let left = defaultTiming.jobSteps; command !== null; left -= 1) command = left > 0 ? this.#carryOut(command) : this.#handBack();
    } catch (error) {
      if (!(error instanceof WorkerDied)) throw error;
      this.#now += defaultTiming.leaseMs;
    }
  }

  /** What comes in between two claims. */
  #arrive(): void {
    if (this.#dice.once(4)) this.#inbox.push(signal(this.#doc, this.#now, this.#dice));
    const late = this.#late;
    const known = late === null ? undefined : this.#fx.get(late.effect);
    if (late === null || known === undefined || !this.#dice.once(2)) return;
    this.#late = null;
    if (known.state !== 'intent' && !(known.state === 'abandoned' && late.outcome.kind === 'done')) return;
    this.#finish(known, late.outcome);
    this.#inbox.push({ kind: 'late-result', effect: late.effect, outcome: late.outcome, at: this.#now });
  }

  #finish(effect: BegunEffect, outcome: EffectOutcome): void {
    this.#fx.set(effect.effect, { ...effect, state: outcome.kind === 'rejected' ? 'rejected' : 'done', outcome });
  }

  #mayDie(): void {
    if (this.#deaths && this.#dice.once(25)) throw new WorkerDied();
  }

  #tell(event: RunEvent): Command | null {
    const before = this.#run;
    const edition = this.#edition;
    const { run, command } = reduce(before, event, { edition, bounds: edition.rule.guards, now: this.#now, timing: defaultTiming });
    this.#steps.push({ now: this.#now, event, before, after: run, command });
    this.#run = run;
    if (!isEnded(run.state)) this.#live = run;
    else if (!isEnded(before.state)) this.#ending = event;
    return command;
  }

  #learn(events: readonly RunEvent[]): Command {
    for (const event of events) this.#tell(event);
    return this.#due();
  }

  #due(): Command {
    if (isEnded(this.#run.state)) return { kind: 'end' };
    return this.#tell({ kind: 'due' }) ?? { kind: 'park', until: this.#now };
  }

  #told(event: RunEvent): Command {
    return this.#tell(event) ?? this.#due();
  }

  #commit(): void {
    this.#doc = this.#run;
    this.#inbox = [];
  }

  #carryOut(command: Command): Command | null {
    this.#mayDie();
    this.#now += this.#dice.pick([0, 20, 4_000]);
    switch (command.kind) {
      case 'park':
        return this.#park(command.until);
      case 'end':
        return this.#end();
      case 'begin':
        return this.#begin(command);
      case 'look-up':
        return this.#lookUp(command.effect);
      default:
        return this.#told(answer(this.#run, command, this.#now, this.#dice));
    }
  }

  /** Another job goes on; an end is still written. */
  #handBack(): null {
    this.#commit();
    return null;
  }

  #park(until: number): null {
    this.#commit();
    this.#now = Math.max(this.#now, this.#dice.pick([until, until, until + 60_000, this.#now + 1_000]));
    return null;
  }

  /** Refused where something came in: then it is decided again from where it was, and what ended it is told once more if it came from outside. */
  #end(): Command | null {
    if (!this.#dice.once(3)) {
      this.#commit();
      return null;
    }
    const came = signal(this.#live, this.#now, this.#dice);
    this.#inbox.push(came);
    this.#run = this.#live;
    const outside = this.#ending !== null && ['cancel', 'reject', 'late-result'].includes(this.#ending.kind) ? [this.#ending] : [];
    return this.#learn([came, ...outside]);
  }

  #begin({ effect, plan }: Extract<Command, { kind: 'begin' }>): Command | null {
    this.#commit();
    this.#mayDie();
    if (this.#dice.once(8)) {
      const came = signal(this.#run, this.#now, this.#dice);
      this.#inbox.push(came);
      return this.#learn([came]);
    }
    const refused = gate(this.#now, this.#dice);
    if (refused !== null) return this.#told(refused);
    if (this.#fx.has(effect)) return this.#park(this.#now);
    const notAfter = this.#now + defaultTiming.performMs;
    const begun: BegunEffect = { effect, state: 'intent', at: this.#now, notAfter, plan, outcome: null };
    this.#fx.set(effect, begun);
    this.#mayDie();
    this.#now += this.#dice.pick([0, 30, 9_000]);
    const { happened, outcome } = perform(this.#run.dry !== null, this.#dice);
    this.#performed.push(effect);
    if (happened) this.#happened.add(effect);
    if (outcome.kind !== 'unknown') this.#record(begun, outcome);
    this.#mayDie();
    return this.#told({ kind: 'effect', effect, plan, outcome, notAfter });
  }

  /** A worker may die before it records a result, or lose the run and record it all the same, later. */
  #record(begun: BegunEffect, outcome: EffectOutcome): void {
    if (this.#deaths && this.#dice.once(12)) {
      this.#late = { effect: begun.effect, outcome };
      throw new WorkerDied();
    }
    this.#mayDie();
    this.#finish(begun, outcome);
  }

  #lookUp(effect: string): Command | null {
    const begun = this.#fx.get(effect);
    if (begun === undefined) throw new Error(`${effect} was never begun`);
    const event = lookUp(begun, this.#happened.has(effect), this.#dice);
    if (event.result === 'done') this.#finish(begun, { kind: 'done', output: {} });
    if (event.result === 'not-done') this.#fx.set(effect, { ...begun, state: 'abandoned', outcome: { kind: 'unknown', message: '' } });
    this.#mayDie();
    return this.#told(event);
  }
}
