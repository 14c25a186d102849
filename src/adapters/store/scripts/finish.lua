--- uses lib locks incident-record policy incident
-- {run, epoch, effect, state: done|rejected|abandoned, outcome}. A result is a fact about the world: taken from any epoch, the first one wins.
-- Only done after abandoned is taken too: what was given up as not done happened after all.

local id = A.run
local run = K(LIVE, 'run', id)
local fx = K(LIVE, 'run', id, 'fx')
local text = redis.call('HGET', fx, A.effect)
if not text then
  return 'seen'
end
local record = cjson.decode(text)
local late = record.s == 'abandoned' and A.state == 'done'
if record.s ~= 'intent' and not late then
  return 'seen'
end

local function eachCharge(use)
  for _, key in ipairs(record.charged) do
    for i = 1, record.cost do
      use(key, id .. '/' .. A.effect .. '#' .. i)
    end
  end
end

local function giveBack(key, member)
  redis.call('ZREM', K(record.space, 'bud', key), member)
end

-- Where no window is remembered, none reaches back to it.
local function takeAgain(key, member)
  local window, keep = K(record.space, 'bud', key), redis.call('GET', K(record.space, 'budper', key))
  if keep then
    redis.call('ZADD', window, record.at, member)
    redis.call('PEXPIRE', window, keep)
  end
end

-- It acts after all, beside whoever took its place meanwhile. A lock that another run has taken stays with that one.
local function standAgain()
  for _, place in ipairs(record.places or {}) do
    takePlace(record.space, place, id)
  end
  for _, lock in ipairs(record.touches or {}) do
    if not holder(record.space, lock, id) then
      takeLock(record.space, lock, id)
    end
  end
end

if late then
  eachCharge(takeAgain)
  if lives(id) then
    standAgain()
  end
elseif A.state ~= 'done' then
  eachCharge(giveBack)
end
if A.state == 'abandoned' then
  redis.call('HSET', run, 'abandoned', '1')
end
record.s = A.state
redis.call('HSET', fx, A.effect, cjson.encode(record))
if lives(id) then
  redis.call('HSET', K(LIVE, 'run', id, 'results'), A.effect, ARGV[A.outcome])
end
local data = '{"effect":' .. cjson.encode(A.effect) .. ',"state":"' .. A.state .. '","outcome":' .. ARGV[A.outcome] .. '}'
audit(late and 'late-effect' or 'result', id, data)
if lives(id) and (late or tonumber(redis.call('HGET', run, 'epoch')) ~= A.epoch) then
  tell(id, '{"kind":"late-result","effect":' .. cjson.encode(A.effect) .. ',"outcome":' .. ARGV[A.outcome] .. ',"at":' .. now .. '}')
end
local escalation = late and not lives(id) and storedEscalation(id, 'late-effect')
if escalation then
  escalate(escalation, redis.call('HGET', run, 'slot'))
end
return 'ok'
