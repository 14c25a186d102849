-- The document of a run, which no script opens, and beside it what scripts read.
-- {state, doc, schema, events, ask?, paused, audit} of the request; `state` and `ask` as they are. Answers the new version.
local function writeRun(id, state, ask)
  local run = K(LIVE, 'run', id)
  redis.call('HSET', run, 'doc', ARGV[A.doc], 'state', A.state, 'schema', A.schema, 'claims', 0, 'seen', A.events)
  if A.state ~= state then
    count(state, -1)
    if not ENDED[A.state] then
      count(A.state, 1)
    end
  end
  -- An approval is asked for anew with each plan: an answer to an earlier one answers nothing.
  if (A.ask or '') ~= (ask or '') then
    redis.call('HSET', run, 'ask', A.ask or '')
    redis.call('HDEL', run, 'answered')
  end
  redis.call(A.paused and 'SADD' or 'SREM', K(LIVE, 'paused'), id)
  auditAll(id, A.audit)
  return redis.call('HINCRBY', run, 'v', 1)
end
