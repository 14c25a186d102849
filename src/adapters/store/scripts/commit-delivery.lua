--- uses lib incident-record policy incident
-- {id, worker, delivered, message?, retryMs?, hopeless?, emergency?}. `hopeless`: tried often enough, or refused for good. Then somebody else is
-- told: the policy's fallback, behind it the emergency receiver. The page of an incident that nobody acknowledged is tried on all the same.
local message = K(LIVE, 'msg', A.id)
local f = redis.call('HMGET', message, 'worker', 'state', 'incident', 'receiver', 'event', 'attempts', 'undelivered')
if f[1] ~= A.worker or f[2] ~= 'queued' then
  return 'lost'
end
local receiver, event = f[4], f[5]

local function told(change)
  audit('message', nil, cjson.encode({
    message = A.id, incident = f[3], receiver = receiver, event = event, change = change, attempts = tonumber(f[6]), error = A.message,
  }))
end

local function done(state)
  redis.call('ZREM', K(LIVE, 'msgdue'), A.id)
  redis.call('SREM', K(LIVE, 'msglost'), A.id)
  redis.call('HSET', message, 'state', state)
  redis.call('PEXPIRE', message, T.retainMs)
  told(state)
end

local function again()
  redis.call('HSET', message, 'worker', '', 'until', 0, 'error', A.message)
  redis.call('ZADD', K(LIVE, 'msgdue'), now + A.retryMs, A.id)
end

local function lastTo(incident, name)
  return redis.call('HGET', K(LIVE, 'inc', incident.id, 'last'), name)
end

-- Not who is being tried already, nor who could not be reached either: two that are away would name each other for ever.
local function tellInstead(incident)
  local fallback = given(policyOf(incident).fallback)
  local name = fallback and fallback ~= receiver and fallback or A.emergency
  local last = name and lastTo(incident, name)
  local state = last and redis.call('HGET', K(LIVE, 'msg', last), 'state')
  if name and name ~= receiver and state ~= 'queued' and state ~= 'failed' then
    send(incident, 'trigger', { name }, 0)
  end
end

if A.delivered then
  done('delivered')
  return 'ok'
end
local incident = readIncident(f[3])
if not incident or incident.state == 'resolved' and event ~= 'resolve' then
  done('dropped')
elseif not A.hopeless then
  again()
else
  -- A newer message to the same receiver says all that this one does, and waits for it.
  local unheard = event == 'trigger' and incident.state == 'open' and lastTo(incident, receiver) == A.id
  if not unheard then
    done('failed')
  else
    again()
    if not f[7] then
      redis.call('SADD', K(LIVE, 'msglost'), A.id)
      told('undelivered')
    end
  end
  if event == 'trigger' and not f[7] then
    redis.call('HSET', message, 'undelivered', '1')
    tellInstead(incident)
  end
end
return 'ok'
