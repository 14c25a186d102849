import { defineGuard, notApplicable, pass, refuse } from './guard.ts';

/** The API permits what the plan asks for. */
export const rights = defineGuard({
  name: 'rights',
  phases: ['permit'],
  needs: ['plan'],
  also: (_input, { plan }) => (plan.rights.length === 0 ? [] : ['rights']),
  check(_input, { rights: held }) {
    if (held === undefined) return notApplicable('the plan needs no rights');
    if (held.missing.length === 0) return pass('permitted');
    const missing = held.missing.join(', ');
    return refuse({
      reason: 'not-permitted',
      have: `the service account may not ${missing}`,
      need: missing,
      clears: `The service account of remediad is given the right to ${missing}.`,
    });
  },
});
