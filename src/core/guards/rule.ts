import { rungInForce } from '../permission.ts';
import { defineGuard, pass, refuse } from './guard.ts';

/** The rule still exists, and before an effect the rung too: who deletes either stops what it runs. */
export const rule = defineGuard({
  name: 'rule',
  phases: ['admit', 'permit'],
  needs: [],
  check(input) {
    const { run, edition, permission, phase } = input;
    if (!permission.ruleExists) {
      return refuse({
        reason: 'rule-removed',
        have: 'no such rule is in force',
        need: `rule ${run.rule}`,
        clears: `A rule named ${run.rule} is loaded again; the next firing alert that it matches starts a new run.`,
      });
    }
    // Where the ladder starts is told at admit, so before that no rung is at work.
    if (phase === 'admit' || rungInForce(input) !== null) return pass();
    return refuse({
      reason: 'rule-removed',
      have: 'the rule in force no longer has this rung',
      need: `remediation ${edition.ladder[run.rung]?.remediation} in the ladder of rule ${run.rule}`,
      clears: 'The next firing alert that the rule matches starts a new run on the ladder in force.',
    });
  },
});
