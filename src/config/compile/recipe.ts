import type { z } from 'zod';
import type { PathSegment, Problem } from '../problem.ts';
import { remediationSchema, STEP_WORDS, stepSchemas, type Parameter, type StepDocument } from '../schema/remediation.ts';
import { validate } from '../validate.ts';
import type { YamlSource } from '../yaml-source.ts';

/** One remediation file, its shape checked. */
export interface Recipe {
  readonly name: string;
  readonly source: YamlSource;
  readonly params: Readonly<Record<string, Parameter>>;
  readonly steps: readonly RecipeStep[];
}

export type RecipeStep = StepDocument & { readonly path: readonly PathSegment[] };

/** null = its shape is wrong, which was told. Every fault is told at once. */
export function readRecipe(source: YamlSource, problems: Problem[]): Recipe | null {
  const before = problems.length;
  const document = validate(remediationSchema, source, [], problems);
  const steps = rawSteps(source).flatMap((raw, index) => {
    const step = readStep(source, raw, ['steps', index], problems);
    return step === null ? [] : [step];
  });
  checkNames(steps, source, problems);
  return document === null || problems.length > before ? null : { name: document.name, source, params: document.params, steps };
}

/** The name that the file gives, whatever else is wrong with it: so that nobody is told that it does not exist. */
export function nameOf(source: YamlSource): string | null {
  const { value } = source;
  const name = typeof value === 'object' && value !== null && 'name' in value ? value['name'] : null;
  return typeof name === 'string' ? name : null;
}

function rawSteps({ value }: YamlSource): readonly unknown[] {
  const steps = typeof value === 'object' && value !== null && 'steps' in value ? value['steps'] : null;
  return Array.isArray(steps) ? steps : [];
}

function readStep(source: YamlSource, raw: unknown, path: readonly PathSegment[], problems: Problem[]): RecipeStep | null {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    problems.push(source.problem('wrong-type', path, 'a step must be a map', `give it a name and one of ${STEP_WORDS.join(', ')}`));
    return null;
  }
  const [word, ...others] = STEP_WORDS.filter((key) => Object.hasOwn(raw, key));
  if (word === undefined) {
    problems.push(source.problem('missing-key', path, 'the step does not say what to do', `add one of ${STEP_WORDS.join(', ')}`));
    return null;
  }
  if (others.length > 0) {
    problems.push(
      source.problem('bad-value', path, `a step does one thing, this one has ${[word, ...others].join(' and ')}`, 'make a step of each'),
    );
    return null;
  }
  const step: unknown = validate(stepSchemas[word] as z.ZodType, source, path, problems);
  // The schema was chosen by the word, which the type checker cannot see.
  return step === null ? null : ({ word, step, path } as RecipeStep);
}

function checkNames(steps: readonly RecipeStep[], source: YamlSource, problems: Problem[]): void {
  const seen = new Set<string>();
  for (const { step, path } of steps) {
    if (seen.has(step.name)) {
      problems.push(
        source.problem('duplicate-name', [...path, 'name'], `there is a step "${step.name}" already`, 'name each step differently'),
      );
    }
    seen.add(step.name);
  }
}
