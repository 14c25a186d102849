import { objectKeys } from '../pinned.ts';
import { defineGuard, pass, refuse } from './guard.ts';

/**
 * No other run is at work on the target or its workload. One that is restarts, scales or isolates it, so this alert is most likely what
 * comes of that: the run stands in the queue of the locks held, and corroboration says afterwards whether anything is left to do.
 */
export const expected = defineGuard({
  name: 'expected',
  phases: ['admit', 'permit'],
  needs: ['target', 'history'],
  check({ run }, { target, history }) {
    const locks = Object.entries(history.locks);
    const own = locks.length === 0 ? [] : objectKeys(run, target);
    const held = locks.filter(([key]) => own.includes(key)).map(([key, holder]) => ({ key, holder }));
    if (held.length === 0) return pass('no other run is at work on it');
    const holders = [...new Set(held.map(({ holder }) => `run ${holder}`))].join(', ');
    return refuse({
      reason: 'expected',
      have: held.map(({ key, holder }) => `${key} is held by run ${holder}`).join('; '),
      need: 'nobody else at work on it',
      clears: `It is looked at anew when ${holders} ends.`,
      waitFor: held.map(({ key }) => key),
    });
  },
});
