import type { Action } from '../core/capability.ts';
import { brakeScopes } from '../core/brake.ts';
import { chargesOf } from '../core/charges.ts';
import type { Decision } from '../core/decide.ts';
import { memoryMs } from '../core/ending.ts';
import { placesOf } from '../core/in-flight.ts';
import { guardsOf } from '../core/permission.ts';
import type { Plan } from '../core/plan.ts';
import { ClusterError } from '../core/ports.ts';
import type { Reason } from '../core/reasons.ts';
import { isReleased, shareOf } from '../core/release.ts';
import type { Command, EffectOutcome, Run, RunEvent } from '../core/run.ts';
import { StoreError, type BeginAnswer } from '../core/store.ts';
import { tellCluster } from './effect-event.ts';
import { toolsOf } from './subject.ts';
import type { Handler, Told, Work } from './work.ts';

/**
 * The one gate. Every effect on the world passes here and nowhere else: `begin` takes ownership, brake, locks, cooldown and budgets in one
 * script and writes the intent with what the run knows by then; only its GO, still in time by both clocks, lets the call be made; its result is recorded, whoever owns the
 * run by then. A dry run passes too, in its own key space, and asks the server for its own dry run in place of the call.
 */
export const passGate: Handler<'begin'> = async (work, command) => {
  const { deps } = work;
  const action = deps.registry.actions.get(command.plan.action);
  if (action === undefined)
    return { kind: 'plan-refused', path: command.path, message: `there is no action ${command.plan.action} in this version` };
  if (deps.drift.exceeded()) return refusal(command, 'hold', 'clock-drift', 'the wall clock jumped against the monotonic clock', null);
  const elsewhere = await refusedAsForeign(work, command);
  if (elsewhere !== null) return elsewhere;
  await deps.failPoint('begin.before');
  // Both clocks are read before the question is sent: whatever time the answer took is time that is used up.
  const asked = { monotonic: deps.clock.monotonic(), wall: deps.clock.now() };
  const answer = await begin(work, command);
  if (answer.kind !== 'go') return refused(answer, command, work.run);
  work.written();
  await deps.failPoint('begin.after');
  const left = () => answer.leftMs - Math.max(deps.clock.monotonic() - asked.monotonic, deps.clock.now() - asked.wall);
  const outcome = await perform(work, action, command.plan, left);
  deps.telemetry.effect(command.plan.action, outcome.kind);
  if (outcome.kind !== 'unknown') await record(work, command.effect, outcome);
  // Behind the record, and nobody waits for it.
  if (outcome.kind === 'done') void tellCluster(work, command.plan);
  await deps.failPoint('finish.after');
  return { kind: 'effect', effect: command.effect, plan: command.plan, outcome, notAfter: answer.notAfter };
};

/** Of several installations one acts in a namespace: its Lease is taken before anything is begun. A dry run changes nothing. */
async function refusedAsForeign({ deps, run, signal }: Work, command: Extract<Command, { kind: 'begin' }>): Promise<RunEvent | null> {
  const cluster = deps.clusters.get(run.target.cluster);
  if (run.dry !== null || deps.ownership === null || cluster === null) return null;
  const { namespace } = run.target;
  try {
    const bounded = AbortSignal.any([signal, AbortSignal.timeout(deps.timing.readMs)]);
    const { ours, holder } = await deps.ownership.take(cluster, namespace, bounded);
    return ours ? null : refusal(command, 'hold', 'not-owner', `${holder} acts in namespace ${namespace}`, null);
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error;
    return refusal(command, 'hold', 'unknown-owner', error.message, null);
  }
}

const tooLate: EffectOutcome = {
  kind: 'rejected',
  reason: 'too-late',
  message: 'GO arrived too late for the call to end in time; it was not made',
};

function begin(work: Work, command: Extract<Command, { kind: 'begin' }>): Promise<BeginAnswer> {
  const { deps, run, edition } = work;
  const { plan } = command;
  const { budgets, maxInFlight = null, cooldownMs, targetCooldownMs } = guardsOf(edition, deps.inForce.permission(run.rule).guards);
  const charges = chargesOf(run, budgets, deps.limits().budget);
  return deps.store.begin({
    run,
    audit: work.unwritten,
    epoch: work.epoch,
    events: work.events,
    effect: command.effect,
    action: plan.action,
    describe: plan.describe,
    plan: JSON.stringify(plan),
    planHash: plan.hash,
    performMs: deps.timing.performMs,
    factsAt: command.factsAt,
    brakeScopes: brakeScopes(run, plan.touches),
    cluster: deps.limits().storm === null ? null : run.target.cluster,
    touches: plan.touches,
    rule: run.rule,
    subject: run.pinned?.subject ?? run.target.key,
    cost: plan.cost,
    budgets: isReleased(run) ? shareOf(charges, plan.cost) : charges,
    places: placesOf(run, deps.limits().maxInFlight, maxInFlight),
    keepMs: memoryMs(edition.rule),
    cooldownMs,
    targetCooldownMs,
  });
}

