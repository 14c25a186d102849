import type { JsonObject } from './json.ts';
import type { Plan } from './plan.ts';
import type { Reason } from './reasons.ts';

/** An effect begun by this run, with what came of it. */
export interface EffectRecord {
  /** `rung/path/attempt`: a stored format. */
  readonly id: string;
  readonly action: string;
  readonly describe: string;
  readonly planHash: string;
  readonly replaces: boolean;
  /** Uid that the plan named, so that a successor can be told from a stranger; null = the plan names none. */
  readonly uid: string | null;
  /** When it was begun: whatever it made in the world is younger. */
  readonly at: number;
  readonly result: 'intent' | 'done' | 'rejected' | 'abandoned' | 'unknown' | 'would';
  readonly message: string;
  /** Given up as not done by two look-ups: it is not looked up a third time. */
  readonly lookedAgain?: true;
  readonly output: JsonObject;
}

/** How a begun effect ended; `would` = a dry run's answer from the server. */
export type EffectOutcome =
  | { readonly kind: 'done'; readonly output: JsonObject }
  | { readonly kind: 'rejected'; readonly reason: Reason; readonly message: string }
  | { readonly kind: 'unknown'; readonly message: string }
  | { readonly kind: 'would'; readonly message: string };

/** One entry of the run's `fx`: an effect that was begun, with its plan and, unless it is an `intent`, its result. */
export interface BegunEffect {
  readonly effect: string;
  readonly state: 'intent' | 'done' | 'rejected' | 'abandoned';
  readonly at: number;
  readonly notAfter: number;
  readonly plan: Plan;
  readonly outcome: EffectOutcome | null;
}
