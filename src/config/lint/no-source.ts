import { defineLint, mayAct } from './lint.ts';

/** A rule that may act while nobody can be asked whether its alert still fires. Told once: the fix is the same for all. */
export const noSource = defineLint({
  name: 'no-source',
  summary: 'a rule may act, and neither Prometheus nor Alertmanager can be asked whether its alert still fires',
  check({ rules, setting }) {
    const [first, ...others] = setting.hasSource ? [] : rules.filter((rule) => mayAct(rule) && rule.edition.rule.matchers.length > 0);
    if (first === undefined) return [];
    const also = others.length === 0 ? 'the rule' : `the rule and ${others.length} more`;
    return [
      {
        rule: first,
        path: ['mode'],
        message: `${also} may act, and nobody can be asked whether an alert still fires: only a webhook that comes again tells, or the lack of one`,
        fix: 'add "prometheus" or "alertmanager" with its url to the configuration file',
      },
    ];
  },
});
