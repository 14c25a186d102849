--- uses lib
-- {limit}. Runs and incidents whose human is due, pushed on so that no other looks at once.
local found = {}
for _, id in ipairs(redis.call('ZRANGE', K(LIVE, 'pagedue'), '-inf', now, 'BYSCORE', 'LIMIT', 0, A.limit)) do
  local run = string.sub(id, 1, 2) == 'r-'
  if run and not lives(id) then
    redis.call('ZREM', K(LIVE, 'pagedue'), id)
  else
    redis.call('ZADD', K(LIVE, 'pagedue'), now + L.pagePushMs, id)
    found[#found + 1] = { run and 'run' or 'incident', id }
  end
end
return found
