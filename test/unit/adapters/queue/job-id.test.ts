import { expect, test } from 'vitest';
import { parseId, sweepId, timerId, wakeId } from '../../../../src/adapters/queue/job-id.ts';

const hint = { run: 'r-1f', version: 12, events: 3, priority: 2 };

test('every id leads back to its run and version', () => {
  for (const id of [wakeId(hint), timerId(hint), sweepId(hint, 'k3')]) expect(parseId(id)).toEqual({ run: 'r-1f', version: 12 });
});

test('a wake-up, a timer and a sweep of one version never share an id', () => {
  const ids = [wakeId(hint), wakeId({ ...hint, events: 4 }), timerId(hint), sweepId(hint, 'a'), sweepId(hint, 'b')];
  expect(new Set(ids).size).toBe(ids.length);
});

test.each(['', '17', 'r-1f', 'r-xyz.1.1', 'x.r-1f.1.1', 'r-1f.1'])('"%s" is none of ours', (id) => {
  expect(parseId(id)).toBeNull();
});

test.each(['', 'r-', 'r-1:2', 'R-1', 'r-1.2'])('a run called "%s" gets no id', (run) => {
  expect(() => wakeId({ ...hint, run })).toThrow('not a run id');
});
