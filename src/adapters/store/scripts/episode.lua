-- The Episode table of docs/protocol.md; test/support/tables/episode.ts is its twin, and a test drives both.
-- Alertmanager's times (start, newest, end) are compared only with each other; genAt is our own, and so is the score in `episodes`, which holds
-- those that fire: when they were last reported.
-- `newest` is the latest start counted as this generation: sources that disagree by a little alternate, and are one episode all the same.

local function readEpisode(fingerprint)
  local f = redis.call('HMGET', K(LIVE, 'ep', fingerprint), 'status', 'start', 'newest', 'end', 'gen', 'genAt', 'verified', 'slots', 'left')
  if not f[1] then
    return nil
  end
  return {
    status = f[1],
    start = tonumber(f[2]),
    newest = tonumber(f[3]),
    end_ = f[4] and tonumber(f[4]) or nil,
    gen = tonumber(f[5]),
    genAt = tonumber(f[6]),
    verified = f[7] == '1',
    slots = f[8],
    left = f[9] == '1',
  }
end

local function newGeneration(episode, start)
  episode.status, episode.start, episode.newest = 'firing', start, start
  episode.gen, episode.genAt, episode.verified = episode.gen + 1, now, false
end

-- Answers what changed: new, generation, reopened or same.
local function seenFiring(episode, start)
  if not episode.status then
    newGeneration(episode, start)
    return 'new'
  end
  if episode.status == 'resolved' and start > episode.end_ or episode.status ~= 'resolved' and start > episode.newest then
    newGeneration(episode, start)
    return 'generation'
  end
  local change = episode.status == 'firing' and 'same' or 'reopened'
  episode.status, episode.verified = 'firing', false
  episode.start, episode.newest = math.min(episode.start, start), math.max(episode.newest, start)
  return change
end

-- Answers resolved, late or same. A resolve after our own verification is news: other runs may still wait for it.
local function seenResolved(episode, end_)
  if end_ < episode.start then
    return 'late'
  end
  if episode.status == 'resolved' then
    local verified = episode.verified
    episode.end_, episode.verified = math.max(episode.end_, end_), false
    return verified and 'resolved' or 'same'
  end
  episode.status, episode.end_ = 'resolved', end_
  return 'resolved'
end

-- Resolved as we found ourselves: nobody told an end, so it is the newest start, and any later one is a new generation.
local function foundResolved(episode, verified)
  episode.status, episode.end_, episode.verified = 'resolved', episode.newest, verified
end

-- The caller keeps `episodes`. Further fields and their values may follow.
local function writeEpisode(fingerprint, episode, ...)
  local key = K(LIVE, 'ep', fingerprint)
  redis.call('HSET', key, 'status', episode.status, 'start', episode.start, 'newest', episode.newest, 'gen', episode.gen,
    'genAt', episode.genAt, 'verified', episode.verified and '1' or '0', ...)
  if episode.end_ then
    redis.call('HSET', key, 'end', episode.end_)
    if episode.status == 'resolved' then
      redis.call('PEXPIRE', key, T.retainMs)
    else
      redis.call('PERSIST', key)
    end
  end
end

-- The slots of an episode: {slot, space, wanted}. A slot that no rule asks for any more is kept while a run of it lives.
local function slotsOf(episode)
  return episode.slots and cjson.decode(episode.slots) or {}
end

local function lastReported(fingerprint)
  return tonumber(redis.call('ZSCORE', K(LIVE, 'episodes'), fingerprint) or 0)
end
