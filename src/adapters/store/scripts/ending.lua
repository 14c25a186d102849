-- The end of a run, by its worker or by a script.

-- Of the episodes that fire in the slot of a run that found them gone: resolved, though nobody told so yet. One that still fires in another
-- slot only leaves this one.
local function endEpisodes(slot, change)
  for _, fingerprint in ipairs(redis.call('SMEMBERS', K(LIVE, 'firing', slot))) do
    redis.call('SREM', K(LIVE, 'firing', slot), fingerprint)
    local episode = readEpisode(fingerprint)
    local elsewhere = false
    for _, other in ipairs(episode and slotsOf(episode) or {}) do
      elsewhere = elsewhere or redis.call('SISMEMBER', K(LIVE, 'firing', other[1]), fingerprint) == 1
    end
    if episode and elsewhere then
      -- Its next repeat enters this slot again.
      redis.call('HSET', K(LIVE, 'ep', fingerprint), 'left', '1')
    elseif episode and episode.status ~= 'resolved' then
      foundResolved(episode, true)
      writeEpisode(fingerprint, episode)
      redis.call('ZREM', K(LIVE, 'episodes'), fingerprint)
      audit('episode', nil, cjson.encode({ fingerprint = fingerprint, change = change, gen = episode.gen }))
    end
  end
end

-- The highest rung of the run's effects that are in one of these states; nil = there is none.
local OPEN, USED = { intent = true }, { intent = true, done = true }
local function rungOf(run, states)
  local rung
  local fx = redis.call('HGETALL', run .. ':fx')
  for i = 1, #fx, 2 do
    if states[cjson.decode(fx[i + 1]).s] then
      rung = math.max(rung or 0, tonumber(string.match(fx[i], '^%d+')))
    end
  end
  return rung
end

local function coolDown(space, key, ms)
  if ms > 0 then
    redis.call('SET', K(space, 'cool', key), now + ms, 'PX', ms)
  end
end

-- What later runs of the same rule on the same subject learn: where the ladder stands, and which runs did not help.
local function remember(id, space, rule, subject, memory)
  local key = K(space, 'subject', rule, subject)
  redis.call('HSET', key, 'rung', memory.rung, 'outcome', memory.outcome, 'acted', memory.acted and '1' or '0', 'endedAt', now)
  if memory.ineffective then
    redis.call('RPUSH', key .. ':ineffective', cjson.encode({ run = id, at = now }))
    redis.call('LTRIM', key .. ':ineffective', -L.ineffective, -1)
    redis.call('PEXPIRE', key .. ':ineffective', memory.keepMs)
  end
  redis.call('PEXPIRE', key, memory.keepMs)
end

-- Memory and cooldowns of a run that ends: {rule, subject, memory?, cooldownMs, targetCooldownMs}.
local function leaveBehind(id, space, left)
  if left.memory then
    remember(id, space, left.rule, left.subject, left.memory)
    coolDown(space, left.rule .. ':' .. left.subject, left.cooldownMs)
  end
  coolDown(space, 't:' .. left.subject, left.targetCooldownMs)
end

-- Takes the run out of everything that others could meet it in. The caller has written its last state. `cover` says what its end means for
-- alerts that were last told firing: succeeded, resolved, observed, human, incident or none. Answers the hints of the runs that its locks held up.
local function endRun(id, slot, space, cover, incident)
  local woken = {}
  local run = K(LIVE, 'run', id)
  redis.call('ZREM', K(LIVE, 'due'), id)
  redis.call('ZREM', K(LIVE, 'pagedue'), id)
  redis.call('SREM', K(LIVE, 'paused'), id)
  leaveQueues(id, woken)
  releaseLocks(id, woken)
  if redis.call('HGET', K(space, 'active'), slot) == id then
    redis.call('HDEL', K(space, 'active'), slot)
  end
  local left = K(space, 'slot', slot)
  redis.call('HSET', left, 'kind', cover, 'at', now, 'run', id)
  if incident then
    redis.call('HSET', left, 'incident', incident)
  end
  redis.call('PEXPIRE', left, T.retainMs)
  if space == LIVE and (cover == 'succeeded' or cover == 'resolved') then
    endEpisodes(slot, cover == 'succeeded' and 'verified' or 'resolved')
  end
  redis.call('HSET', run, 'worker', '', 'until', 0, 'endedAt', now, 'events', redis.call('LLEN', run .. ':inbox'))
  redis.call('DEL', run .. ':inbox')
  -- Only an effect given up as not done can still make a script speak for the run; only an open one can still be asked for its plan.
  if redis.call('HEXISTS', run, 'abandoned') == 0 then
    redis.call('HDEL', run, 'crash', 'crashPolicy', 'crashReport')
  end
  redis.call('HDEL', run, 'leaves')
  if not rungOf(run, OPEN) then
    redis.call('DEL', run .. ':plans', run .. ':results')
  end
  for _, part in ipairs({ '', ':fx', ':plans', ':results', ':events' }) do
    redis.call('PEXPIRE', run .. part, T.retainMs)
  end
  return woken
end
