--- uses lib
-- {scope, by}. Whoever is held by a brake decides again, one after the other: what one begins, the next one sees.
if redis.call('HDEL', K(LIVE, 'brake'), A.scope) == 0 then
  return 0
end
audit('brake-lifted', nil, cjson.encode({ scope = A.scope, by = A.by }))
for i, id in ipairs(redis.call('SMEMBERS', K(LIVE, 'paused'))) do
  if unblock(id) then
    redis.call('ZADD', K(LIVE, 'due'), now + (i - 1) * L.paceMs, id)
  end
end
return 1
