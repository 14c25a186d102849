--- uses lib incident-record policy incident
-- {id, worker, delivered, message?, retryMs?}. Given up without `retryMs`: the fallback of the policy takes it.
local message = K(LIVE, 'msg', A.id)
local f = redis.call('HMGET', message, 'worker', 'state', 'incident', 'receiver', 'event', 'attempts')
if f[1] ~= A.worker or f[2] ~= 'queued' then
  return 'lost'
end

local function done(state)
  redis.call('ZREM', K(LIVE, 'msgdue'), A.id)
  redis.call('HSET', message, 'state', state)
  redis.call('PEXPIRE', message, T.retainMs)
  audit('message', nil, cjson.encode({
    message = A.id, incident = f[3], receiver = f[4], event = f[5], change = state, attempts = tonumber(f[6]), error = A.message,
  }))
end

if A.delivered then
  done('delivered')
  return 'ok'
end
local incident = readIncident(f[3])
local over = not incident or incident.state == 'resolved' and f[5] ~= 'resolve'
if A.retryMs and not over then
  redis.call('HSET', message, 'worker', '', 'until', 0, 'error', A.message)
  redis.call('ZADD', K(LIVE, 'msgdue'), now + A.retryMs, A.id)
  return 'ok'
end
done(over and 'dropped' or 'failed')
local fallback = not over and given(policyOf(incident).fallback)
if fallback and fallback ~= f[4] and f[5] == 'trigger' then
  send(incident, 'trigger', { fallback }, 0)
end
return 'ok'
