import { attach, markResolved } from '../episodes.ts';
import { record, stepAt } from '../ladder.ts';
import type { Reduction, RunEvent } from '../run.ts';
import { effectAnswered, lateResult, claimedAgain } from './effects.ts';
import { cancel, handBack } from './moves.ts';
import { admitted } from './pending.ts';
import { afterStep, proceed, stepFailed } from './proceed.ts';
import { checkAnswered, unresolved } from './checks.ts';
import { note, stay, type Context, type Row } from './row.ts';
import { permitted, refused } from './verdicts.ts';

/** *running*: a worker carries out the rung's steps. No effect is open here: an effect's answer arrives before anything else is asked. */
export const running: Row = {
  due: proceed,
  decided: (context, event) => {
    if (event.phase === 'permit') return permitted(context, event);
    return event.decision.then === 'run' ? stillFiring(context, event) : refused(context, event);
  },
  effect: effectAnswered,
  'plan-refused': (context, event) => stepFailed(context, event.message),
  checked: checkAnswered,
  collected: (context, event) => {
    const { run, edition, now } = context;
    const step = stepAt(run, edition);
    if (step?.path !== event.path) return stay(context);
    const result = event.ok ? ('done' as const) : ('failed' as const);
    const told = record(run, step, { result, message: event.message, at: now, fields: {} });
    const evidence = event.evidence === null ? told.evidence : [...told.evidence, event.evidence];
    return afterStep({ ...context, run: { ...told, evidence } });
  },
  episode: ({ run }, event) => note(attach(run, event)),
  resolved: ({ run }, event) => note(markResolved(run, event)),
  cancel,
  'late-result': lateResult,
  claimed: claimedAgain,
  shutdown: handBack,
  unresolved,
  approve: stay,
  reject: stay,
  'looked-up': stay,
  probed: stay,
};

/** A resolve was not corroborated: the sources say that the alert fires. The resolved episodes count as firing again. */
function stillFiring(context: Context, event: Extract<RunEvent, { kind: 'decided' }>): Reduction {
  const { run, now } = context;
  const episodes = Object.fromEntries(
    Object.entries(run.episodes).map(([fingerprint, one]) => [fingerprint, { ...one, status: 'firing' as const, lastSeen: now }]),
  );
  return admitted({ ...context, run: { ...run, episodes } }, event);
}
