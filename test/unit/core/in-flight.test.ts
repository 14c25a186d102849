import { expect, test } from 'vitest';
import { NO_MAX_IN_FLIGHT, placesOf } from '../../../src/core/in-flight.ts';
import { sampleRun } from '../../support/sample.ts';

test('a run counts for its installation, its cluster and its rule', () => {
  expect(placesOf(sampleRun(), { installation: 5, cluster: 3 }, 1)).toEqual([
    { key: 'in-flight:installation', max: 5 },
    { key: 'in-flight:cluster:main', max: 3 },
    { key: 'in-flight:rule:archivechain-node-down', max: 1 },
  ]);
});

test('without a maximum too', () => {
  expect(placesOf(sampleRun(), NO_MAX_IN_FLIGHT, null).map(({ max }) => max)).toEqual([null, null, null]);
});
