import type { PlaceUse } from '../facts.ts';
import { mayAct } from '../rung.ts';
import { counted, defineGuard, notApplicable, pass, refuse } from './guard.ts';

/** Not too many runs act at once. `begin` takes the place; this explains and predicts. Who acts already keeps its place to its end. */
export const concurrency = defineGuard({
  name: 'concurrency',
  phases: ['admit', 'permit'],
  needs: ['history'],
  check({ phase, edition }, { history: { inFlight } }) {
    if (phase === 'admit' && !mayAct(edition)) return notApplicable('no step of the ladder acts');
    if (inFlight.acts) return pass('this run acts already');
    const limited = inFlight.places.filter(({ max }) => max !== null);
    const full = limited.filter(({ acting, ahead, max }) => acting + ahead >= Number(max));
    if (full.length === 0) return pass(limited.map(words).join('; '), 'a place in each');
    return refuse({
      reason: 'too-many-in-flight',
      have: full.map(words).join('; '),
      need: 'a place in each',
      clears: 'One of the runs that act ends, and those that come first have had their turn.',
    });
  },
});

function words({ key, acting, ahead, max }: PlaceUse): string {
  const waiting = ahead === 0 ? '' : `, ${counted(ahead, 'run')} to come first`;
  return `${acting} of ${max} act (${key.replace('in-flight:', '')})${waiting}`;
}
