import { describe, expect, test } from 'vitest';
import { nextEpisode, type Episode, type Observation } from '../../support/tables/episode.ts';

/** Firing since 100, first seen at 1,000. */
const firing: Episode = {
  status: 'firing',
  startsAt: 100,
  newest: 100,
  endsAt: null,
  gen: 1,
  genAt: 1_000,
  lastSeen: 1_000,
  verified: false,
};
const resolved: Episode = { ...firing, status: 'resolved', endsAt: 200 };
const stale: Episode = { ...firing, status: 'stale' };
const verified: Episode = { ...firing, status: 'resolved', endsAt: 100, verified: true };

const fires = (startsAt: number): Observation => ({ kind: 'firing', startsAt });
const ends = (endsAt: number): Observation => ({ kind: 'resolved', endsAt });

/** One row for each cell of the table in docs/protocol.md. */
const table: readonly [cell: string, before: Episode | null, observation: Observation, change: string, after: Partial<Episode> | null][] = [
  ['none, firing: generation 1', null, fires(100), 'new', { gen: 1, startsAt: 100, endsAt: null, genAt: 2_000 }],
  ['none, resolved: ignored', null, ends(100), 'unknown', null],
  ['none, silent: nothing', null, { kind: 'silent' }, 'same', null],
  ['none, verified: nothing', null, { kind: 'verified' }, 'same', null],
  ['firing, the same start: the same, seen now', firing, fires(100), 'same', { gen: 1, lastSeen: 2_000, genAt: 1_000 }],
  ['firing, an earlier start: the same, its start moves back', firing, fires(90), 'same', { gen: 1, startsAt: 90, newest: 100 }],
  ['firing, a later start: a new generation', firing, fires(101), 'generation', { gen: 2, startsAt: 101, newest: 101, genAt: 2_000 }],
  ['firing, an end after the start: resolved', firing, ends(150), 'resolved', { status: 'resolved', endsAt: 150, lastSeen: 1_000 }],
  ['firing, an end at the start: resolved', firing, ends(100), 'resolved', { status: 'resolved', endsAt: 100 }],
  ['firing, an end before the start: late, ignored', firing, ends(99), 'late', firing],
  ['firing, silent: stale', firing, { kind: 'silent' }, 'stale', { status: 'stale' }],
  ['firing, verified: resolved, its end is its newest start', firing, { kind: 'verified' }, 'resolved', verified],
  ['firing, asked and not firing: resolved', firing, { kind: 'asked', firing: false }, 'resolved', { status: 'resolved', endsAt: 100 }],
  ['firing, asked and firing: the same', firing, { kind: 'asked', firing: true }, 'same', firing],
  ['resolved, a start after the end: a new generation', resolved, fires(201), 'generation', { gen: 2, startsAt: 201, endsAt: 200 }],
  ['resolved, a start at the end: re-opened', resolved, fires(200), 'reopened', { status: 'firing', gen: 1, startsAt: 100, newest: 200 }],
  ['resolved, the same start: re-opened', resolved, fires(100), 'reopened', { status: 'firing', gen: 1, genAt: 1_000, lastSeen: 2_000 }],
  ['resolved, a later end: the end moves on', resolved, ends(300), 'same', { endsAt: 300 }],
  ['resolved, an earlier end: the end stays', resolved, ends(150), 'same', { endsAt: 200 }],
  ['resolved, an end before the start: late', resolved, ends(50), 'late', resolved],
  ['resolved, silent: nothing', resolved, { kind: 'silent' }, 'same', resolved],
  ['resolved, forgotten', resolved, { kind: 'forgotten' }, 'forgotten', null],
  ['firing is never forgotten', firing, { kind: 'forgotten' }, 'same', firing],
  ['verified, a repeat: re-opened', verified, fires(100), 'reopened', { status: 'firing', gen: 1, verified: false }],
  ['verified, a later start: a new generation', verified, fires(101), 'generation', { gen: 2 }],
  ['verified, its resolve is reported: news', verified, ends(150), 'resolved', { status: 'resolved', endsAt: 150, verified: false }],
  ['stale, firing: firing', stale, fires(100), 'reopened', { status: 'firing', lastSeen: 2_000, gen: 1 }],
  ['stale, a later start: a new generation', stale, fires(101), 'generation', { status: 'firing', gen: 2 }],
  ['stale, resolved: resolved', stale, ends(150), 'resolved', { status: 'resolved', endsAt: 150 }],
  ['stale, asked and firing: firing', stale, { kind: 'asked', firing: true }, 'reopened', { status: 'firing', lastSeen: 2_000 }],
  [
    'stale, asked and not: resolved by asking',
    stale,
    { kind: 'asked', firing: false },
    'resolved',
    { status: 'resolved', endsAt: 100, verified: false },
  ],
];

describe('nextEpisode', () => {
  test.each(table)('%s', (_cell, before, observation, change, after) => {
    const step = nextEpisode(before, observation, 2_000);
    expect(step.change).toBe(change);
    if (after === null) expect(step.episode).toBeNull();
    else expect(step.episode).toMatchObject(after);
  });

  test('two sources that disagree about the start by a little are one episode', () => {
    let episode: Episode | null = null;
    const changes = [100, 99, 100, 99, 100].map((startsAt) => {
      const step = nextEpisode(episode, fires(startsAt), 2_000);
      episode = step.episode;
      return step.change;
    });
    expect(changes).toEqual(['new', 'same', 'same', 'same', 'same']);
  });

  test('an end of an earlier generation is kept, and does not end the present one', () => {
    const second = nextEpisode(resolved, fires(300), 2_000).episode;
    expect(nextEpisode(second, ends(250), 3_000)).toEqual({ episode: second, change: 'late' });
  });

  test('a resolved episode without an end counts from its newest start', () => {
    expect(nextEpisode({ ...resolved, endsAt: null }, fires(101), 2_000).change).toBe('generation');
    expect(nextEpisode({ ...resolved, endsAt: null }, ends(101), 2_000).episode?.endsAt).toBe(101);
  });
});
