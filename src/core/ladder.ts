import type { Edition, Step } from './edition.ts';
import { environmentOf, holds, stepsRead } from './environment.ts';
import { renderTemplates } from './expression.ts';
import { rungOf } from './rung.ts';
import type { Memory, Run, StepOutput, Tried } from './run.ts';

export { currentStep, stepAt } from './rung.ts';

/** Where a rung goes on: at a step that must be carried out, at its end, or nowhere because an expression cannot be evaluated. */
export type Next =
  | { readonly kind: 'step'; readonly run: Run; readonly step: Exclude<Step, { word: 'enter' }> }
  | { readonly kind: 'end'; readonly run: Run }
  | { readonly kind: 'error'; readonly run: Run; readonly message: string };

/** Walks from `run.at` to the next step whose conditions hold, recording what is skipped and why. */
export function nextStep(run: Run, edition: Edition, now: number): Next {
  const { steps } = rungOf(run, edition);
  let walked = run;
  for (const [at, step] of steps.entries()) {
    if (at < run.at) continue;
    walked = { ...walked, at };
    const verdict = consider(walked, edition, step);
    if (verdict.kind === 'error') return { kind: 'error', run: walked, message: `step ${step.path}: ${verdict.message}` };
    if (verdict.kind === 'skip') walked = record(walked, step, { result: 'skipped', message: verdict.why, at: now, fields: {} });
    else if (step.word === 'enter') walked = record(walked, step, { result: 'entered', message: '', at: now, fields: verdict.params });
    else return { kind: 'step', run: walked, step };
  }
  return { kind: 'end', run: { ...walked, at: steps.length } };
}

type Considered =
  | { readonly kind: 'go'; readonly params: StepOutput['fields'] }
  | { readonly kind: 'skip'; readonly why: string }
  | { readonly kind: 'error'; readonly message: string };

function consider(run: Run, edition: Edition, step: Step): Considered {
  if (step.scope !== '' && run.outputs[step.scope]?.result !== 'entered') return { kind: 'skip', why: `${step.scope} was skipped` };
  const environment = () => environmentOf(run, edition, step.scope);
  try {
    if (step.if !== null) {
      const needs = skippedNeed(run, step, step.if);
      if (needs !== null) return { kind: 'skip', why: `needs ${needs}` };
      if (!holds(step.if, environment())) return { kind: 'skip', why: `not ${step.if}` };
    }
    const params = step.word === 'enter' ? renderTemplates(step.params, environment()) : {};
    return { kind: 'go', params: params as StepOutput['fields'] };
  } catch (error) {
    return { kind: 'error', message: (error as Error).message };
  }
}

/** A condition that reads a step which did not run is not false but meaningless: its step is skipped too. */
function skippedNeed(run: Run, step: Step, condition: string): string | null {
  for (const name of stepsRead(condition)) {
    const path = step.scope === '' ? name : `${step.scope}/${name}`;
    const output = run.outputs[path];
    if (output === undefined || output.result === 'skipped') return name;
  }
  return null;
}

export function record(run: Run, step: Pick<Step, 'path'>, output: StepOutput): Run {
  return { ...run, outputs: { ...run.outputs, [step.path]: output } };
}

/** Starts a rung from its first step, with nothing remembered of the one before but what was tried. */
export function startRung(run: Run, rung: number): Run {
  return { ...run, rung, at: 0, outputs: {}, failures: {}, rungActed: false, conflicts: 0, approval: null };
}

/** The next rung to climb after this one, or null at the end. After a rung that did not apply only rungs that say so are climbed. */
export function rungAfter(run: Run, edition: Edition, outcome: Tried['outcome']): number | null {
  const climbs = ({ when }: Edition['ladder'][number]) => outcome !== 'not-applicable' || when.includes('not-applicable');
  const next = edition.ladder.findIndex((rung, index) => index > run.rung && climbs(rung));
  return next === -1 ? null : next;
}

/** Where the ladder starts: on this rung, or nowhere because its last rung was used on the subject before: a human is next. */
export type Start = { readonly kind: 'rung'; readonly rung: number } | { readonly kind: 'spent'; readonly memory: Memory };

/** The ladder starts above what was tried on the subject within `ladder_memory`. */
export function startFrom(memory: Memory | null, edition: Edition, now: number): Start {
  if (memory === null || now - memory.endedAt >= edition.rule.ladderMemoryMs) return { kind: 'rung', rung: 0 };
  const rung = memory.rung + 1;
  return rung < edition.ladder.length ? { kind: 'rung', rung } : { kind: 'spent', memory };
}

/** `rung/path/attempt`: a stored format. */
export function effectId(run: Run, path: string): string {
  return `${run.rung}/${path}/${(run.attempts[`${run.rung}/${path}`] ?? 0) + 1}`;
}

/** The attempt behind this effect id is over: the next one of its step is another effect. */
export function attemptOver(run: Run, effect: string): Run {
  const key = effect.slice(0, effect.lastIndexOf('/'));
  return { ...run, attempts: { ...run.attempts, [key]: Number(effect.slice(key.length + 1)) } };
}

/** The path inside `rung/path/attempt`. */
export function pathOf(effect: string): string {
  return effect.slice(effect.indexOf('/') + 1, effect.lastIndexOf('/'));
}
