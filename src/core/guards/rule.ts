import { defineGuard, pass, refuse } from './guard.ts';

/** The rule still exists: who deletes a rule stops what it runs. */
export const rule = defineGuard({
  name: 'rule',
  phases: ['admit', 'permit'],
  needs: [],
  check({ run, permission }) {
    if (permission.ruleExists) return pass();
    return refuse({
      reason: 'rule-removed',
      have: 'no such rule is in force',
      need: `rule ${run.rule}`,
      clears: `A rule named ${run.rule} is loaded again; the next firing alert that it matches starts a new run.`,
    });
  },
});
