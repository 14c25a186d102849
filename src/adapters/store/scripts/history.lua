--- uses lib locks budget
-- {run, dry, rule, subject, locks, budgets: [{key, max, perMs}], cost, places: [{key, max?}]}. Reads only.
local space = A.dry and DRY or LIVE

local function cooling(key)
  local till = tonumber(redis.call('GET', K(space, 'cool', key)) or 0)
  return till > now and till or -1
end

local held = {}
for _, lock in ipairs(A.locks) do
  local other = holder(space, lock, A.run)
  if other then
    held[#held + 1] = { lock, other }
  end
end
local used = {}
for i, budget in ipairs(A.budgets) do
  local charges, freesAt = roomIn(space, budget, A.cost)
  used[i] = { charges, freesAt or -1 }
end
-- Of each limit: how many others act, and how many of those who wait come first.
local priority = redis.call('HGET', K(LIVE, 'run', A.run), 'prio')
local score = priority and rank(tonumber(priority), A.run) or math.huge
local flight = { acts(A.run) and 1 or 0 }
for _, place in ipairs(A.places) do
  flight[#flight + 1] = place.max and { actingUnder(space, place.key, A.run), aheadOf(space, place.key, score, place.max) } or { 0, 0 }
end
local key = K(space, 'subject', A.rule, A.subject)
local memory = redis.call('HMGET', key, 'rung', 'outcome', 'acted', 'endedAt')
local ineffective = redis.call('LRANGE', key .. ':ineffective', 0, -1)
local holdUntil = tonumber(redis.call('HGET', K(LIVE, 'identity'), 'holdUntil'))
return { held, cooling(A.rule .. ':' .. A.subject), cooling('t:' .. A.subject), used, memory, ineffective, holdUntil and holdUntil > now and holdUntil or -1, flight }
