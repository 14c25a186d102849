import type { Verdict } from './decide.ts';
import type { Plan } from './plan.ts';
import type { EffectRecord, Hold, Run, Sleep, Trigger, Verifying } from './run.ts';
import type { Storm } from './storm.ts';
import { clockInWords, durationInWords, sentence, sentenceOfReason, timeInWords } from './words/say.ts';

export { clockInWords, durationInWords, sentenceOfReason, timeInWords } from './words/say.ts';
export { linesOfRules, sentenceOfMatch } from './words/matching.ts';
export { storyLine, storySentence } from './words/story.ts';

/**
 * The sentences that log, message, CLI and page share. They are made of what is recorded and nothing else, so that all say the same;
 * whoever shows them escapes them for his own medium.
 */

/** What was done, for those who find it at the object itself. */
export function sentenceOfDeed({ id, rule }: Pick<Run, 'id' | 'rule'>, { describe }: Pick<Plan, 'describe'>): string {
  return sentence(`${describe}; run ${id} of rule ${rule}`);
}

/** What started a run. */
export function sentenceOfTrigger(trigger: Trigger): string {
  switch (trigger.kind) {
    case 'alert':
      return `Started by the alert ${trigger.id}.`;
    case 'schedule':
      return `Started on its schedule, for ${trigger.id.slice(0, 16).replace('T', ' ')} UTC.`;
    case 'manual':
      return `Started by hand of ${trigger.id}${trigger.why === null ? '.' : `: ${sentence(trigger.why)}`}`;
  }
}

/** Where a run stands, in the present tense; of an ended one, how it ended. */
export function sentenceOfState(run: Run): string {
  switch (run.state) {
    case 'pending':
      return 'Waits to be looked at.';
    case 'holding':
      return run.hold === null ? 'Held.' : ofHold(run.hold);
    case 'awaiting-approval':
      return run.approval === null
        ? 'Waits for a human to decide.'
        : `Waits for a human to approve until ${clockInWords(run.approval.expiresAt)}: ${sentence(run.approval.plan.describe)}`;
    case 'running':
      return `${run.dry === null ? 'Works' : 'Tries without effect'} on rung ${run.rung + 1}, step ${run.at + 1}.`;
    case 'sleeping':
      return run.sleep === null ? 'Waits.' : ofSleep(run.sleep);
    case 'verifying':
      return run.verifying === null ? 'Verifies.' : ofVerifying(run.verifying);
    case 'reconciling':
      return run.open === null
        ? 'Finds out what became of an effect.'
        : `Finds out whether the effect ${run.open.effect} happened; its answer never came.`;
    case 'succeeded':
    case 'observed':
    case 'skipped':
    case 'cancelled':
    case 'escalated':
      return sentenceOfEnding(run) ?? 'Ended.';
  }
}

function ofHold(hold: Hold): string {
  const next = hold.nextEligibleAt === null ? '' : ` It could go on at ${clockInWords(hold.nextEligibleAt)} at the earliest.`;
  return `Held since ${clockInWords(hold.since)} (${hold.reason}): ${sentenceOfReason(hold.reason, hold.detail)}${next}`;
}

function ofSleep(sleep: Sleep): string {
  const until = clockInWords(sleep.until);
  switch (sleep.kind) {
    case 'settle':
      return `Lets the target settle until ${until}.`;
    case 'wait':
      return `Waits until ${until}, as the remediation says.`;
    case 'backoff':
      return `Tries the step again at ${until}.`;
    case 'step-verify':
      return `Checks whether the step worked, next at ${until}.`;
  }
}

const verifyingWhy: Readonly<Record<Verifying['why'], string>> = {
  acted: 'whether the effect helped',
  'not-applicable': 'whether anything is left to do, as no step applied',
  resolved: 'whether the target is healthy now that the alert is resolved',
  'rule-removed': 'what the effect came to, as the rule is gone',
  'observe-only': 'what the effect came to, as the rule only observes now',
};

