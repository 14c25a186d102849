--- uses lib locks episode incident-record policy incident ending
-- {run, version?, worker}. A run that nobody could commit in ten claims kills its workers: the script ends it, so that a human hears of it.

local id = A.run
local run = K(LIVE, 'run', id)

-- It acted, or may have acted: its end leaves what any other end leaves, as far as `begin` kept it.
local function leaveUnfinished(space, reason)
  local rung, kept = rungOf(run, USED), redis.call('HGET', run, 'leaves')
  if not rung or not kept then
    return
  end
  local left = cjson.decode(kept)
  local acted = space == LIVE
  left.memory = { rung = rung, acted = acted, outcome = reason, ineffective = acted, keepMs = left.keepMs }
  leaveBehind(id, space, left)
end

local function giveUp(state, slot, space, claims, reason)
  local dry = space == DRY
  local ending = { reason = reason, detail = claims .. ' claims without a commit', at = now, would = dry and 'escalate' or nil }
  local last = dry and 'observed' or 'escalated'
  redis.call('HSET', run, 'state', last, 'end', cjson.encode(ending))
  redis.call('HINCRBY', run, 'v', 1)
  count(state, -1)
  audit('ended', id, cjson.encode({ state = last, reason = reason, detail = ending.detail, would = ending.would }))
  local escalation = not dry and storedEscalation(id, reason)
  local incident = escalation and escalate(escalation, slot)
  leaveUnfinished(space, reason)
  endRun(id, slot, space, dry and 'observed' or 'incident', incident)
end

if not lives(id) then
  redis.call('ZREM', K(LIVE, 'due'), id)
  redis.call('ZREM', K(LIVE, 'pagedue'), id)
  return { 'gone' }
end
local f = redis.call('HMGET', run, 'v', 'worker', 'until', 'claims', 'schema', 'slot', 'space', 'state', 'seen', 'unblocked', 'epoch')
if A.version and tonumber(f[1]) ~= A.version then
  return { 'stale' }
end
if not parked(f[2], f[3]) then
  redis.call('ZADD', K(LIVE, 'due'), f[3], id)
  return { 'busy', tonumber(f[3]) - now }
end
if tonumber(f[4] or 0) >= L.claims then
  giveUp(f[8], f[6], f[7], f[4], tonumber(f[5]) > L.runSchema and 'unknown-edition' or 'crash-loop')
  return { 'ended' }
end
local claims = redis.call('HINCRBY', run, 'claims', 1)
local leaseEnd = now + T.leaseMs
redis.call('ZADD', K(LIVE, 'due'), leaseEnd, id)
if tonumber(f[5]) > L.runSchema then
  -- Written by a newer remediad: during a rollout one is there to take it. Nobody comes in ten rounds: it ends as above.
  return { 'busy', T.leaseMs }
end
-- By the clock, so that a store which lost the last claims gives no later one the epoch of theirs.
local epoch = math.max(tonumber(f[11] or 0) + 1, now)
redis.call('HSET', run, 'epoch', epoch, 'worker', A.worker, 'until', leaseEnd)
redis.call('HDEL', run, 'woke', 'unblocked')
return {
  'ok', tonumber(f[1]), epoch, redis.call('LLEN', K(LIVE, 'run', id, 'inbox')), now, redis.call('HMGET', run, 'doc', 'at', 'deadlineMs'),
  redis.call('LRANGE', K(LIVE, 'run', id, 'inbox'), f[9] or 0, -1),
  redis.call('HGETALL', K(LIVE, 'run', id, 'fx')), redis.call('HGETALL', K(LIVE, 'run', id, 'plans')), redis.call('HGETALL', K(LIVE, 'run', id, 'results')),
  f[10] and 1 or 0,
}
