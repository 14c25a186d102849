import { touchedNamespaces } from '../plan.ts';
import { defineGuard, notApplicable, pass, refuse } from './guard.ts';

/** What the run looks at and what its plan touches lies in the namespaces of the rule's team: labels alone cannot lead it elsewhere. */
export const team = defineGuard({
  name: 'team',
  phases: ['admit', 'permit'],
  needs: [],
  check({ run, edition, plan, policy: { namespaces } }) {
    if (namespaces === undefined) return notApplicable('no team bounds the rule');
    const need = `a namespace of team ${edition.rule.team ?? ''}: ${namespaces.join(', ') || 'none'}`;
    const outside = [run.target.namespace, ...touchedNamespaces(plan)].find((name) => !namespaces.includes(name));
    if (outside === undefined) return pass(run.target.namespace, need);
    const clears = 'The namespace is added to the team, or the rule is given to the team that has it.';
    const have = outside === '' ? 'something that is in no namespace' : `namespace ${outside}`;
    return refuse({ reason: 'outside-team', have, need, clears });
  },
});
