import type { Edition } from '../edition.ts';
import type { Bounds } from '../permission.ts';
import type { Command, Reduction, Run, RunEvent } from '../run.ts';
import type { Timing } from '../timing.ts';

/** What every arrow may look at besides its event. `now` is store time. */
export interface Context {
  readonly run: Run;
  readonly edition: Edition;
  /** Of waiting: the stricter of those that the edition pinned and those in force. */
  readonly bounds: Bounds;
  readonly now: number;
  readonly timing: Timing;
}

export type Arrow<K extends RunEvent['kind']> = (context: Context, event: Extract<RunEvent, { kind: K }>) => Reduction;

/** One state's row of the run table: an arrow for every kind of event, so that a new event does not compile until each state answers it. */
export type Row = { readonly [K in RunEvent['kind']]: Arrow<K> };

/** The event is out of place in this state: recorded by the caller, nothing changes. */
export const stay = ({ run }: Context): Reduction => ({ run, command: null });

export function go(run: Run, command: Command): Reduction {
  return { run, command };
}

export function park(run: Run, until: number): Reduction {
  return { run, command: { kind: 'park', until } };
}

/** A part of the run that its state demands (see `assertEntry`); without it nothing can be told, and no run goes on. */
export function demanded<T>(run: Run, part: T | null): T {
  if (part === null) throw new Error(`run ${run.id} in state ${run.state} lacks what its state demands`);
  return part;
}

/** The record changed; the `due` that follows goes on. */
export function note(run: Run): Reduction {
  return { run, command: null };
}
