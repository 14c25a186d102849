import { END_STATES, LIVE_STATES, type BegunEffect, type EffectOutcome, type Ending, type Run, type RunEvent } from '../../core/run.ts';
import { higherOf, PRIORITIES } from '../../core/edition.ts';
import { list, number, object, optionalNumber, oneOf, optionalText, pairs } from './decode.ts';

/** A run at rest: its document, and beside it what only the script knew when it was accepted or ended it. */

/** Fields of `run:<id>` in the order in which `runFrom` reads them. */
export const RUN_FIELDS = ['doc', 'at', 'deadlineMs', 'state', 'end', 'prio'] as const;

type Stored = Omit<Run, 'id' | 'acceptedAt'> & { readonly deadlineMs?: number };

/**
 * Until its first commit a document lacks what the store gave it: they are filled in here. `end` is there if a script ended the run. An alert
 * that joined may have raised `prio`, of which the document tells only once the run has read of it.
 */
export function runFrom(id: string, fields: unknown): Run {
  const [doc, at, deadlineMs, state, end, prio] = list(fields);
  const acceptedAt = number(at);
  const { deadlineMs: _own, ...stored } = object<Stored>(doc);
  const run: Run = {
    ...stored,
    priority: higherOf(stored.priority, PRIORITIES[optionalNumber(prio) ?? -1] ?? stored.priority),
    since: stored.since ?? acceptedAt,
    deadlineAt: stored.deadlineAt ?? acceptedAt + number(deadlineMs),
    id,
    acceptedAt,
  };
  const ended = optionalText(end);
  if (ended === null) return run;
  const ending = object<Omit<Ending, 'would'> & Partial<Pick<Ending, 'would'>>>(ended);
  return {
    ...run,
    state: oneOf([...END_STATES, ...LIVE_STATES], state),
    since: ending.at,
    end: { ...ending, would: ending.would ?? null },
  };
}

export function eventsFrom(value: unknown): RunEvent[] {
  return list(value).map((event) => object<RunEvent>(event));
}

interface StoredEffect {
  readonly s: BegunEffect['state'];
  readonly n: number;
  readonly at: number;
  readonly notAfter: number;
}

/** `fx`, `plans` and `results` are hashes by effect id; the effects come in the order of `begin`. */
export function effectsFrom(fx: unknown, plans: unknown, results: unknown): BegunEffect[] {
  const planOf = pairs(plans);
  const resultOf = pairs(results);
  return [...pairs(fx)]
    .map(([effect, record]) => ({ effect, stored: object<StoredEffect>(record) }))
    .toSorted((a, b) => a.stored.n - b.stored.n)
    .map(({ effect, stored }) => effectFrom(effect, stored, planOf.get(effect), resultOf.get(effect)));
}

export function effectFrom(effect: string, stored: StoredEffect, plan: unknown, result: unknown): BegunEffect {
  const outcome = optionalText(result);
  return {
    effect,
    state: oneOf(['intent', 'done', 'rejected', 'abandoned'], stored.s),
    at: number(stored.at),
    notAfter: number(stored.notAfter),
    plan: object(plan),
    outcome: outcome === null ? null : object<EffectOutcome>(outcome),
  };
}
