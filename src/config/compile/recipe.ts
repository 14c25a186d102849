import type { z } from 'zod';
import type { PathSegment, Problem } from '../problem.ts';
import { remediationSchema, STEP_WORDS, stepSchemas, type Parameter, type StepDocument } from '../schema/remediation.ts';
import { validate } from '../validate.ts';
import type { YamlSource } from '../yaml-source.ts';

/** One remediation file, its shape checked. */
export interface Recipe {
  readonly name: string;
  readonly source: YamlSource;
  /** null = they could not be read, which was told. */
  readonly params: Readonly<Record<string, Parameter>> | null;
  /** Those that could be read. */
  readonly steps: readonly RecipeStep[];
  /** Names of the others. */
  readonly unread: ReadonlySet<string>;
}

export type RecipeStep = StepDocument & { readonly path: readonly PathSegment[] };

/** What a step can be judged without. */
const standIns = { timeout: undefined, settle: undefined, retry: undefined, on_failure: undefined };

/** null = it has no name. Every fault is told at once, also of what is read in spite of others. */
export function readRecipe(source: YamlSource, problems: Problem[]): Recipe | null {
  const document = validate(remediationSchema, source, [], problems);
  const name = nameOf(source);
  const raw = rawSteps(source);
  const steps = raw.flatMap((one, index) => readStep(source, one, ['steps', index], problems) ?? []);
  checkNames(steps, source, problems);
  const unread = raw.map(stepName).filter((one) => one !== null && steps.every(({ step }) => step.name !== one));
  return name === null ? null : { name, source, params: document?.params ?? null, steps, unread: new Set(unread as string[]) };
}

/** The name that the file gives, whatever else is wrong with it: so that nobody is told that it does not exist. */
export function nameOf(source: YamlSource): string | null {
  const { value } = source;
  const name = typeof value === 'object' && value !== null && 'name' in value ? value['name'] : null;
  return typeof name === 'string' ? name : null;
}

function stepName(raw: unknown): string | null {
  const name = typeof raw === 'object' && raw !== null && 'name' in raw ? raw.name : null;
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
  const step: unknown = validate(stepSchemas[word] as z.ZodType, source, path, problems, { standIns });
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
