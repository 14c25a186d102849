-- Locks and their queues. A lock whose holder ended is free; a queue may name runs that ended.

local function holder(space, lock, id)
  local other = redis.call('GET', K(space, 'lock', lock))
  if other and other ~= id and lives(other) then
    return other
  end
end

local function standInQueue(space, lock, id, priority, acceptedAt)
  redis.call('ZADD', K(space, 'wait', lock), priority * 1e13 + acceptedAt, id)
  redis.call('SADD', K(LIVE, 'run', id, 'waits'), twin(space, lock))
end

-- Wakes the first in the queue that lives. It stays in the queue until it takes the lock, ends or waits for something else.
local function wakeFirst(space, lock, woken)
  local queue = K(space, 'wait', lock)
  while true do
    local first = redis.call('ZRANGE', queue, 0, 0)[1]
    if not first then
      return
    end
    if lives(first) then
      if unblock(first) then
        woken[#woken + 1] = hint(first)
      end
      return
    end
    redis.call('ZREM', queue, first)
  end
end

-- Whoever leaves a queue passes on the wake-up that it may have been given.
local function leaveQueues(id, woken)
  local waits = K(LIVE, 'run', id, 'waits')
  for _, member in ipairs(redis.call('SMEMBERS', waits)) do
    local space, lock = untwin(member)
    local stood = redis.call('ZREM', K(space, 'wait', lock), id)
    if stood == 1 and not holder(space, lock, '') then
      wakeFirst(space, lock, woken)
    end
  end
  redis.call('DEL', waits)
end

local function releaseLocks(id, woken)
  local locks = K(LIVE, 'run', id, 'locks')
  for _, member in ipairs(redis.call('SMEMBERS', locks)) do
    local space, lock = untwin(member)
    if redis.call('GET', K(space, 'lock', lock)) == id then
      redis.call('DEL', K(space, 'lock', lock))
      redis.call('SET', K(space, 'rel', lock), now, 'PX', L.releaseMs)
      wakeFirst(space, lock, woken)
    end
  end
  redis.call('DEL', locks)
end
