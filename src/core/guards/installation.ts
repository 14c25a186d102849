import { defineGuard, notApplicable, pass, refuse } from './guard.ts';

/** Of several installations one acts in a namespace. `begin` comes behind taking its Lease; this explains and predicts. */
export const installation = defineGuard({
  name: 'installation',
  phases: ['admit', 'permit'],
  needs: ['owner'],
  check({ run }, { owner }) {
    const { namespace } = run.target;
    if (owner === null) return notApplicable('nothing is changed, so nobody is asked');
    if (owner.ours) return pass(`no other installation acts in namespace ${namespace}`);
    return refuse({
      reason: 'not-owner',
      have: `${owner.holder} acts in namespace ${namespace}`,
      need: 'no other installation at work there',
      clears: `${owner.holder} no longer renews its Lease in namespace ${namespace}.`,
    });
  },
});
