import { formatTimestamp } from '../timestamp.ts';
import { counted, defineGuard, pass, refuse } from './guard.ts';

/** Not too much of the cluster fails at once. One human is woken for all of it; what would wake one for each target stands behind. */
export const storm = defineGuard({
  name: 'storm',
  phases: ['admit', 'permit'],
  needs: ['storm'],
  check({ now, run }, { storm: going }) {
    const { cluster } = run.target;
    if (going === null || going.until <= now) return pass(`no storm in cluster ${cluster}`);
    return refuse({
      reason: 'storm',
      have: `${counted(going.targets, 'target')} of cluster ${cluster} began to fire at once, since ${formatTimestamp(going.since)}`,
      need: 'a cluster in which few targets begin to fire',
      clears: `It ends at ${formatTimestamp(going.until)} unless more targets begin to fire; then runs go on in the order of priority and age.`,
      nextEligibleAt: going.until,
    });
  },
});
