import type { Problem } from '../problem.ts';
import { rulesFileSchema, ruleSchema } from '../schema/rule.ts';
import { validate, type Hints } from '../validate.ts';
import type { YamlSource } from '../yaml-source.ts';
import { checkRecipe, type Known } from './check-recipe.ts';
import { checkUses } from './ladder.ts';
import { nameOf, readRecipe, type Recipe } from './recipe.ts';
import { compileRule, type CompiledRule, type RuleContext } from './rule.ts';
import type { Setting } from './setting.ts';
import type { Vocabulary } from './vocabulary.ts';

export interface Sources {
  readonly rules: readonly YamlSource[];
  readonly remediations: readonly YamlSource[];
}

/** All rules and remediations together, for they refer to one another. Rules keep their order. */
export function compileAll(
  { rules, remediations }: Sources,
  setting: Setting,
  vocabulary: Vocabulary,
  problems: Problem[],
  warnings: Problem[],
): CompiledRule[] {
  const recipes = readRecipes(remediations, problems);
  const names = new Set(remediations.map(nameOf).filter((name) => name !== null));
  const known: Known = { recipes, names, vocabulary };
  const fields = new Map([...recipes.values()].map((recipe) => [recipe.name, checkRecipe(recipe, known, problems)]));
  const unusable = checkUses(recipes, problems);
  const context: RuleContext = {
    known,
    workloadFields: withUses(recipes, fields),
    unusable,
    flattened: new Map(),
    setting,
    problems,
    warnings,
  };
  const seen = new Map<string, string>();
  return rules.flatMap((source) => compileFile(source, context, seen));
}

function readRecipes(sources: readonly YamlSource[], problems: Problem[]): Map<string, Recipe> {
  const recipes = new Map<string, Recipe>();
  for (const source of sources) {
    const recipe = readRecipe(source, problems);
    if (recipe === null) continue;
    const other = recipes.get(recipe.name);
    if (other === undefined) recipes.set(recipe.name, recipe);
    else
      problems.push(
        source.problem(
          'duplicate-name',
          ['name'],
          `there is a remediation "${recipe.name}" in ${other.source.file} already`,
          'name each differently',
        ),
      );
  }
  return recipes;
}

const hints: Hints = {
  matchers: {
    code: 'no-matcher',
    message: 'the rule has no matcher, and so would take every alert',
    fix: 'add one under "matchers", e.g. alertname="NodeDown"',
  },
  target: { code: 'no-target', message: 'the rule does not say what it acts on', fix: 'add "target" with kind, namespace and find' },
};

/** What a rule can be judged without; `mode` and `escalation` are not among them, for others are compared with them. */
const expendable = ['description', 'team', 'continue', 'verify', 'guards', 'ladder_memory', 'deadline', 'escalate_after'];

function compileFile(source: YamlSource, context: RuleContext, seen: Map<string, string>): CompiledRule[] {
  const file = validate(rulesFileSchema, source, [], context.problems);
  return (file?.rules ?? []).flatMap((_, index) => {
    const path = ['rules', index];
    const document = validate(ruleSchema, source, path, context.problems, { hints, expendable });
    if (document === null) return [];
    const other = seen.get(document.name);
    if (other !== undefined) {
      context.problems.push(
        source.problem(
          'duplicate-name',
          [...path, 'name'],
          `there is a rule "${document.name}" in ${other} already`,
          'name each differently',
        ),
      );
    }
    seen.set(document.name, source.file);
    const rule = compileRule(document, source, path, context);
    return rule === null ? [] : [rule];
  });
}

/** What a recipe reads includes what the recipes read that it uses. */
function withUses(recipes: ReadonlyMap<string, Recipe>, own: ReadonlyMap<string, ReadonlySet<string>>): Map<string, ReadonlySet<string>> {
  const collect = (name: string, visited: Set<string>): string[] => {
    if (visited.has(name)) return [];
    visited.add(name);
    const uses = (recipes.get(name)?.steps ?? []).flatMap((step) => (step.word === 'use' ? [step.step.use] : []));
    return [...(own.get(name) ?? []), ...uses.flatMap((used) => collect(used, visited))];
  };
  return new Map([...recipes.keys()].map((name) => [name, new Set(collect(name, new Set()))]));
}
