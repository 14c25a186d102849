-- Stands before `lib` where time is not the server's but the caller's: the last of ARGV, ms. All that depends on time follows it: TIME, what
-- expires, and the ids of a stream.
local clockMs = tonumber(table.remove(ARGV))
local server, expiring = redis, KEYS[1] .. ':virtual:expiring'

-- What expired since is gone before anybody looks.
for _, key in ipairs(server.call('ZRANGEBYSCORE', expiring, '-inf', clockMs)) do
  server.call('DEL', key)
  server.call('ZREM', expiring, key)
end

local function expire(key, ms)
  return server.call('ZADD', expiring, clockMs + ms, key)
end

local inVirtualTime = {
  TIME = function()
    return { string.format('%.0f', math.floor(clockMs / 1000)), string.format('%.0f', clockMs % 1000 * 1000) }
  end,
  PEXPIRE = expire,
  PERSIST = function(key)
    return server.call('ZREM', expiring, key)
  end,
  SET = function(key, value, option, ms)
    local set = server.call('SET', key, value)
    if option == 'PX' then
      expire(key, ms)
    else
      server.call('ZREM', expiring, key)
    end
    return set
  end,
  DEL = function(...)
    server.call('ZREM', expiring, ...)
    return server.call('DEL', ...)
  end,
  XADD = function(key, ...)
    local words = { ... }
    for place, word in ipairs(words) do
      if word == '*' then
        words[place] = string.format('%.0f-%d', clockMs, server.call('INCR', KEYS[1] .. ':virtual:events'))
        break
      end
    end
    return server.call('XADD', key, unpack(words))
  end,
}

local redis = {
  call = function(command, ...)
    return (inVirtualTime[command] or function(...)
      return server.call(command, ...)
    end)(...)
  end,
}
