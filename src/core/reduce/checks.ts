import type { Step } from '../edition.ts';
import { environmentOf, holds } from '../environment.ts';
import { record, stepAt } from '../ladder.ts';
import type { Reduction, RunEvent, StepOutput } from '../run.ts';
import { escalate, toSleeping } from './moves.ts';
import { afterStep, stepFailed } from './proceed.ts';
import { stay, type Arrow, type Context } from './row.ts';

type Checked = Extract<RunEvent, { kind: 'checked' }>;
type CheckStep = Extract<Step, { word: 'check' }>;

/** The answer of a check step. Unknown stops: it is asked again for `unknown_grace`, then a human is woken; it never counts as no. */
export const checkAnswered: Arrow<'checked'> = (context, event) => {
  const { run, edition, now } = context;
  const step = stepAt(run, edition);
  if (step?.path !== event.path || step.word !== 'check') return stay(context);
  if (event.ok === null) return unknownCheck(context, event);
  const output: StepOutput = { result: event.ok ? 'ok' : 'failed', message: event.message, at: now, fields: event.fields };
  const told = { ...context, run: record(run, step, output) };
  return step.expect === null ? afterStep(told) : expected(told, step, step.expect, event.message);
};

function expected(context: Context, step: CheckStep, expect: string, message: string): Reduction {
  const { run, edition } = context;
  let met: boolean;
  try {
    met = holds(expect, environmentOf(run, edition, step.scope));
  } catch (error) {
    return escalate(context, 'unresolved-expression', `step ${step.path}: ${(error as Error).message}`);
  }
  return met ? afterStep(context) : stepFailed(context, `expected ${expect}: ${message}`);
}

function unknownCheck(context: Context, event: Checked): Reduction {
  const { run, bounds, now, timing } = context;
  const before = run.outputs[event.path];
  const since = before?.result === 'unknown' ? before.at : now;
  const output: StepOutput = { result: 'unknown', message: event.message, at: since, fields: {} };
  const told = { ...context, run: record(run, { path: event.path }, output) };
  if (now - since >= bounds.unknownGraceMs) return escalate(told, 'inconclusive', `step ${event.path} cannot be read: ${event.message}`);
  return toSleeping(told, 'backoff', now + Math.min(timing.backoffMaxMs, timing.backoffMs + (now - since)));
}

/** The check behind an action: passed, or asked again until its time is up. Unreadable to the end is inconclusive, never ineffective. */
export const stepVerified: Arrow<'checked'> = (context, event) => {
  const { run, edition, now, timing } = context;
  const step = stepAt(run, edition);
  if (run.sleep?.kind !== 'step-verify' || step?.path !== event.path || step.word !== 'action' || step.verify === null)
    return stay(context);
  if (event.ok === true) return afterStep(context);
  const end = run.sleep.from + step.verify.withinMs;
  if (now < end) return toSleeping(context, 'step-verify', Math.min(end, now + timing.verifyPollMs), run.sleep.from);
  const sentence = `${step.verify.check} after ${step.path}: ${event.message}`;
  return event.ok === null ? escalate(context, 'inconclusive', sentence) : stepFailed(context, sentence);
};

/** A recipe that does not fit the alert cannot be judged: neither unknown, which may pass, nor failed, which would climb. */
export const unresolved: Arrow<'unresolved'> = (context, { path, message }) =>
  escalate(context, 'unresolved-expression', `step ${path}: ${message}`);
