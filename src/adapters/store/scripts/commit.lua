--- uses lib run-doc locks episode incident-record policy incident ending
-- {run, epoch, events, mode: keep|park|end, state, doc, schema, ask?, paused, audit, ms?, busy?, waitFor?, places?, line?, dry, …}; of an end besides:
-- {cover, clears, memory?, cooldownMs, targetCooldownMs, rule, subject, escalation?}

local id = A.run
local run = K(LIVE, 'run', id)
local inbox = K(LIVE, 'run', id, 'inbox')
local f = redis.call('HMGET', run, 'state', 'epoch', 'worker', 'until', 'v', 'slot', 'space', 'woke', 'prio', 'ask')
if not lives(id) or tonumber(f[2]) ~= A.epoch or f[3] == '' then
  return { 'lost' }
end
local events = redis.call('LLEN', inbox)

local function again(version)
  return { 'again', version, events, redis.call('LRANGE', inbox, A.events, -1), now }
end

local function write()
  return writeRun(id, f[1], f[10])
end

-- What it waits for, {space, name, max?}: locks, or places to act, or else that in front of which `begin` put it.
local function wanted()
  local space, names = A.dry and DRY or LIVE, {}
  for _, lock in ipairs(A.busy and A.waitFor or {}) do
    names[#names + 1] = { space, lock }
  end
  for _, place in ipairs(A.busy and A.places or {}) do
    names[#names + 1] = { space, place.key, place.max }
  end
  if A.busy and #names == 0 then
    for _, member in ipairs(redis.call('SMEMBERS', K(LIVE, 'run', id, 'waits'))) do
      names[#names + 1] = { untwin(member) }
    end
  end
  return names
end

-- It stands in the queues of those that are taken, or of all where it only lines up, and is due at once when none is. When it waits for something else it leaves the queues,
-- and passes on the wake-up that it may have been given.
local function queue(woken)
  local score, names, staying = rank(tonumber(f[9]), id), wanted(), {}
  for _, one in ipairs(names) do
    local space, name, max = one[1], one[2], one[3]
    local taken = max and (A.line or crowded(space, { key = name, max = max }, id, score)) or not isLimit(name) and holder(space, name, id)
    if taken then
      standInQueue(space, name, id, score, max)
      staying[twin(space, name)] = true
    end
  end
  leaveQueues(id, woken, staying)
  return #names > 0 and not next(staying)
end

-- What it took for effects that did not happen stands in nobody's way while it waits. Any other effect keeps its locks to the end.
local function releaseUnused(woken)
  if redis.call('EXISTS', run .. ':locks', run .. ':places') > 0 and not rungOf(run, USED) then
    releaseLocks(id, woken)
  end
end

local function park()
  local version, woken = write(), {}
  releaseUnused(woken)
  local free = queue(woken)
  if free then
    redis.call('HSET', run, 'unblocked', '1')
  end
  local changed = events ~= A.events
  local due = (changed or free or f[8]) and now or now + A.ms
  redis.call('HSET', run, 'worker', '', 'until', 0)
  redis.call('ZADD', K(LIVE, 'due'), due, id)
  if changed then
    return again(version)
  end
  return { 'ok', version, due - now, events, woken, '' }
end

local function keep()
  local version = write()
  local leaseEnd = math.max(tonumber(f[4]), now + T.leaseMs)
  redis.call('HSET', run, 'until', leaseEnd)
  redis.call('ZADD', K(LIVE, 'due'), leaseEnd, id)
  if events ~= A.events then
    return again(version)
  end
  return { 'ok', version, leaseEnd - now, events, {}, '' }
end

local function finished()
  local version = write()
  local space = A.dry and DRY or LIVE
  leaveBehind(id, space, A)
  local incident = A.escalation and space == LIVE and escalate(withTexts(A.escalation), f[6])
  local woken = endRun(id, f[6], f[7], A.cover, incident)
  if A.clears and f[7] == LIVE then
    clearSlot(f[6])
  end
  return { 'ok', version, 0, events, woken, incident or '' }
end

if A.mode == 'end' then
  -- An end would leave what came in meanwhile to nobody.
  if events ~= A.events then
    return again(tonumber(f[5]))
  end
  return finished()
end
return A.mode == 'park' and park() or keep()
