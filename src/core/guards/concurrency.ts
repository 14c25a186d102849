import type { PlaceUse } from '../facts.ts';
import { isFrozen } from '../reasons.ts';
import { mayAct } from '../rung.ts';
import type { Run } from '../run.ts';
import { counted, defineGuard, notApplicable, pass, refuse, span, type FoundRefusal } from './guard.ts';

/**
 * Not too many runs act at once. `begin` takes the place; this explains and predicts. Who acts already keeps its place to its end. Runs that
 * were held together line up before the first of them goes on: for as long as each of them needs to find out that it may.
 */
export const concurrency = defineGuard({
  name: 'concurrency',
  phases: ['admit', 'permit'],
  needs: ['history'],
  check({ phase, edition, run, now, timing }, { history: { inFlight } }) {
    if (phase === 'admit' && !mayAct(edition)) return notApplicable('no step of the ladder acts');
    if (inFlight.acts) return pass('this run acts already');
    const limited = inFlight.places.filter(({ max }) => max !== null);
    const linesUpUntil = limited.length === 0 ? now : lineUp(run.hold, now, timing.holdPollMs);
    if (linesUpUntil > now) return refuse(liningUp(linesUpUntil, now));
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

/** Until when a run stands in line. It begins with its first look after what held it was over. */
function lineUp(hold: Run['hold'], now: number, ms: number): number {
  if (hold === null) return now;
  if (hold.reason === 'lining-up') return hold.since + ms;
  return isFrozen(hold.reason) || hold.reason === 'awaiting-budget' ? now + ms : now;
}

function liningUp(until: number, now: number): Omit<FoundRefusal, 'result'> {
  return {
    reason: 'lining-up',
    have: 'what held it and others is over',
    need: `a place in the line, ${span(until - now)} more`,
    clears: 'All of them have come; then they go on in the order of priority and age.',
    nextEligibleAt: until,
  };
}

function words({ key, acting, ahead, max }: PlaceUse): string {
  const waiting = ahead === 0 ? '' : `, ${counted(ahead, 'run')} to come first`;
  return `${acting} of ${max} act (${key.replace('in-flight:', '')})${waiting}`;
}
