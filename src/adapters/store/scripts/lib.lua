-- What every script shares. KEYS[1] is the hash tag, `{<installation>}`; ARGV[1] is the request as JSON in which what is not given is absent,
-- never null; ARGV[2…] are texts that no script opens, named in the request by their index. T and L, the times and limits, stand above.
local P = KEYS[1]
local A = cjson.decode(ARGV[1])
local TIME = redis.call('TIME')
local now = TIME[1] * 1000 + math.floor(TIME[2] / 1000)
-- The same as text, for scripts that write it often: of a number each command makes the text anew, with all digits of a double.
local NOW = string.format('%.0f', now)

-- The key space is an argument of the key function: a dry run has twins of everything that another run could feel.
local LIVE, DRY = '', 'dry:'
local function K(space, name, part, part2)
  local key = P .. ':' .. space .. name
  if part2 then
    return key .. ':' .. part .. ':' .. part2
  end
  return part and key .. ':' .. part or key
end

local ENDED = { succeeded = true, observed = true, skipped = true, cancelled = true, escalated = true }

local function lives(id)
  local state = redis.call('HGET', K(LIVE, 'run', id), 'state')
  return state ~= false and not ENDED[state]
end

-- cjson knows null as a value of its own, which is true in a condition.
local function given(value)
  if value ~= cjson.null then
    return value
  end
end

local function audit(kind, run, data)
  local id = redis.call('XADD', K(LIVE, 'audit'), 'MAXLEN', '~', L.auditEntries, '*', 'kind', kind, 'run', run or '', 'data', data)
  if run then
    redis.call('RPUSH', K(LIVE, 'run', run, 'events'), id)
  end
end

-- Entries of the caller: {kind, index of the data}.
local function auditAll(run, entries)
  for _, entry in ipairs(entries) do
    audit(entry[1], run, ARGV[entry[2]])
  end
end

local function parked(worker, leaseEnd)
  return not worker or worker == '' or tonumber(leaseEnd) <= now
end

-- Due now. A worker that holds the run learns of it at its next commit: from the longer inbox, or from `woke`.
local function wake(id)
  local run = K(LIVE, 'run', id)
  local held = redis.call('HMGET', run, 'worker', 'until')
  if parked(held[1], held[2]) then
    redis.call('ZADD', K(LIVE, 'due'), now, id)
    return true
  end
  redis.call('HSET', run, 'woke', '1')
  return false
end

-- What held the run is out of its way: whenever it meant to look again, its next claim says so.
local function unblock(id)
  redis.call('HSET', K(LIVE, 'run', id), 'unblocked', '1')
  return wake(id)
end

-- A hint is {run, version, length of the inbox, priority}: 0 is first, for what others wait for; 1–4 for P0–P3.
local FIRST = { reconciling = true, verifying = true }
local function hint(id, first)
  local run = redis.call('HMGET', K(LIVE, 'run', id), 'v', 'prio', 'state')
  local priority = (first or FIRST[run[3]]) and 0 or tonumber(run[2] or 2) + 1
  return { id, tonumber(run[1] or 0), redis.call('LLEN', K(LIVE, 'run', id, 'inbox')), priority }
end

-- Puts an event into the inbox of a live run; true when no worker holds it.
local function tell(id, event)
  redis.call('RPUSH', K(LIVE, 'run', id, 'inbox'), event)
  return wake(id)
end

local function count(state, by)
  redis.call('HINCRBY', K(LIVE, 'states'), state, by)
end

-- In force: not over by itself.
local function stands(brake)
  local till = given(cjson.decode(brake)['until'])
  return not till or till > now
end

-- {space, lock} as one member of a set.
local function twin(space, lock)
  return space .. '|' .. lock
end

local function untwin(member)
  return string.match(member, '^(.-)|(.*)$')
end

local function contains(list, value)
  for _, one in ipairs(list) do
    if one == value then
      return true
    end
  end
  return false
end
