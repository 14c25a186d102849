import { formatDuration } from '../../core/duration.ts';
import type { Shape } from '../../core/expression/type-check.ts';
import type { PathSegment, Problem, ProblemCode } from '../problem.ts';
import { checkArguments, checkCapabilityArguments, hasTemplate, whyNot } from './arguments.ts';
import { Reader, suggestion } from './reader.ts';
import type { Recipe, RecipeStep } from './recipe.ts';
import { inStep, shapeOfParams } from './variables.ts';
import type { Vocabulary } from './vocabulary.ts';

/** Bound of one call of an action, check or collector. */
export const MAX_CALL_MS = 10_000;

/** What steps may refer to. `names`: recipes that exist, whether or not they could be read. */
export interface Known {
  readonly recipes: ReadonlyMap<string, Recipe>;
  readonly names: ReadonlySet<string>;
  readonly vocabulary: Vocabulary;
}

/** Checks everything a recipe refers to. Answers the workload fields that it reads. */
export function checkRecipe(recipe: Recipe, known: Known, problems: Problem[]): ReadonlySet<string> {
  checkDefaults(recipe, problems);
  const params = recipe.params === null ? 'any' : shapeOfParams(recipe.params);
  const outputs: Record<string, Shape | 'dyn'> = Object.fromEntries([...recipe.unread].map((name) => [name, 'dyn']));
  const fields = new Set<string>();
  for (const [index, step] of recipe.steps.entries()) {
    const output = outputOf(step, known);
    const laterSteps = new Set(recipe.steps.slice(index).map((later) => later.step.name));
    const before = new Reader({ roots: inStep(params, { ...outputs }), laterSteps }, recipe.source, problems);
    outputs[step.step.name] = output;
    const after = new Reader({ roots: inStep(params, { ...outputs }), laterSteps }, recipe.source, problems);
    new StepCheck(recipe, step, known, problems).run(before, after);
    for (const field of [...before.workloadFields, ...after.workloadFields]) fields.add(field);
  }
  return fields;
}

function checkDefaults({ source, params }: Recipe, problems: Problem[]): void {
  for (const [name, parameter] of Object.entries(params ?? {})) {
    const path = ['params', name, 'default'];
    if (parameter.default === undefined) continue;
    if (hasTemplate(parameter.default)) {
      problems.push(
        source.problem('bad-parameter', path, 'a default is a plain value, not an expression', 'let the rule or the step give the value'),
      );
      continue;
    }
    const why = whyNot(parameter.default, parameter);
    if (why !== null) problems.push(source.problem('bad-parameter', path, `the default ${why}`, ''));
  }
}

const common = { result: 'string', message: 'string' } as const satisfies Shape;

/** What later steps can read of this one; the other side of core/environment.ts. */
function outputOf(recipeStep: RecipeStep, { vocabulary, recipes }: Known): Shape | 'dyn' {
  switch (recipeStep.word) {
    case 'check': {
      const output = vocabulary.checks.get(recipeStep.step.check)?.output;
      if (output === undefined) return 'dyn';
      return { ...common, ok: 'bool', ...Object.fromEntries(Object.entries(output).map(([field, { type }]) => [field, type])) };
    }
    case 'use': {
      const params = recipes.get(recipeStep.step.use)?.params ?? null;
      return params === null ? 'dyn' : { ...common, ...shapeOfParams(params) };
    }
    case 'action':
    case 'collect':
    case 'wait':
    case 'escalate':
      return common;
  }
}

/** One step: what it calls, with what, and its expressions. `before` cannot see the step's own output, `after` can. */
class StepCheck {
  readonly #recipe: Recipe;
  readonly #step: RecipeStep;
  readonly #known: Known;
  readonly #problems: Problem[];

  constructor(recipe: Recipe, step: RecipeStep, known: Known, problems: Problem[]) {
    this.#recipe = recipe;
    this.#step = step;
    this.#known = known;
    this.#problems = problems;
  }

