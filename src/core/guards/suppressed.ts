import { defineGuard, notApplicable, pass, refuse } from './guard.ts';

/** Alertmanager neither silences nor inhibits the alert, or not all of them where others joined: somebody knows already, or the cause lies elsewhere. */
export const suppressed = defineGuard({
  name: 'suppressed',
  phases: ['admit', 'permit'],
  needs: [],
  also: ({ run }) => (run.trigger.kind === 'alert' ? ['suppression'] : []),
  check(_input, { suppression }) {
    if (suppression === undefined) return notApplicable('the run was not started by an alert');
    if (suppression === null) return notApplicable('no Alertmanager is configured');
    const { silencedBy, inhibitedBy } = suppression;
    if (silencedBy.length > 0) {
      return refuse({
        reason: 'silenced',
        have: `silenced by ${silencedBy.join(', ')}`,
        need: 'no silence',
        clears: 'The silence expires in Alertmanager or is ended there.',
      });
    }
    if (inhibitedBy.length > 0) {
      return refuse({
        reason: 'inhibited',
        have: `inhibited by ${inhibitedBy.join(', ')}`,
        need: 'no inhibition',
        clears: 'The inhibiting alert resolves.',
      });
    }
    return pass('neither silenced nor inhibited');
  },
});
