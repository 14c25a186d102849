--- uses lib
-- {worker}. The next message due; one that follows another to the same receiver waits for it.
for _, id in ipairs(redis.call('ZRANGE', K(LIVE, 'msgdue'), '-inf', now, 'BYSCORE', 'LIMIT', 0, L.deliveries)) do
  local message = K(LIVE, 'msg', id)
  local f = redis.call('HMGET', message, 'receiver', 'event', 'incident', 'priority', 'report', 'attempts', 'createdAt', 'before')
  local before = f[8] and f[8] ~= '' and redis.call('HGET', K(LIVE, 'msg', f[8]), 'state')
  if not f[1] then
    redis.call('ZREM', K(LIVE, 'msgdue'), id)
  elseif before == 'queued' then
    redis.call('ZADD', K(LIVE, 'msgdue'), now + T.deliverBackoffMs, id)
  else
    local leaseEnd = now + T.deliverMs + T.leaseMarginMs
    local attempts = redis.call('HINCRBY', message, 'attempts', 1)
    redis.call('HSET', message, 'worker', A.worker, 'until', leaseEnd)
    redis.call('ZADD', K(LIVE, 'msgdue'), leaseEnd, id)
    redis.call('SADD', K(LIVE, 'inc', f[3], 'told'), f[1])
    return { id, f[1], f[2], f[3], f[4], f[5], attempts, tonumber(f[7]) }
  end
end
return {}
