import type { Step } from '../../core/edition.ts';
import { parseExpression, parseTemplate } from '../../core/expression.ts';
import type { Json } from '../../core/json.ts';
import type { PathSegment } from '../problem.ts';

/** Which labels must be there, whatever else is: what may do without one is not told. */

/** Of the labels that one piece of CEL reads, those without which it has no value. */
function ofExpression(text: string): string[] {
  if (mayDoWithout.test(text)) return [];
  const { reads } = parseExpression(text);
  // Behind a `?` stands what may be left out.
  const [{ length: asked }] = text.split('?', 1) as [string];
  return reads.flatMap(({ root, path: [label], offset }) => (root === 'labels' && label !== undefined && offset < asked ? [label] : []));
}

/** It asks first, is content with another part, or looks at elements of which there may be none. */
const mayDoWithout = /\bhas\(|&&|\|\||\bin\b|\.(?:all|exists|exists_one|map|filter)\(/;

const ofTemplate = (text: string): string[] => parseTemplate(text).pieces.flatMap((piece) => ofExpression(piece.text));

interface Place {
  readonly label: string;
  readonly path: readonly PathSegment[];
}

/** Of all templates in a value, which stands at `path`. */
export function labelsOfValue(value: Json | undefined, path: readonly PathSegment[]): Place[] {
  if (typeof value === 'string') return ofTemplate(value).map((label) => ({ label, path }));
  if (value === undefined || value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, member]) => labelsOfValue(member, [...path, Array.isArray(value) ? Number(key) : key]));
}

/** What the steps of a rung read → path of the first step that does. */
export type LabelsOfSteps = ReadonlyMap<string, string>;

/** Thousands of rules share the steps of a remediation. */
const kept = new WeakMap<readonly Step[], LabelsOfSteps>();

/**
 * Of the steps that are come to whatever the alert says: those without an `if`, or with one that asks nothing but the outcome of such steps. A
 * step that may be meant for other alerts only, by their labels or by what their rule gives, is not told of; neither is what stands behind a
 * hand-over.
 */
export function labelsOfSteps(steps: readonly Step[]): LabelsOfSteps {
  const known = kept.get(steps) ?? collect(steps);
  kept.set(steps, known);
  return known;
}

function collect(steps: readonly Step[]): LabelsOfSteps {
  const labels = new Map<string, string>();
  const come = new Map<string, Step>();
  const over = new Set<string>();
  for (const step of steps) {
    if (over.has(step.scope) || (step.scope !== '' && !come.has(step.scope))) continue;
    const isCome = asksOnly(step, come);
    const read = [...(step.if === null ? [] : ofExpression(step.if)), ...(isCome ? ofStep(step) : [])];
    for (const label of read) if (!labels.has(label)) labels.set(label, step.path);
    if (isCome) come.set(step.path, step);
    if (step.word === 'escalate') endScope(step, come, over);
  }
  return labels;
}

function asksOnly({ if: condition, scope }: Step, come: ReadonlyMap<string, Step>): boolean {
  const reads = condition === null ? [] : parseExpression(condition).reads;
  // What is read of a `use` are the parameters that it was given.
  const isOutcome = (path: string) => (come.get(path)?.word ?? 'enter') !== 'enter';
  return reads.every(({ root, path: [name] }) => root === 'steps' && isOutcome(scope === '' ? `${name}` : `${scope}/${name}`));
}

/** A hand-over without an `if` ends the scope that it stands in, and each one around that was entered without an `if`. */
function endScope(step: Step, come: ReadonlyMap<string, Step>, over: Set<string>): void {
  for (let at: Step | undefined = step; at !== undefined && at.if === null; at = come.get(at.scope)) over.add(at.scope);
}

const inValue = (value: Json): string[] => labelsOfValue(value, []).map(({ label }) => label);

function ofStep(step: Step): string[] {
  switch (step.word) {
    case 'enter':
      return inValue(step.params);
    case 'check':
      return [...inValue(step.with), ...(step.expect === null ? [] : ofExpression(step.expect))];
    case 'action':
      return [...inValue(step.with), ...inValue(step.verify?.with ?? {})];
    case 'collect':
      return inValue(step.with);
    case 'escalate':
      return inValue(step.message);
    case 'wait':
      return [];
  }
}
