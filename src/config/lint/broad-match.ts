import { defineLint, mayAct } from './lint.ts';
import { accepts, demandsOf } from '../compile/values.ts';

/** No alert is called so: whoever takes it does not look at the name. */
const unheardOf = 'an alert that nobody wrote';

/** A rule that may act on alerts of any name, also of those that are written tomorrow. */
export const broadMatch = defineLint({
  name: 'broad-match',
  summary: 'a rule that may act does not say which alerts it is about',
  check({ rules }) {
    return rules.filter(mayAct).flatMap((rule) => {
      const demands = demandsOf(rule);
      if (demands.size === 0 || !accepts(demands.get('alertname') ?? [], unheardOf)) return [];
      return [
        {
          rule,
          path: ['matchers'],
          message: `the rule may ${rule.edition.rule.mode === 'act' ? 'act' : 'ask'} on alerts of any name, whatever they are about`,
          fix: 'add a matcher on alertname, e.g. alertname="NodeDown"',
        },
      ];
    });
  },
});