/** `left()`: ms until the call must have ended. */
async function perform(work: Work, action: Action, plan: Plan, left: () => number): Promise<EffectOutcome> {
  const { deps, run } = work;
  const dry = run.dry !== null;
  if (left() < deps.timing.startMarginMs) return tooLate;
  const tools = toolsOf(work, Math.max(1, Math.floor(left() - deps.timing.abortMarginMs)));
  await deps.failPoint('perform.before');
  try {
    const outcome = await action.perform(plan, run.id, tools, dry);
    await deps.failPoint('perform.after');
    return dry ? would(outcome) : outcome;
  } catch (error) {
    // Once the call may have left, nothing but an answer tells what became of it.
    const message = error instanceof Error ? error.message : String(error);
    return dry ? { kind: 'would', message: `the server could not be asked: ${message}` } : { kind: 'unknown', message };
  }
}

function would(outcome: EffectOutcome): EffectOutcome {
  if (outcome.kind === 'done') return { kind: 'would', message: 'the server accepts it' };
  if (outcome.kind === 'rejected') return { kind: 'would', message: `the server would refuse it: ${outcome.reason}: ${outcome.message}` };
  return { kind: 'would', message: outcome.message };
}

/**
 * A result is a fact about the world: it is recorded for as long as this process lives, whoever owns the run by now. Told to end, it lives
 * until the end of its grace: the next one looks the effect up.
 */
async function record(work: Work, effect: string, outcome: EffectOutcome): Promise<void> {
  const { deps, run } = work;
  const state = outcome.kind === 'rejected' ? 'rejected' : 'done';
  for (let pauseMs = deps.timing.backoffMs; ; pauseMs = Math.min(deps.timing.backoffMaxMs, pauseMs * 2)) {
    try {
      await deps.failPoint('finish.before');
      await deps.store.finish(run.id, work.epoch, effect, state, outcome);
      return;
    } catch (error) {
      if (!(error instanceof StoreError) || (deps.stopping() && work.signal.aborted)) throw error;
      deps.log.warn({ run: run.id, effect, err: error }, 'result not recorded yet, trying again');
      await deps.sleep(pauseMs);
    }
  }
}

function refused(answer: Exclude<BeginAnswer, { kind: 'go' }>, command: Extract<Command, { kind: 'begin' }>, run: Run): Told {
  switch (answer.kind) {
    case 'lost':
      return 'lost';
    case 'event':
      return 'inbox';
    case 'seen':
      return 'again';
    case 'old-facts':
      return refusal(command, 'hold', 'old-facts', 'the facts were older than the gate allows', command.factsAt);
    case 'paused':
      return refusal(command, 'hold', 'paused', `${answer.brake.scope} by ${answer.brake.by}: ${answer.brake.why}`, answer.brake.until);
    case 'stormy':
      return refusal(command, 'hold', 'storm', 'too many targets of the cluster began to fire at once', answer.until);
    case 'held':
      return refusal(command, 'hold', 'target-busy', `${answer.lock} is held by ${answer.holder}`, null);
    case 'full':
      return refusal(command, 'hold', 'too-many-in-flight', `${answer.max} runs act or come first (${answer.key})`, null);
    case 'cooling':
      return refusal(command, 'hold', 'cooling-down', 'the subject was acted upon a short while ago', answer.until);
    case 'forgetful':
      return refusal(command, 'hold', 'fresh-store', 'the store is new or was failed over', answer.until);
    case 'spent':
      if (isReleased(run) && answer.freesAt !== null && !answer.key.startsWith('target:'))
        return refusal(command, 'hold', 'awaiting-budget', answer.key, answer.freesAt);
      return refusal(command, 'escalate', 'budget-spent', answer.key, answer.freesAt);
  }
}

/** What the gate refuses looks to the reducer like a guard's refusal: the guards of the same names explain and predict it. */
function refusal(
  command: Extract<Command, { kind: 'begin' }>,
  then: Decision['then'],
  reason: Reason,
  have: string,
  nextEligibleAt: number | null,
): RunEvent {
  const decision: Decision = {
    then,
    reason,
    verdicts: [{ guard: 'gate', result: 'refuse', reason, have, need: 'the gate to be open', clears: '', nextEligibleAt }],
    nextEligibleAt,
  };
  return { kind: 'decided', phase: 'permit', decision, pinned: null, plan: command.plan, factsAt: command.factsAt, memory: null };
}
