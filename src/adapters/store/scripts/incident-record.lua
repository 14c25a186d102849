-- An incident as scripts see it, and the messages about it.

local NUMBERS = { 'openedAt', 'changedAt', 'step', 'repeats', 'clearSince', 'snoozedUntil' }

local function readIncident(id)
  local f = redis.call('HMGET', K(LIVE, 'inc', id), 'state', 'priority', 'policy', 'key', unpack(NUMBERS))
  if not f[1] then
    return nil
  end
  local incident = { id = id, state = f[1], priority = f[2], policyText = f[3], key = f[4] }
  for i, name in ipairs(NUMBERS) do
    incident[name] = tonumber(f[4 + i])
  end
  return incident
end

local function policyOf(incident)
  incident.policy = incident.policy or cjson.decode(incident.policyText)
  return incident.policy
end

-- An empty text stands for null.
local function writeIncident(incident)
  local key = K(LIVE, 'inc', incident.id)
  redis.call('HSET', key, 'state', incident.state, 'priority', incident.priority, 'openedAt', incident.openedAt, 'changedAt', incident.changedAt,
    'step', incident.step, 'repeats', incident.repeats, 'clearSince', incident.clearSince or '', 'snoozedUntil', incident.snoozedUntil or '',
    'acknowledgedBy', incident.state == 'acknowledged' and incident.acknowledgedBy or redis.call('HGET', key, 'acknowledgedBy') or '')
end

local function changed(incident, what, fields)
  local data = fields or {}
  data.incident, data.change = incident.id, what
  audit('incident-changed', nil, cjson.encode(data))
end

-- One receiver gets the messages of one incident in order: each names the one before it.
local function send(incident, event, receivers, delay)
  for _, receiver in ipairs(receivers) do
    local id = string.format('m-%x', redis.call('INCR', K(LIVE, 'seq', 'message')))
    local last = K(LIVE, 'inc', incident.id, 'last')
    redis.call('HSET', K(LIVE, 'msg', id), 'receiver', receiver, 'event', event, 'incident', incident.id, 'priority', incident.priority,
      'report', redis.call('HGET', K(LIVE, 'inc', incident.id), 'report'), 'attempts', 0, 'createdAt', now, 'state', 'queued',
      'before', redis.call('HGET', last, receiver) or '')
    redis.call('HSET', last, receiver, id)
    redis.call('ZADD', K(LIVE, 'msgdue'), now + delay, id)
    redis.call('RPUSH', K(LIVE, 'inc', incident.id, 'messages'), id)
    audit('message', nil, cjson.encode({ message = id, incident = incident.id, receiver = receiver, event = event, change = 'queued' }))
  end
end

-- Whoever may have heard of the incident. What was queued and never tried is taken back instead.
local function told(incident)
  local receivers = {}
  local last = redis.call('HGETALL', K(LIVE, 'inc', incident.id, 'last'))
  for i = 1, #last, 2 do
    if redis.call('SISMEMBER', K(LIVE, 'inc', incident.id, 'told'), last[i]) == 1 then
      receivers[#receivers + 1] = last[i]
    end
  end
  table.sort(receivers)
  return receivers
end

local function drop(id)
  redis.call('ZREM', K(LIVE, 'msgdue'), id)
  redis.call('SREM', K(LIVE, 'msglost'), id)
  redis.call('HSET', K(LIVE, 'msg', id), 'state', 'dropped')
  redis.call('PEXPIRE', K(LIVE, 'msg', id), T.retainMs)
end

local function takeBackTriggers(incident)
  for _, id in ipairs(redis.call('LRANGE', K(LIVE, 'inc', incident.id, 'messages'), 0, -1)) do
    local message = redis.call('HMGET', K(LIVE, 'msg', id), 'state', 'event', 'until')
    local inFlight = message[3] and tonumber(message[3]) > now
    if message[1] == 'queued' and message[2] ~= 'resolve' and not inFlight then
      drop(id)
    end
  end
end
