import type { MatchExplanation, RulesExplained } from '../explain-match.ts';
import { printable } from '../safe-text.ts';

/** How the rules stand to an alert, matcher by matcher. */

/** `node-down (mode act) takes it: alertname="NodeDown" matches` */
export function sentenceOfMatch({ rule, mode, matches, takes, matchers }: MatchExplanation): string {
  if (matchers.length === 0) return `${rule} (mode ${mode}) is started by no alert.`;
  const verdict = takes ? 'takes it' : matches ? 'matches, but a rule before it took it' : 'does not match';
  const each = matchers.map(({ matcher, have, matches: met }) =>
    met
      ? `${matcher} matches`
      : `${matcher} does not match ${have === '' ? 'an alert without this label' : JSON.stringify(printable(have))}`,
  );
  return `${rule} (mode ${mode}) ${verdict}: ${each.join('; ')}.`;
}

/** The rules that take it, those that came nearest, and that there are others. */
export function linesOfRules({ rules, others }: RulesExplained): string[] {
  const left = others === 0 ? [] : [`${others} other ${others === 1 ? 'rule does' : 'rules do'} not match.`];
  const none = rules.some(({ takes }) => takes) ? [] : ['No rule takes it.'];
  return [...none, ...rules.map(sentenceOfMatch), ...left];
}
