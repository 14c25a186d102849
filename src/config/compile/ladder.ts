import type { Rung, Step, TemplatedJson } from '../../core/edition.ts';
import type { Problem } from '../problem.ts';
import { MAX_CALL_MS } from './check-recipe.ts';
import type { Recipe, RecipeStep } from './recipe.ts';

/** How many `use` steps may stand in one another. */
const MAX_USE_DEPTH = 3;

type Recipes = ReadonlyMap<string, Recipe>;

/** `use` may not come back to itself, nor go too deep. Answers the recipes in which it does. */
export function checkUses(recipes: Recipes, problems: Problem[]): ReadonlySet<string> {
  const bad = new Set<string>();
  for (const recipe of recipes.values()) {
    const chain = chainFrom(recipe, recipes);
    if (chain === null) continue;
    bad.add(recipe.name);
    const [first] = chain.steps;
    if (first === undefined || chain.kind === 'inner') continue;
    const words = [recipe.name, ...chain.names].join(' → ');
    const [code, message, fix] =
      chain.kind === 'circle'
        ? (['cyclic-use', `remediations use one another in a circle: ${words}`, 'break the circle'] as const)
        : ([
            'use-too-deep',
            `remediations use one another more than ${MAX_USE_DEPTH} deep: ${words}`,
            'write some of the steps out',
          ] as const);
    problems.push(recipe.source.problem(code, [...first.path, 'use'], message, fix));
  }
  return bad;
}

interface Chain {
  readonly steps: readonly RecipeStep[];
  readonly names: readonly string[];
  /** `inner`: it runs into a circle of others, which is told of them. */
  readonly kind: 'circle' | 'inner' | 'deep';
}

/** The first chain of uses from this recipe that comes back to it or goes too deep; null = there is none. */
function chainFrom(start: Recipe, recipes: Recipes): Chain | null {
  function follow(recipe: Recipe, before: Omit<Chain, 'kind'>): Chain | null {
    for (const step of recipe.steps) {
      if (step.word !== 'use') continue;
      const name = step.step.use;
      const chain = { steps: [...before.steps, step], names: [...before.names, name] };
      if (name === start.name) return { ...chain, kind: 'circle' };
      if (before.names.includes(name)) return { ...chain, kind: 'inner' };
      const used = recipes.get(name);
      const found = used === undefined ? null : follow(used, chain);
      if (found !== null) return found;
      if (chain.names.length > MAX_USE_DEPTH) return { ...chain, kind: 'deep' };
    }
    return null;
  }
  return follow(start, { steps: [], names: [] });
}

/** Steps of a recipe are the same in every rung that uses it; thousands of rules share them. */
export type Flattened = Map<string, readonly Step[]>;

/** A remediation as a rung: its `use` steps inlined, its parameters complete. Names and uses must have been checked. */
export function flattenRung(recipe: Recipe, recipes: Recipes, rung: Pick<Rung, 'mode' | 'when' | 'params'>, flattened: Flattened): Rung {
  const steps = flattened.get(recipe.name) ?? flatten(recipe, recipes, '');
  flattened.set(recipe.name, steps);
  return { remediation: recipe.name, mode: rung.mode, when: rung.when, params: withDefaults(recipe, rung.params), steps };
}

function flatten(recipe: Recipe, recipes: Recipes, scope: string): Step[] {
  return recipe.steps.flatMap((recipeStep) => {
    const { name } = recipeStep.step;
    const path = scope === '' ? name : `${scope}/${name}`;
    const base = { path, scope, name, if: recipeStep.step.if ?? null };
    if (recipeStep.word !== 'use') return [compileStep(base, recipeStep)];
    const used = recipes.get(recipeStep.step.use);
    if (used === undefined) return [];
    const enter: Step = { ...base, word: 'enter', remediation: used.name, params: withDefaults(used, recipeStep.step.with) };
    return [enter, ...flatten(used, recipes, path)];
  });
}

function withDefaults({ params }: Recipe, given: Readonly<Record<string, TemplatedJson>>): Record<string, TemplatedJson> {
  const defaults = Object.entries(params ?? {}).flatMap(([name, parameter]) =>
    parameter.default === undefined ? [] : [[name, parameter.default]],
  );
  return { ...(Object.fromEntries(defaults) as Record<string, TemplatedJson>), ...given };
}

function compileStep(base: Pick<Step, 'path' | 'scope' | 'name' | 'if'>, { word, step }: Exclude<RecipeStep, { word: 'use' }>): Step {
  switch (word) {
    case 'check': {
      const { check, with: values, timeout, expect, retry, on_failure: onFailure } = step;
      return {
        ...base,
        word,
        check,
        with: values,
        timeoutMs: timeout ?? MAX_CALL_MS,
        expect: expect ?? null,
        retry: compileRetry(retry),
        onFailure,
      };
    }
    case 'action': {
      const { action, with: values, settle, verify, retry, on_failure: onFailure } = step;
      const verified = verify === undefined ? null : { check: verify.check, with: verify.with, withinMs: verify.within };
      return {
        ...base,
        word,
        action,
        with: values,
        settleMs: settle,
        verify: verified,
        retry: compileRetry(retry),
        onFailure,
      };
    }
    case 'collect':
      return { ...base, word, collect: step.collect, with: step.with, timeoutMs: step.timeout ?? MAX_CALL_MS };
    case 'wait':
      return { ...base, word, waitMs: step.wait };
    case 'escalate':
      return { ...base, word, to: step.escalate, message: step.message };
  }
}

function compileRetry(retry: { readonly attempts: number; readonly backoff: number } | undefined) {
  return { attempts: retry?.attempts ?? 1, backoffMs: retry?.backoff ?? 0 };
}
