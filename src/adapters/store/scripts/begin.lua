--- uses lib identity run-doc locks budget storm
-- The gate. {run, dry, epoch, state, doc, schema, ask?, paused, audit, events, effect, action, describe, plan, planHash, performMs, factsAt, brakeScopes, cluster?, touches, rule, subject, cost,
-- budgets: [{key, max, perMs}], places: [{key, max?}], keepMs, cooldownMs, targetCooldownMs}. Refuses in this order, or takes all: locks, places, charges, intent,
-- and writes what the run knows by then. A refusal writes nothing: the commit that follows does.

local id = A.run
local run = K(LIVE, 'run', id)
local fx = K(LIVE, 'run', id, 'fx')
local space = A.dry and DRY or LIVE
local f = redis.call('HMGET', run, 'epoch', 'worker', 'until', 'prio', 'state', 'ask')

if not lives(id) or tonumber(f[1]) ~= A.epoch or f[2] == '' then
  return { 'lost' }
end
if redis.call('LLEN', K(LIVE, 'run', id, 'inbox')) ~= A.events then
  return { 'event' }
end
for _, scope in ipairs(A.brakeScopes) do
  local brake = redis.call('HGET', K(LIVE, 'brake'), scope)
  if brake and stands(brake) then
    return { 'paused', brake }
  end
end
local stormy = stormUntil(A.cluster)
if stormy then
  return { 'stormy', stormy }
end
local seen = redis.call('HGET', fx, A.effect)
if seen then
  return { 'seen', seen, redis.call('HGET', K(LIVE, 'run', id, 'plans'), A.effect), redis.call('HGET', K(LIVE, 'run', id, 'results'), A.effect) }
end

-- A dry run changes nothing that could have been forgotten.
local _, holdUntil = checkIdentity()
if holdUntil and not A.dry then
  return { 'forgetful', holdUntil }
end

-- Facts older than the last release of a lock may tell of the world before its holder's effect.
if now - A.factsAt > T.factsMaxAgeMs then
  return { 'old-facts' }
end
for _, lock in ipairs(A.touches) do
  local released = redis.call('GET', K(space, 'rel', lock))
  if released and tonumber(released) >= A.factsAt and redis.call('GET', K(space, 'lock', lock)) ~= id then
    return { 'old-facts' }
  end
end
for _, lock in ipairs(A.touches) do
  local other = holder(space, lock, id)
  if other then
    standInQueue(space, lock, id, rank(tonumber(f[4]), id))
    return { 'held', lock, other }
  end
end
local cooling = 0
for _, key in ipairs({ A.rule .. ':' .. A.subject, 't:' .. A.subject }) do
  cooling = math.max(cooling, tonumber(redis.call('GET', K(space, 'cool', key)) or 0))
end
if cooling > now then
  return { 'cooling', cooling }
end
for _, budget in ipairs(A.budgets) do
  local used, freesAt = roomIn(space, budget, A.cost)
  if used + A.cost > budget.max then
    return { 'spent', budget.key, freesAt or -1 }
  end
end
-- A run that acts already has its place.
local full
for _, place in ipairs(acts(id) and {} or A.places) do
  local score = rank(tonumber(f[4]), id)
  if crowded(space, place, id, score) then
    standInQueue(space, place.key, id, score, place.max)
    full = full or place
  end
end
if full then
  return { 'full', full.key, full.max }
end

for _, lock in ipairs(A.touches) do
  takeLock(space, lock, id)
end
local places = {}
for _, place in ipairs(A.places) do
  takePlace(space, place.key, id)
  places[#places + 1] = place.key
end
leaveQueues(id, {})
-- One member a charge; a key in several budgets is charged once. What no window counts any more is dropped, by the longest window seen.
local charged = {}
for _, budget in ipairs(A.budgets) do
  local window, longest = K(space, 'bud', budget.key), K(space, 'budper', budget.key)
  local keep = math.max(tonumber(redis.call('GET', longest) or 0), budget.perMs)
  redis.call('ZREMRANGEBYSCORE', window, '-inf', now - keep)
  for i = 1, A.cost do
    redis.call('ZADD', window, now, id .. '/' .. A.effect .. '#' .. i)
  end
  redis.call('PEXPIRE', window, keep)
  redis.call('SET', longest, keep, 'PX', keep)
  charged[#charged + 1] = budget.key
end
-- A crash behind the intent finds the step, target and rung that it belongs to.
writeRun(id, f[5], f[6])
local notAfter = now + A.performMs
local leaseEnd = math.max(tonumber(f[3]), notAfter + T.leaseMarginMs)
-- What the end leaves behind, should a script have to end the run.
local leaves = cjson.encode({
  rule = A.rule, subject = A.subject, keepMs = A.keepMs, cooldownMs = A.cooldownMs, targetCooldownMs = A.targetCooldownMs,
})
redis.call('HSET', run, 'until', leaseEnd, 'effectAt', now, 'leaves', leaves)
redis.call('ZADD', K(LIVE, 'due'), leaseEnd, id)
redis.call('HSET', fx, A.effect, cjson.encode({
  s = 'intent', n = redis.call('HLEN', fx), at = now, notAfter = notAfter, epoch = A.epoch, planHash = A.planHash, cost = A.cost, space = space, charged = charged,
  touches = A.touches, places = places,
}))
redis.call('HSET', K(LIVE, 'run', id, 'plans'), A.effect, ARGV[A.plan])
audit('intent', id, cjson.encode({
  effect = A.effect, action = A.action, describe = A.describe, planHash = A.planHash, notAfter = notAfter, dry = A.dry,
}))
return { 'go', notAfter - now, notAfter }
