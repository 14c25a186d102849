-- How storms begin and end. Whoever meets one that is over ends it: the next alert of its cluster, or the sweep.

local function endStorm(cluster, storm)
  redis.call('HDEL', K(LIVE, 'storms'), cluster)
  audit('storm', nil, cjson.encode({ cluster = cluster, change = 'ended', since = storm.since, targets = storm.targets }))
end

local function endStorms()
  local all = redis.call('HGETALL', K(LIVE, 'storms'))
  for i = 1, #all, 2 do
    local storm = cjson.decode(all[i + 1])
    if storm['until'] <= now then
      endStorm(all[i], storm)
    end
  end
end

-- Targets of the cluster that began to fire just now. policy = {enter, leave, withinMs, cooldownMs}.
local function beganToFire(policy, cluster, targets)
  local key = K(LIVE, 'began', cluster)
  for _, target in ipairs(targets) do
    redis.call('ZADD', key, now, target)
  end
  redis.call('ZREMRANGEBYSCORE', key, '-inf', now - policy.withinMs)
  redis.call('PEXPIRE', key, policy.withinMs)
  local count, storm = redis.call('ZCARD', key), stormOf(cluster)
  if storm and storm['until'] <= now then
    endStorm(cluster, storm)
    storm = nil
  end
  if count <= policy.leave or not storm and count < policy.enter then
    return
  end
  -- Without others, more than `leave` of them have begun lately until this one is out of the window.
  local last = redis.call('ZRANGE', key, policy.leave, policy.leave, 'REV', 'WITHSCORES')
  local till = tonumber(last[2]) + policy.withinMs + policy.cooldownMs
  if not storm then
    storm = { since = now, targets = 0, ['until'] = 0 }
    audit('storm', nil, cjson.encode({ cluster = cluster, change = 'began', targets = count, ['until'] = till }))
  end
  storm['until'], storm.targets = math.max(storm['until'], till), math.max(storm.targets, count)
  redis.call('HSET', K(LIVE, 'storms'), cluster, cjson.encode(storm))
end
