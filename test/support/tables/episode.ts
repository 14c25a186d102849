/**
 * One continuous firing of an alert, by fingerprint: the Episode table of docs/protocol.md as a pure function. The store's script does the same
 * atomically (scripts/episode.lua); a test drives both. Alertmanager's times are compared only with each other; `genAt` and `lastSeen` are our own.
 */
export interface Episode {
  readonly status: 'firing' | 'resolved' | 'stale';
  /** The earliest start reported for this generation. */
  readonly startsAt: number;
  /**
   * The latest start counted as this generation: sources that disagree by a little alternate, and are one episode all the same. Only a start
   * after it is a new generation.
   */
  readonly newest: number;
  /** The latest end reported, of this generation or an earlier one; null = none yet. */
  readonly endsAt: number | null;
  /** Counts new episodes of the same fingerprint, from 1. */
  readonly gen: number;
  readonly genAt: number;
  readonly lastSeen: number;
  /** Resolved by our own verification: no resolve was reported yet. */
  readonly verified: boolean;
}

export type Observation =
  | { readonly kind: 'firing'; readonly startsAt: number }
  | { readonly kind: 'resolved'; readonly endsAt: number }
  /** A run of the episode succeeded. */
  | { readonly kind: 'verified' }
  /** Nothing was heard for `stale_after`. */
  | { readonly kind: 'silent' }
  /** A source was asked about a silent one. */
  | { readonly kind: 'asked'; readonly firing: boolean }
  /** Kept long enough after its end. */
  | { readonly kind: 'forgotten' };

/** What the observation was: `new` and `generation` start something, `late` and `unknown` are ignored. */
export type EpisodeChange = 'new' | 'generation' | 'reopened' | 'same' | 'resolved' | 'late' | 'unknown' | 'stale' | 'forgotten';

export interface EpisodeStep {
  readonly episode: Episode | null;
  readonly change: EpisodeChange;
}

export function nextEpisode(episode: Episode | null, observation: Observation, now: number): EpisodeStep {
  switch (observation.kind) {
    case 'firing':
      return episode === null ? generation(null, observation.startsAt, now) : firing(episode, observation.startsAt, now);
    case 'resolved':
      return episode === null ? { episode, change: 'unknown' } : resolved(episode, observation.endsAt);
    case 'verified':
      return found(episode, true);
    case 'silent':
      return episode?.status === 'firing' ? { episode: { ...episode, status: 'stale' }, change: 'stale' } : { episode, change: 'same' };
    case 'asked':
      return observation.firing ? heard(episode, now) : found(episode, false);
    case 'forgotten':
      return episode?.status === 'resolved' ? { episode: null, change: 'forgotten' } : { episode, change: 'same' };
  }
}

function heard(episode: Episode | null, now: number): EpisodeStep {
  if (episode?.status !== 'stale') return { episode, change: 'same' };
  return { episode: { ...episode, status: 'firing', lastSeen: now }, change: 'reopened' };
}

function generation(before: Episode | null, startsAt: number, now: number): EpisodeStep {
  const gen = (before?.gen ?? 0) + 1;
  const endsAt = before?.endsAt ?? null;
  return {
    episode: { status: 'firing', startsAt, newest: startsAt, endsAt, gen, genAt: now, lastSeen: now, verified: false },
    change: before === null ? 'new' : 'generation',
  };
}

function firing(episode: Episode, startsAt: number, now: number): EpisodeStep {
  const last = episode.status === 'resolved' ? (episode.endsAt ?? episode.newest) : episode.newest;
  if (startsAt > last) return generation(episode, startsAt, now);
  const next: Episode = {
    ...episode,
    status: 'firing',
    startsAt: Math.min(episode.startsAt, startsAt),
    newest: Math.max(episode.newest, startsAt),
    lastSeen: now,
    verified: false,
  };
  return { episode: next, change: episode.status === 'firing' ? 'same' : 'reopened' };
}

function resolved(episode: Episode, endsAt: number): EpisodeStep {
  if (endsAt < episode.startsAt) return { episode, change: 'late' };
  if (episode.status !== 'resolved') return { episode: { ...episode, status: 'resolved', endsAt }, change: 'resolved' };
  // After our own verification the reported resolve is news: other runs may still wait for it.
  const end = Math.max(episode.endsAt ?? endsAt, endsAt);
  return { episode: { ...episode, endsAt: end, verified: false }, change: episode.verified ? 'resolved' : 'same' };
}

/** Found resolved by ourselves: nobody told an end, so it is the newest start, and any later one is a new generation. */
function found(episode: Episode | null, verified: boolean): EpisodeStep {
  if (episode === null || episode.status === 'resolved') return { episode, change: 'same' };
  return { episode: { ...episode, status: 'resolved', endsAt: episode.newest, verified }, change: 'resolved' };
}
