import { allResolved } from '../episodes.ts';
import { nextStep, record, rungAfter, startRung, stepAt } from '../ladder.ts';
import { rungOf } from '../rung.ts';
import type { Step } from '../edition.ts';
import { environmentOf } from '../environment.ts';
import { renderTemplates } from '../expression.ts';
import { textOf } from '../json.ts';
import type { Reduction, Run, Tried } from '../run.ts';
import { escalate, toRunning, toSleeping, toVerifying } from './moves.ts';
import { go, type Context } from './row.ts';

/** Goes on with the rung from `run.at`: the next step to carry out, or the rung's end. The run is *running*. */
export function proceed(context: Context): Reduction {
  const { run, edition, now } = context;
  if (now >= run.deadlineAt) return escalate(context, 'timeout', 'the deadline of the run passed');
  if (allResolved(run)) return run.acted ? toVerifying(context, 'resolved') : go(run, { kind: 'admit' });
  const next = nextStep(run, edition, now);
  const walked = { ...context, run: next.run };
  if (next.kind === 'error') return escalate(walked, 'unresolved-expression', next.message);
  if (next.kind === 'end') return toVerifying(walked, next.run.rungActed ? 'acted' : 'not-applicable');
  return carryOut(walked, next.step);
}

function carryOut(context: Context, step: Exclude<Step, { word: 'enter' }>): Reduction {
  const { run, now } = context;
  switch (step.word) {
    case 'check':
      return go(run, { kind: 'check', path: step.path, stepVerify: false });
    case 'collect':
      return go(run, { kind: 'collect', path: step.path });
    case 'action':
      return go(run, { kind: 'permit', path: step.path });
    case 'wait':
      return toSleeping(context, 'wait', now + step.waitMs);
    case 'escalate':
      return escalate(context, 'handed-over', `to ${receiverOf(context, step)}: ${messageOf(context, step)}`);
  }
}

/** The policy that is really told. */
function receiverOf({ edition }: Context, { to }: Extract<Step, { word: 'escalate' }>): string {
  if (edition.handOver?.[to] !== undefined) return to;
  const whom = edition.escalation === null ? 'whoever looks' : edition.escalation.name;
  return `${whom} (there is no escalation policy ${to})`;
}

/** The hand-over must reach a human even if its message cannot be rendered. */
function messageOf({ run, edition }: Context, step: Extract<Step, { word: 'escalate' }>): string {
  try {
    return textOf(renderTemplates(step.message, environmentOf(run, edition, step.scope)));
  } catch {
    return step.message;
  }
}

/** The step at `run.at` is done: on to the one behind it. */
export function afterStep(context: Context): Reduction {
  return proceed({ ...context, run: behindStep(context) });
}

export function behindStep({ run, now }: Context): Run {
  return { ...toRunning(run, now), at: run.at + 1 };
}

/** The step failed: again after a pause while tries are left, else as its `on_failure` says. */
export function stepFailed(context: Context, detail: string): Reduction {
  const { run, edition, now } = context;
  const step = stepAt(run, edition);
  if (step?.word !== 'check' && step?.word !== 'action') return escalate(context, 'step-failed', detail);
  const tries = (run.failures[step.path] ?? 0) + 1;
  const counted: Run = { ...failedStep(run, step, detail, now), failures: { ...run.failures, [step.path]: tries } };
  if (tries < step.retry.attempts) return toSleeping({ ...context, run: counted }, 'backoff', now + step.retry.backoffMs);
  const sentence = `step ${step.path}: ${detail}`;
  switch (step.onFailure) {
    case 'continue':
      return afterStep({ ...context, run: counted });
    case 'escalate':
      return escalate({ ...context, run: counted }, 'step-failed', sentence);
    case 'stop':
      return climb({ ...context, run: counted }, 'failed', sentence);
  }
}

/** A check has said what it found; an action that could not be carried out, or did not work, says it here. */
function failedStep(run: Run, step: Step, message: string, at: number): Run {
  if (step.word === 'check') return run;
  return record(run, step, { result: 'failed', message, at, fields: run.outputs[step.path]?.fields ?? {} });
}

/** The rung is over and the alert is not: the next rung, through `permit` like any other effect, or a human. */
export function climb(context: Context, outcome: Tried['outcome'], detail: string): Reduction {
  const { run, edition, now } = context;
  const { remediation } = rungOf(run, edition);
  const tried: Run = { ...run, held: null, tried: [...run.tried, { rung: run.rung, remediation, outcome, detail, at: now }] };
  const next = rungAfter(run, edition, outcome);
  if (next !== null) return proceed({ ...context, run: startRung(toRunning(tried, now), next) });
  const nothing = tried.tried.every((one) => one.outcome === 'not-applicable');
  return escalate({ ...context, run: tried }, nothing ? 'nothing-applied' : 'ladder-end', detail);
}
