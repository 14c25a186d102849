--- uses lib storm storming
-- {limit}. Outbox, timers, retries and crash recovery in one: who is due, pushed on so that no other sweeper takes it at once. Drops besides
-- what is older than anybody may ask for, and ends storms.

local found = {}
for _, id in ipairs(redis.call('ZRANGE', K(LIVE, 'due'), '-inf', now, 'BYSCORE', 'LIMIT', 0, A.limit)) do
  if lives(id) then
    redis.call('ZADD', K(LIVE, 'due'), now + T.sweepPushMs, id)
    found[#found + 1] = hint(id)
  else
    redis.call('ZREM', K(LIVE, 'due'), id)
  end
end

endStorms()

local function forget(list, what)
  for _, id in ipairs(redis.call('ZRANGE', K(LIVE, list), '-inf', now - T.retainMs, 'BYSCORE', 'LIMIT', 0, L.forget)) do
    if redis.call('EXISTS', K(LIVE, what, id)) == 0 then
      redis.call('ZREM', K(LIVE, list), id)
    end
  end
end
forget('runs', 'run')
forget('incidents', 'inc')
local brakes = redis.call('HGETALL', K(LIVE, 'brake'))
for i = 1, #brakes, 2 do
  if not stands(brakes[i + 1]) then
    redis.call('HDEL', K(LIVE, 'brake'), brakes[i])
  end
end
redis.call('XTRIM', K(LIVE, 'audit'), 'MINID', '~', math.max(now - L.auditMs, 0) .. '-0', 'LIMIT', 100)
return found
