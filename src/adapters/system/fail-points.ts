import { FAIL_POINTS, noFailPoints, type FailPoint, type FailPoints } from '../../core/fail-point.ts';

/**
 * Reads `REMEDIAD_FAIL_POINT=<point>:<kill|stop|throw>[:<nth>]`: the nth time (default the first) that this process comes to the point it
 * kills or stops itself, or throws. Only with `REMEDIAD_TEST=1`; set without it, the process refuses to start.
 */
export function failPointsFrom(env: Readonly<Record<string, string | undefined>>): FailPoints {
  const text = env['REMEDIAD_FAIL_POINT'];
  if (text === undefined || text === '') return noFailPoints;
  if (env['REMEDIAD_TEST'] !== '1') throw new Error('REMEDIAD_FAIL_POINT is set: that is for tests, and needs REMEDIAD_TEST=1');
  const [name = '', action = '', nth = '1'] = text.split(':');
  const point = FAIL_POINTS.find((one) => one === name);
  if (point === undefined) throw new Error(`REMEDIAD_FAIL_POINT: there is no fail point ${name}; there are ${FAIL_POINTS.join(', ')}`);
  if (!(action in actions)) throw new Error(`REMEDIAD_FAIL_POINT: ${action} is not kill, stop or throw`);
  return failAt(point, actions[action as keyof typeof actions], Number(nth));
}

const actions = {
  kill: () => process.kill(process.pid, 'SIGKILL'),
  stop: () => process.kill(process.pid, 'SIGSTOP'),
  throw: () => {
    throw new Error('fail point');
  },
};

function failAt(point: FailPoint, act: () => unknown, nth: number): FailPoints {
  let times = 0;
  return async (at) => {
    if (at !== point) return;
    times += 1;
    if (times !== nth) return;
    act();
    // The signal is delivered when the event loop turns: nothing may happen before it.
    await new Promise((resolve) => setTimeout(resolve, 5));
  };
}
