-- Locks and their queues. A lock whose holder ended is free; a queue may name runs that ended.
-- A limit on how many runs act at once (`in-flight:<scope>`) is a lock with several holders, and its queue has an order: who comes before others
-- that wait takes no place that is theirs.

local function holder(space, lock, id)
  local other = redis.call('GET', K(space, 'lock', lock))
  if other and other ~= id and lives(other) then
    return other
  end
end

local function takeLock(space, lock, id)
  redis.call('SET', K(space, 'lock', lock), id)
  redis.call('SADD', K(LIVE, 'run', id, 'locks'), twin(space, lock))
end

local function isLimit(name)
  return string.sub(name, 1, 10) == 'in-flight:'
end

-- Runs that act under the limit, this one left out.
local function actingUnder(space, limit, id)
  local count = 0
  for _, other in ipairs(redis.call('SMEMBERS', K(space, 'acting', limit))) do
    if other ~= id and lives(other) then
      count = count + 1
    end
  end
  return count
end

-- Priority, then age: run ids count up in the order in which runs were accepted, which may be many in one millisecond.
local function rank(priority, id)
  return priority * 1e13 + tonumber(string.sub(id, 3), 16)
end

-- Live runs that stand before this rank in the queue; at most so many are looked at.
local function aheadOf(space, name, score, most)
  local count = 0
  for _, other in ipairs(redis.call('ZRANGE', K(space, 'wait', name), '-inf', '(' .. string.format('%.0f', score), 'BYSCORE', 'LIMIT', 0, most)) do
    if lives(other) then
      count = count + 1
    end
  end
  return count
end

-- place = {key, max}; without a max there is always room, but who acts is counted all the same.
local function crowded(space, place, id, score)
  if not place.max then
    return false
  end
  local left = place.max - actingUnder(space, place.key, id)
  return left <= 0 or aheadOf(space, place.key, score, left) >= left
end

-- Of a limit the queue keeps the maximum that was last asked for: it tells how many are woken.
local function standInQueue(space, name, id, score, max)
  redis.call('ZADD', K(space, 'wait', name), score, id)
  redis.call('SADD', K(LIVE, 'run', id, 'waits'), twin(space, name))
  if max then
    redis.call('HSET', K(LIVE, 'limits'), twin(space, name), max)
  end
end

local function openings(space, name)
  if isLimit(name) then
    return tonumber(redis.call('HGET', K(LIVE, 'limits'), twin(space, name)) or 1) - actingUnder(space, name, '')
  end
  return holder(space, name, '') and 0 or 1
end

-- Wakes the first in the queue that live, one for each opening. They stay in the queue until they take it, end or wait for something else.
local function wakeFirst(space, name, woken)
  local queue, left, at = K(space, 'wait', name), openings(space, name), 0
  while left > 0 do
    local first = redis.call('ZRANGE', queue, at, at)[1]
    if not first then
      return
    end
    if lives(first) then
      if unblock(first) then
        woken[#woken + 1] = hint(first)
      end
      at, left = at + 1, left - 1
    else
      redis.call('ZREM', queue, first)
    end
  end
end

-- Whoever leaves a queue passes on the wake-up that it may have been given. Those in `staying` (twins) are not left.
local function leaveQueues(id, woken, staying)
  local waits = K(LIVE, 'run', id, 'waits')
  for _, member in ipairs(redis.call('SMEMBERS', waits)) do
    if not (staying and staying[member]) then
      local space, name = untwin(member)
      redis.call('SREM', waits, member)
      if redis.call('ZREM', K(space, 'wait', name), id) == 1 then
        wakeFirst(space, name, woken)
      end
    end
  end
end

local function takePlace(space, limit, id)
  redis.call('SADD', K(space, 'acting', limit), id)
  redis.call('SADD', K(LIVE, 'run', id, 'places'), twin(space, limit))
end

local function acts(id)
  return redis.call('EXISTS', K(LIVE, 'run', id, 'places')) == 1
end

-- Locks and places.
local function releaseLocks(id, woken)
  local locks, places = K(LIVE, 'run', id, 'locks'), K(LIVE, 'run', id, 'places')
  for _, member in ipairs(redis.call('SMEMBERS', locks)) do
    local space, lock = untwin(member)
    if redis.call('GET', K(space, 'lock', lock)) == id then
      redis.call('DEL', K(space, 'lock', lock))
      redis.call('SET', K(space, 'rel', lock), now, 'PX', L.releaseMs)
      wakeFirst(space, lock, woken)
    end
  end
  for _, member in ipairs(redis.call('SMEMBERS', places)) do
    local space, limit = untwin(member)
    redis.call('SREM', K(space, 'acting', limit), id)
    wakeFirst(space, limit, woken)
  end
  redis.call('DEL', locks, places)
end
