import { defineGuard, notApplicable, pass, refuse, span } from './guard.ts';

/**
 * The store remembers what was done and said before. One that is new, or that took over from another, may have forgotten brakes, cooldowns,
 * budgets and effects under way: for a while nothing is done on its word.
 */
export const store = defineGuard({
  name: 'store',
  phases: ['admit', 'permit'],
  needs: ['history'],
  check({ now, run }, { history }) {
    if (run.dry !== null) return notApplicable('a dry run changes nothing');
    const until = history.forgetfulUntil;
    if (until === null || until <= now) return pass('the store remembers');
    return refuse({
      reason: 'fresh-store',
      have: `the store is new or was failed over, ${span(until - now)} of fresh_store_hold are left`,
      need: 'a store that has been the same for fresh_store_hold',
      clears: 'The hold ends by itself; brakes that were set before must be set again.',
      nextEligibleAt: until,
    });
  },
});
