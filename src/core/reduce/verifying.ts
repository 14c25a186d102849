import { allResolved, attach, markResolved } from '../episodes.ts';
import type { Reduction, Run, RunEvent, Verifying } from '../run.ts';
import { judge } from '../verify.ts';
import { lateResult, claimedAgain } from './effects.ts';
import { cancel, escalate, handBack, toEnded } from './moves.ts';
import { climb } from './proceed.ts';
import { demanded, go, note, park, stay, type Context, type Row } from './row.ts';

/** *verifying*: nothing is done any more; the world says whether it helped. */
export const verifying: Row = {
  due: (context) => {
    const { run, now } = context;
    return now >= run.deadlineAt
      ? escalate(context, 'timeout', 'the deadline of the run passed while it verified')
      : go(run, { kind: 'probe' });
  },
  probed: (context, event) => {
    const { run, edition, bounds, now, timing } = context;
    const judged = judge(demanded(run, run.verifying), event, { ...edition.rule.verify, ...bounds }, now);
    const next = { ...context, run: { ...run, verifying: judged.verifying } };
    switch (judged.result) {
      case 'again':
        return park(next.run, Math.min(judged.until, now + timing.verifyPollMs, run.deadlineAt));
      case 'verified':
        return isJob(run) ? toEnded(next, 'succeeded', 'verified', judged.detail) : toEnded(next, 'skipped', 'resolved', judged.detail);
      case 'ineffective':
        return ineffective(next, judged.verifying, judged.detail);
      case 'inconclusive':
        return escalate(next, 'inconclusive', judged.detail);
    }
  },
  episode: ({ run }, event) => note({ ...attach(run, event), verifying: firingAgain(run, event) }),
  resolved: ({ run }, event) => note(markResolved(run, event)),
  cancel,
  'late-result': lateResult,
  claimed: claimedAgain,
  shutdown: handBack,
  unresolved: stay,
  'plan-refused': stay,
  approve: stay,
  reject: stay,
  decided: stay,
  effect: stay,
  'looked-up': stay,
  checked: stay,
  collected: stay,
};

/** It had something to do: a run that no alert started did what it was started for, though nothing had to be changed. */
function isJob({ acted, trigger }: Run): boolean {
  return acted || trigger.kind !== 'alert';
}

/** A report of firing restarts the stable timer and is evidence, if it was received after the effect: an older one may just be read late. */
function firingAgain(run: Run, { fingerprint, at }: Extract<RunEvent, { kind: 'episode' }>): Verifying {
  const verifying = demanded(run, run.verifying);
  if (at <= (run.actedAt ?? verifying.since)) return verifying;
  return { ...verifying, clearSince: null, against: { at, what: `alert ${fingerprint} was reported firing again` } };
}

function ineffective(context: Context, verifying: Verifying, detail: string): Reduction {
  const { run } = context;
  if (verifying.why === 'observe-only') return escalate(context, 'observe-only-after-effect', detail);
  if (verifying.why === 'rule-removed') return escalate(context, 'rule-removed', `after an effect that did not help: ${detail}`);
  if (allResolved(run) && run.acted) return escalate(context, 'resolved-but-unhealthy', detail);
  return climb(context, verifying.why === 'not-applicable' ? 'not-applicable' : 'ineffective', detail);
}
