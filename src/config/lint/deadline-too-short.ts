import { formatDuration } from '../../core/duration.ts';
import { defineLint } from './lint.ts';

/** A rule whose runs end at their deadline before they can be seen to have helped. */
export const deadlineTooShort = defineLint({
  name: 'deadline-too-short',
  summary: 'no run can be verified before its deadline',
  check({ rules }) {
    return rules.flatMap((rule) => {
      const { deadlineMs, verify } = rule.edition.rule;
      if (deadlineMs > verify.stableForMs) return [];
      const [deadline, stableFor] = [formatDuration(deadlineMs), formatDuration(verify.stableForMs)];
      const path = rule.document.deadline === undefined ? ['verify'] : ['deadline'];
      return [
        {
          rule,
          path,
          message: `no run can succeed: it ends after ${deadline} (deadline), and counts as fixed only when all is well for ${stableFor} (verify.stable_for)`,
          fix: 'set a longer deadline, or a shorter verify.stable_for',
        },
      ];
    });
  },
});
