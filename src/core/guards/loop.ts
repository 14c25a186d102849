import { counted, defineGuard, pass, refuse, span } from './guard.ts';

/** Earlier runs on this subject did not act in vain again and again: more of the same would not help. */
export const loop = defineGuard({
  name: 'loop',
  phases: ['admit', 'permit'],
  needs: ['history'],
  check({ now, run, policy }, { history }) {
    const { maxIneffective, withinMs } = policy.loop;
    const within = (history.memory?.ineffective ?? []).filter((one) => one.run !== run.id && one.at > now - withinMs);
    const have = `${counted(within.length, 'run')} without success in ${span(withinMs)}`;
    const need = `fewer than ${maxIneffective}`;
    if (within.length < maxIneffective) return pass(have, need);
    const leaves = within.map(({ at }) => at + withinMs).sort((a, b) => a - b);
    return refuse({
      reason: 'not-helping',
      have: `${have}: ${within.map((one) => one.run).join(', ')}`,
      need,
      clears: 'A human finds the cause, or the earlier runs leave the window.',
      nextEligibleAt: leaves[within.length - maxIneffective] ?? null,
    });
  },
});
