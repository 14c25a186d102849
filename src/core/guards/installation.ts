import { defineGuard, notApplicable, pass, refuse } from './guard.ts';

/** Of several installations one acts in a namespace; what the others begin there only observes. Whoever loses it later is stopped by `mode`. */
export const installation = defineGuard({
  name: 'installation',
  phases: ['admit'],
  needs: ['owner'],
  check({ run }, { owner }) {
    const { namespace } = run.target;
    if (owner === null) return notApplicable('nothing is changed, so nobody is asked');
    if (owner.ours) return pass(`namespace ${namespace} is ours`);
    return refuse({
      reason: 'not-owner',
      have: `${owner.holder} acts in namespace ${namespace}`,
      need: 'no other installation at work there',
      clears: `${owner.holder} no longer renews its Lease in namespace ${namespace}, or it is deleted.`,
    });
  },
});
