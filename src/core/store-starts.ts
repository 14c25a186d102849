import type { Hint, SlotRequest } from './store.ts';

/** Runs that no alert starts. Each method is one atomic script. */
export interface StartStore {
  /**
   * The store's time, and for each schedule up to when (ms) its ticks are dealt with: ticks before its `text` was seen first are none of its own.
   * In the order given.
   */
  schedules(schedules: readonly { readonly rule: string; readonly text: string }[]): Promise<{
    readonly now: number;
    readonly from: readonly number[];
  }>;
  /** Deals with a tick, once, whoever comes first; with it all earlier ones of the rule are dealt with. */
  tick(tick: Tick): Promise<TickAnswer>;
  /** Starts the run of a slot that has no live one. */
  start(request: SlotRequest): Promise<StartAnswer>;
}

export interface Tick {
  readonly rule: string;
  /** ms */
  readonly at: number;
  /** The first of the ticks between what was dealt with and `at`, all of which were missed; null = there are none. */
  readonly earlier: number | null;
  /** Later than this after `at` it is missed. */
  readonly lateMs: number;
  readonly request: SlotRequest;
}

export type TickAnswer =
  | { readonly kind: 'started'; readonly hint: Hint }
  /** Somebody else dealt with it, or it lies in the future. */
  | { readonly kind: 'taken' }
  | { readonly kind: 'missed' }
  /** No run was started, because `run` of its slot lives. */
  | { readonly kind: 'still-running'; readonly run: string };

export type StartAnswer = { readonly kind: 'started'; readonly hint: Hint } | { readonly kind: 'live'; readonly run: string };