  run(before: Reader, after: Reader): void {
    const { word, step, path } = this.#step;
    if (step.if !== undefined) before.condition(step.if, [...path, 'if']);
    switch (word) {
      case 'check':
        this.#checkCall('check', step, before);
        if (step.expect !== undefined) after.condition(step.expect, [...path, 'expect']);
        return;
      case 'action':
        this.#checkCall('action', step, before);
        this.#checkRetry(step);
        if (step.verify !== undefined) this.#capability('check', step.verify.check, step.verify.with, [...path, 'verify'], after);
        return;
      case 'collect':
        this.#checkCall('collect', step, before);
        return;
      case 'escalate':
        before.template(step.message, [...path, 'message']);
        return;
      case 'use':
        this.#checkUse(step, before);
        return;
      case 'wait':
    }
  }

  #checkCall(
    word: 'check' | 'action' | 'collect',
    step: { readonly with: Parameters<typeof checkArguments>[0]['values']; readonly timeout?: number | undefined },
    reader: Reader,
  ): void {
    const { path } = this.#step;
    if (step.timeout !== undefined && step.timeout > MAX_CALL_MS) {
      const message = `one call lasts at most ${formatDuration(MAX_CALL_MS)}, this allows ${formatDuration(step.timeout)}`;
      this.#tell(
        'call-too-long',
        [...path, 'timeout'],
        message,
        'start what takes longer with an action of its own and ask with a check whether it is done',
      );
    }
    this.#capability(word, String((step as unknown as Record<string, unknown>)[word]), step.with, path, reader);
  }

  #capability(
    word: keyof typeof registries,
    name: string,
    values: Parameters<typeof checkArguments>[0]['values'],
    path: readonly PathSegment[],
    reader: Reader,
  ): void {
    const { registry, code, noun } = registries[word];
    const capabilities = this.#known.vocabulary[registry];
    const capability = capabilities.get(name);
    if (capability === undefined) {
      this.#tell(code, [...path, word], `there is no ${noun} "${name}"`, suggestion(name, [...capabilities.keys()]));
      reader.templates({ ...values }, [...path, 'with']);
      return;
    }
    const given = { source: this.#recipe.source, path: [...path, 'with'], values, reader, problems: this.#problems };
    checkCapabilityArguments(given, name, capability.params);
  }

  #checkRetry(step: Extract<RecipeStep, { word: 'action' }>['step']): void {
    const action = this.#known.vocabulary.actions.get(step.action);
    if (action?.effect !== 'once' || (step.retry?.attempts ?? 1) === 1) return;
    const fix = 'remove "retry", or look at the outcome with a check and act again in a later rung';
    this.#tell(
      'no-retry',
      [...this.#step.path, 'retry'],
      `${step.action} must not be repeated: who cannot tell whether it happened must not do it again`,
      fix,
    );
  }

  #checkUse(step: Extract<RecipeStep, { word: 'use' }>['step'], reader: Reader): void {
    const { path } = this.#step;
    const { names, recipes } = this.#known;
    if (!names.has(step.use)) {
      this.#tell('unknown-remediation', [...path, 'use'], `there is no remediation "${step.use}"`, suggestion(step.use, [...names]));
    }
    const given = { source: this.#recipe.source, path: [...path, 'with'], values: step.with, reader, problems: this.#problems };
    checkArguments(given, step.use, recipes.get(step.use)?.params ?? null);
  }

  #tell(code: ProblemCode, path: readonly PathSegment[], message: string, fix: string): void {
    this.#problems.push(this.#recipe.source.problem(code, path, message, fix));
  }
}

const registries = {
  check: { registry: 'checks', code: 'unknown-check', noun: 'check' },
  action: { registry: 'actions', code: 'unknown-action', noun: 'action' },
  collect: { registry: 'collectors', code: 'unknown-collector', noun: 'collector' },
} as const;
