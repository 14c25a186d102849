--- uses lib new-run
-- {rule, at, tick, earlier?, lateMs, request, told}: one tick of a schedule, by the store's clock; `tick` is its time as text, `earlier` that of the
-- first one before it that nobody dealt with. Whoever comes first deals with it and with all before it, and
-- with that it is dealt with for everybody.
local key = K(LIVE, 'schedule', A.rule)
if A.at > now or A.at <= tonumber(redis.call('HGET', key, 'tick') or 0) then
  return { 'taken' }
end
redis.call('HSET', key, 'tick', string.format('%.0f', A.at))
redis.call('PEXPIRE', key, T.retainMs)

local function notRun(reason, run)
  audit('tick', nil, cjson.encode({ rule = A.rule, tick = A.tick, reason = reason, detail = run and 'run ' .. run .. ' is still at it' }))
  return { reason, run }
end

if A.earlier then
  audit('tick', nil, cjson.encode({ rule = A.rule, tick = A.earlier, before = A.tick, reason = 'missed' }))
end
if now - A.at > A.lateMs then
  return notRun('missed')
end
local live = liveRun(A.request)
if live then
  return notRun('still-running', live)
end
return { 'started', startAlone(A.request, A.told) }
