--- uses lib
-- {scope, by}. Whoever is held by a brake decides again, one after the other: what one begins, the next one sees. One that was over by itself is
-- none, and what it held looks again by itself.
local brake = redis.call('HGET', K(LIVE, 'brake'), A.scope)
redis.call('HDEL', K(LIVE, 'brake'), A.scope)
if not brake or not stands(brake) then
  return 0
end
audit('brake-lifted', nil, cjson.encode({ scope = A.scope, by = A.by }))
for i, id in ipairs(redis.call('SMEMBERS', K(LIVE, 'paused'))) do
  if unblock(id) then
    redis.call('ZADD', K(LIVE, 'due'), now + (i - 1) * L.paceMs, id)
  end
end
return 1
