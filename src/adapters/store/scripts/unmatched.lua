-- Alerts that fire and that no rule takes, for a rule that may come: as many as `L.unmatched`, each for as long as an alert may be silent.
-- `unmatched` holds when each was last reported.

-- What is over, or was taken, leaves at the end of the script: one that begins by taking away would be let on where the store is full.
local noted, gone = false, {}

local function noteUnmatched(alert)
  local key = K(LIVE, 'unmatched', alert.f)
  redis.call('HSET', key, 'start', alert.start, 'labels', ARGV[alert.labels], 'annotations', ARGV[alert.annotations])
  redis.call('PEXPIRE', key, T.staleAfterMs)
  redis.call('ZADD', K(LIVE, 'unmatched'), NOW, alert.f)
  noted, gone[alert.f] = true, nil
end

local function unmatchedStart(fingerprint)
  local start = redis.call('HGET', K(LIVE, 'unmatched', fingerprint), 'start')
  return start and tonumber(start) or nil
end

local function forgetUnmatched()
  if noted then
    redis.call('ZREMRANGEBYSCORE', K(LIVE, 'unmatched'), '-inf', now - T.staleAfterMs)
    local over = redis.call('ZCARD', K(LIVE, 'unmatched')) - L.unmatched
    for _, fingerprint in ipairs(over > 0 and redis.call('ZRANGE', K(LIVE, 'unmatched'), 0, over - 1) or {}) do
      gone[fingerprint] = true
    end
  end
  for fingerprint in pairs(gone) do
    if redis.call('ZREM', K(LIVE, 'unmatched'), fingerprint) == 1 then
      redis.call('DEL', K(LIVE, 'unmatched', fingerprint))
    end
  end
end
