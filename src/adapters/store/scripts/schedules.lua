--- uses lib
-- {schedules: {rule, text}}. What became of the ticks of each so far: up to when they are dealt with, by whichever replica, under whichever
-- text; those before its own text was seen first are none of its ticks.
local from = {}
for i, schedule in ipairs(A.schedules) do
  local key = K(LIVE, 'schedule', schedule[1])
  redis.call('HSETNX', key, 'since:' .. schedule[2], NOW)
  redis.call('PEXPIRE', key, T.retainMs)
  local times = redis.call('HMGET', key, 'tick', 'since:' .. schedule[2])
  from[i] = math.max(tonumber(times[1] or 0), tonumber(times[2]))
end
return { now, from }
