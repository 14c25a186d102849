import type { Permission } from '../core/decide.ts';
import type { Mode } from '../core/edition.ts';
import type { BudgetInForce } from '../core/observed/budgets.ts';
import type { ActiveRule, Config } from './config.ts';
import { indexRules, type RuleIndex } from './rule-index.ts';

/** What a loaded configuration says about alerts and runs. Made anew with each reload. */
export interface RulesInForce {
  /** The rules that take an alert, in their order. */
  readonly match: RuleIndex;
  /** For a run of this rule, whatever edition it is pinned to. */
  permission(rule: string): Permission;
  rule(name: string): ActiveRule | undefined;
  /** How many rules may do what, whatever `--dry-run` says. */
  modes(): Readonly<Record<Mode, number>>;
  /** Of all rules, in their order. */
  budgets(): readonly BudgetInForce[];
}

export function rulesInForce(config: Pick<Config, 'rules' | 'dryRun'>): RulesInForce {
  const byName = new Map(config.rules.map((rule) => [rule.rule, rule]));
  return {
    match: indexRules(config.rules),
    rule: (name) => byName.get(name),
    modes() {
      const modes = config.rules.map(({ edition }) => edition.rule.mode);
      const count = (mode: Mode) => modes.filter((one) => one === mode).length;
      return { observe: count('observe'), approve: count('approve'), act: count('act') };
    },
    budgets: () => config.rules.flatMap(({ rule, edition }) => edition.rule.guards.budgets.map((budget) => ({ rule, ...budget }))),
    permission(name) {
      const edition = byName.get(name)?.edition;
      if (edition === undefined) return { ruleExists: false, mode: 'observe', guards: null, rungs: null };
      const { rule, ladder } = edition;
      return { ruleExists: true, mode: config.dryRun ? 'observe' : rule.mode, guards: rule.guards, rungs: ladder };
    },
  };
}
