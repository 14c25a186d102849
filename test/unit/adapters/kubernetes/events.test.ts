import { expect, test } from 'vitest';
import { createEvent, Events, eventViews, listEvents } from '../../../../src/adapters/kubernetes/events.ts';

const AT = Date.parse('2026-11-21T20:00:00Z');
const metadata = { name: 'e', creationTimestamp: '2026-11-21T20:00:00Z' };
const views = (items: readonly object[], limit = 50) =>
  eventViews(Events.parse({ items: items.map((item) => ({ metadata, ...item })) }), limit);

test.each([
  [{ firstTimestamp: '2026-11-21T20:00:01Z', lastTimestamp: '2026-11-21T20:00:09Z', count: 4 }, 9_000, 4],
  [{ eventTime: '2026-11-21T20:00:07.123456Z', lastTimestamp: null }, 7_123, 1],
  [{ eventTime: '2026-11-21T20:00:01.000000Z', series: { count: 3, lastObservedTime: '2026-11-21T20:00:08.000000Z' } }, 8_000, 3],
  [{}, 0, 1],
])('an Event was last seen when its writer says so %#', (event, afterMs, count) => {
  expect(views([{ type: 'Warning', reason: 'BackOff', message: 'm', ...event }])).toEqual([
    { at: AT + afterMs, type: 'Warning', reason: 'BackOff', message: 'm', count },
  ]);
});

test('the newest Events are kept, oldest first', () => {
  const at = (second: number) => ({ reason: `r${second}`, lastTimestamp: `2026-11-21T20:00:0${second}Z` });
  expect(views([at(3), at(1), at(2)], 2).map(({ reason }) => reason)).toEqual(['r2', 'r3']);
});

test('Events are asked for by the uid of their object', () => {
  const { path } = listEvents({ kind: 'Pod', namespace: 'chain', name: 'node-1', uid: 'u-1' });
  expect(new URL(path, 'https://api').searchParams.get('fieldSelector')).toBe('involvedObject.name=node-1,involvedObject.uid=u-1');
});

test('an Event that is written names its object, its run and remediad', () => {
  const object = { kind: 'StatefulSet', namespace: 'chain', name: `n${'o'.repeat(240)}de`, uid: 'u-1' };
  const { path, body, run } = createEvent(object, { type: 'Normal', reason: 'Remediated', message: 'm'.repeat(2000), run: 'r-1' }, AT + 5);
  expect(path).toBe('/api/v1/namespaces/chain/events?fieldManager=remediad');
  expect(run).toBe('r-1');
  expect(body).toMatchObject({
    metadata: { namespace: 'chain', annotations: { 'remediad.dev/run': 'r-1' } },
    involvedObject: { apiVersion: 'apps/v1', ...object },
    type: 'Normal',
    reason: 'Remediated',
    source: { component: 'remediad' },
    firstTimestamp: '2026-11-21T20:00:00Z',
    lastTimestamp: '2026-11-21T20:00:00Z',
  });
  const { message, metadata } = body as { message: string; metadata: { generateName: string } };
  expect(message).toHaveLength(1024);
  expect(metadata.generateName.length).toBeLessThan(248);
});