function ofVerifying({ why, clearSince, against }: Verifying): string {
  const evidence = against === null ? 'Not clear yet.' : `Not clear yet: ${sentence(against.what)}`;
  return `Verifies ${verifyingWhy[why]}. ${clearSince === null ? evidence : `Clear and healthy since ${clockInWords(clearSince)}.`}`;
}

/** How a run ended; null while it lives. */
export function sentenceOfEnding(run: Run): string | null {
  if (run.end === null) return null;
  const because = sentenceOfReason(run.end.reason, run.end.detail);
  const effects = run.effects.filter((effect) => effect.result === 'done').map((effect) => effect.describe);
  switch (run.end.would) {
    case 'effect':
      return `Only observed. It would have acted: ${because}`;
    case 'ask':
      return `Only observed. It would have asked a human: ${because}`;
    case 'escalate':
      return `Only observed. It would have woken a human: ${because}`;
    case 'nothing':
      return `Only observed. It would have done nothing: ${because}`;
    case null:
  }
  if (run.state === 'succeeded') {
    return effects.length === 0
      ? 'Nothing had to be done. Verified: the target was healthy for stable_for.'
      : `Fixed by remediad and verified: ${sentence(effects.join(', '))}`;
  }
  if (run.state === 'skipped') return `Nothing left to do: ${because}`;
  const left = effects.length === 0 ? 'Nothing was done' : `Done so far: ${effects.join(', ')}`;
  if (run.state === 'cancelled') return `Cancelled. ${because} ${left}.`;
  return `Handed to a human (${run.end.reason}): ${because} ${left}.`;
}

/** What one guard said. */
export function sentenceOfVerdict(verdict: Verdict): string {
  switch (verdict.result) {
    case 'pass': {
      const need = verdict.need === undefined ? '' : `, needs ${verdict.need}`;
      return verdict.have === undefined ? `${verdict.guard} passes.` : `${verdict.guard} passes: ${verdict.have}${need}.`;
    }
    case 'n/a':
      return `${verdict.guard} does not apply: ${sentence(verdict.why)}`;
    case 'refuse': {
      const next = verdict.nextEligibleAt === null ? '' : ` At the earliest at ${clockInWords(verdict.nextEligibleAt)}.`;
      const clears = verdict.clears === '' ? '' : ` ${sentence(verdict.clears)}`;
      return `${verdict.guard} refuses (${verdict.reason}): ${verdict.have}, needs ${sentence(verdict.need)}${clears}${next}`;
    }
  }
}

const effectResult: Readonly<Record<EffectRecord['result'], string>> = {
  intent: 'under way',
  done: 'done',
  rejected: 'refused',
  abandoned: 'did not happen',
  unknown: 'nobody can tell whether it happened',
  would: 'would be done; nothing was changed',
};

/** What became of an effect, without what it is. */
export function resultOfEffect({ result, message }: EffectRecord): string {
  return message === '' ? effectResult[result] : `${effectResult[result]}: ${message}`;
}

export function sentenceOfEffect(effect: EffectRecord): string {
  return `${effect.describe}: ${sentence(resultOfEffect(effect))}`;
}

/** Why nothing is done yet, for so many ms. */
export function sentenceOfForgetful(ms: number): string {
  return `Nothing is done for another ${durationInWords(ms)}: ${sentenceOfReason('fresh-store', '')}`;
}

/** What keeps a whole cluster waiting. */
export function sentenceOfStorm({ cluster, since, until, targets }: Storm): string {
  const forecast = `until ${timeInWords(until)} unless more begin to fire`;
  return `Nothing is done in cluster ${cluster} since ${timeInWords(since)}, ${forecast}: ${targets} targets began to fire at once.`;
}

/** Pages that wait for a receiver that cannot be reached. */
export function sentenceOfUndelivered(pages: number): string {
  return `${pages} page${pages === 1 ? '' : 's'} could not be delivered so far, and ${pages === 1 ? 'is' : 'are'} tried on.`;
}
