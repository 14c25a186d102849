import { formatPath, MOST_PROBLEMS, type PathSegment, type Problem } from '../problem.ts';
import { rulesFileSchema, ruleSchema, type RuleDocument } from '../schema/rule.ts';
import { judge, validate, type Hints } from '../validate.ts';
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

/** So that one wrong key does not hide what is wrong with the others. What is said about a stand-in is not told. */
const standIns: { readonly [K in keyof RuleDocument]: unknown } = {
  name: 'stand-in',
  description: undefined,
  team: undefined,
  matchers: ['alertname="stand-in"'],
  continue: undefined,
  schedule: '0 0 * * *',
  timezone: undefined,
  on_missed: 'run_once',
  starting_deadline: undefined,
  manual: true,
  labels: {},
  mode: 'observe',
  target: { kind: 'Pod', namespace: 'stand-in', find: { name: 'stand-in' } },
  remediations: [{ use: 'stand-in' }],
  verify: undefined,
  guards: undefined,
  active_time_intervals: undefined,
  mute_time_intervals: undefined,
  ladder_memory: undefined,
  deadline: undefined,
  escalate_after: undefined,
  priority: undefined,
  escalation: undefined,
};

function compileFile(source: YamlSource, context: RuleContext, seen: Map<string, string>): CompiledRule[] {
  const file = validate(rulesFileSchema, source, [], context.problems);
  return (file?.rules ?? []).flatMap((_, index) => {
    if (context.problems.length > MOST_PROBLEMS) return []; // no more are told
    const path = ['rules', index];
    const { value: document, replaced } = judge(ruleSchema, source, path, context.problems, { hints, standIns });
    if (document === null) return [];
    const isMadeUp = (key: keyof RuleDocument) => replaced.some(([first]) => first === key);
    if (!isMadeUp('name')) tellDuplicate(document.name, source, path, context, seen);
    if (replaced.length > 0) {
      tellTheRest(document, replaced, source, path, context);
      return [];
    }
    const rule = compileRule(document, source, path, context);
    return rule === null ? [] : [rule];
  });
}

function tellDuplicate(
  name: string,
  source: YamlSource,
  path: readonly PathSegment[],
  { problems }: RuleContext,
  seen: Map<string, string>,
) {
  const other = seen.get(name);
  seen.set(name, source.file);
  if (other === undefined) return;
  const message = `there is a rule "${name}" in ${other} already`;
  problems.push(source.problem('duplicate-name', [...path, 'name'], message, 'name each differently'));
}

/** What else is wrong with a rule of which some keys have stand-ins. */
function tellTheRest(
  document: RuleDocument,
  replaced: readonly (readonly PathSegment[])[],
  source: YamlSource,
  path: readonly PathSegment[],
  context: RuleContext,
): void {
  const problems: Problem[] = [];
  compileRule(document, source, path, { ...context, problems, warnings: [] });
  const madeUp = replaced.map((place) => formatPath([...path, ...place]));
  const isMadeUp = (problem: Problem) =>
    madeUp.some((at) => problem.path.startsWith(at)) || (problem.code === 'looser-rung' && replaced.some(([key]) => key === 'mode'));
  context.problems.push(...problems.filter((problem) => !isMadeUp(problem)));
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
