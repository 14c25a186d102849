--- uses lib
-- The daemon before this one is known to be dead: whatever it held is due at once.
local voided = 0
for _, id in ipairs(redis.call('ZRANGE', K(LIVE, 'due'), 0, -1)) do
  local run = K(LIVE, 'run', id)
  if (redis.call('HGET', run, 'worker') or '') ~= '' then
    redis.call('HSET', run, 'worker', '', 'until', 0)
    redis.call('ZADD', K(LIVE, 'due'), now, id)
    voided = voided + 1
  end
end
for _, id in ipairs(redis.call('ZRANGE', K(LIVE, 'msgdue'), 0, -1)) do
  if (tonumber(redis.call('HGET', K(LIVE, 'msg', id), 'until')) or 0) > now then
    redis.call('HDEL', K(LIVE, 'msg', id), 'until')
    redis.call('ZADD', K(LIVE, 'msgdue'), now, id)
  end
end
return voided
