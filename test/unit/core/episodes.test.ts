import { expect, test } from 'vitest';
import type { Priority } from '../../../src/core/edition.ts';
import { allResolved, attach, markResolved } from '../../../src/core/episodes.ts';
import { NOON, sampleRun } from '../../support/sample.ts';

const run = sampleRun();
const started = NOON - 60_000;
const episode = (fingerprint: string, change: 'new' | 'refire' | 'repeat', startsAt: number) =>
  ({ kind: 'episode', fingerprint, startsAt, at: NOON + 5, change }) as const;
const resolved = (fingerprint: string) => ({ kind: 'resolved', fingerprint, at: NOON + 9 }) as const;

test('an alert of the same target joins the run', () => {
  expect(attach(run, episode('beef', 'new', NOON)).episodes).toEqual({
    f00dfeed: { status: 'firing', startsAt: started, lastSeen: NOON },
    beef: { status: 'firing', startsAt: NOON, lastSeen: NOON + 5 },
  });
});

test('and makes it more urgent where it is of higher priority, never less', () => {
  const joined = (priority: Priority) => attach(run, { ...episode('beef', 'new', NOON), priority }).priority;
  expect(run.priority).toBe('P1');
  expect([joined('P0'), joined('P1'), joined('P3')]).toEqual(['P0', 'P1', 'P1']);
});

test('a repeat is heard of, and may only move the start back', () => {
  expect(attach(run, episode('f00dfeed', 'repeat', started + 10)).episodes['f00dfeed']).toEqual({
    status: 'firing',
    startsAt: started,
    lastSeen: NOON + 5,
  });
  expect(attach(run, episode('f00dfeed', 'repeat', started - 10)).episodes['f00dfeed']?.startsAt).toBe(started - 10);
  expect(attach(run, episode('beef', 'repeat', NOON)).episodes['beef']?.startsAt).toBe(NOON);
});

test('a resolved alert that fires again fires since its new start', () => {
  const again = attach(markResolved(run, resolved('f00dfeed')), episode('f00dfeed', 'refire', NOON));
  expect(again.episodes['f00dfeed']).toEqual({ status: 'firing', startsAt: NOON, lastSeen: NOON + 5 });
});

test('a resolve ends its own episode and no other', () => {
  const both = attach(run, episode('beef', 'new', NOON));
  const one = markResolved(both, resolved('f00dfeed'));
  expect(one.episodes['f00dfeed']).toEqual({ status: 'resolved', startsAt: started, lastSeen: NOON + 9 });
  expect(allResolved(one)).toBe(false);
  expect(allResolved(markResolved(one, resolved('beef')))).toBe(true);
});

test('a resolve of an alert that never joined changes nothing', () => {
  expect(markResolved(run, resolved('beef'))).toBe(run);
});

test('a run that no alert started is never resolved by alerts', () => {
  expect(allResolved(sampleRun({ episodes: {} }))).toBe(false);
});
