import type { Edition } from '../../../../src/core/edition.ts';
import { boundsOf, type Bounds } from '../../../../src/core/permission.ts';
import type { Reason } from '../../../../src/core/reasons.ts';
import { reduce } from '../../../../src/core/reduce/index.ts';
import type { Command, Run, RunEvent } from '../../../../src/core/run.ts';
import { defaultTiming } from '../../../../src/core/timing.ts';
import { NOON } from '../../../support/sample.ts';
import { verdict } from './scenario.ts';

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;

/** A run on a clock that a test moves, told event after event. */
export class Driver {
  run: Run;
  /** ms since noon. */
  time = 0;
  command: Command | null = null;
  /** What the rule says now; null = it is gone. */
  inForce: Bounds | null = null;
  readonly #edition: Edition;

  constructor(run: Run, edition: Edition) {
    this.run = run;
    this.#edition = edition;
  }

  /** Tells it at the present time; answers what it asks for. */
  tell(event: RunEvent): Command | null {
    ({ run: this.run, command: this.command } = reduce(this.run, event, this.#around()));
    return this.command;
  }

  #around(): Parameters<typeof reduce>[2] {
    const edition = this.#edition;
    return { edition, bounds: boundsOf(edition, this.inForce), now: NOON + this.time, timing: defaultTiming };
  }

  due(): Command | null {
    return this.tell({ kind: 'due' });
  }

  /** Lets it sleep until it parked to; answers the time. */
  wake(): number {
    if (this.command?.kind !== 'park') throw new Error(`it is not parked: ${JSON.stringify(this.command)}`);
    this.time = this.command.until - NOON;
    return this.time;
  }

  /** Answers each `admit` and `permit` as given, and lets it sleep in between, until it asks for something else; the time that this took. */
  decideUntilElse(admit: RunEvent, permit: RunEvent): number {
    const start = this.time;
    let command = this.due();
    for (let turns = 0; turns < 10_000; turns += 1) {
      if (command?.kind === 'admit') command = this.tell(admit);
      else if (command?.kind === 'permit') command = this.tell(permit);
      else if (command?.kind === 'park') {
        this.wake();
        command = this.due();
      } else return this.time - start;
    }
    throw new Error('it goes round and round');
  }

  get ending(): string {
    return `${this.run.state}(${this.run.end?.reason})`;
  }
}

export const admitted = verdict('admit', 'run');
export const permitted = verdict('permit', 'run');
export const held = (phase: 'admit' | 'permit', reason: Reason, nextEligibleAt: number | null = null): RunEvent =>
  verdict(phase, 'hold', reason, { nextEligibleAt });
