--- uses lib
-- {run, event, kind, plan?, by?}. Of several answers to one plan the first one counts.

local id = A.run
local run = K(LIVE, 'run', id)
if not lives(id) then
  return { 'gone' }
end
if A.kind == 'approve' or A.kind == 'reject' then
  local asked = redis.call('HMGET', run, 'ask', 'answered')
  if asked[1] ~= A.plan then
    return { 'gone' }
  end
  if asked[2] then
    return { 'taken', asked[2] }
  end
  redis.call('HSET', run, 'answered', A.by)
end
tell(id, ARGV[A.event])
audit('signal', id, ARGV[A.event])
return { 'ok', hint(id, true) }
