import { defineGuard, pass, refuse } from './guard.ts';

/** No other run holds an object that the plan touches. `begin` takes the locks; this explains and predicts. */
export const lock = defineGuard({
  name: 'lock',
  phases: ['permit'],
  needs: ['plan', 'history'],
  check(_input, { plan, history }) {
    const held = plan.touches.flatMap((key) => {
      const holder = Object.hasOwn(history.locks, key) ? history.locks[key] : undefined;
      return holder === undefined ? [] : [{ key, holder }];
    });
    if (held.length === 0) return pass(`nobody holds ${plan.touches.join(', ')}`);
    return refuse({
      reason: 'target-busy',
      have: held.map(({ key, holder }) => `${key} is held by run ${holder}`).join('; '),
      need: 'nobody else at work on it',
      clears: `Run ${held.map(({ holder }) => holder).join(', run ')} ends.`,
    });
  },
});
