-- A new run. The caller hints at it.

-- `priority`: to which it raises the run.
local function episodeEvent(fingerprint, start, change, at, priority)
  return cjson.encode({ kind = 'episode', fingerprint = fingerprint, startsAt = start, at = at or now, change = change, priority = priority })
end

-- A new run is told of all else that fires in its slot: it is over when all of it is resolved. Answers how much that was.
local function tellOthers(run, slot, fingerprint)
  local events = 0
  for _, other in ipairs(redis.call('SMEMBERS', K(LIVE, 'firing', slot))) do
    local start = other ~= fingerprint and redis.call('HGET', K(LIVE, 'ep', other), 'newest')
    if start then
      events = redis.call('RPUSH', K(LIVE, 'run', run, 'inbox'), episodeEvent(other, tonumber(start), 'new'))
    end
  end
  return events
end

-- {slot, dry, rule, prio, start = {doc, deadlineMs, schema, crash?, policy?, report?}}; an escalation comes in three texts. What is not written
-- here is 0, or no worker, until the first claim. The caller puts it among those that are due and counts it. Answers its id, and how much it
-- was told.
local function writeNew(request, fingerprint)
  local start, space = request.start, request.dry and DRY or LIVE
  local id = string.format('r-%x', redis.call('INCR', K(LIVE, 'seq', 'run')))
  local fields = {
    'v', '0', 'state', 'pending', 'slot', request.slot, 'space', space, 'rule', request.rule, 'prio', request.prio, 'at', NOW,
    'deadlineMs', start.deadlineMs, 'schema', start.schema, 'doc', ARGV[start.doc],
  }
  if start.crash then
    for _, field in ipairs({ 'crash', ARGV[start.crash], 'crashPolicy', ARGV[start.policy], 'crashReport', ARGV[start.report] }) do
      fields[#fields + 1] = field
    end
  end
  redis.call('HSET', K(LIVE, 'run', id), unpack(fields))
  redis.call('HSET', K(space, 'active'), request.slot, id)
  return id, tellOthers(id, request.slot, fingerprint)
end

-- The live run of a slot; nil = it has none.
local function liveRun(request)
  local run = redis.call('HGET', K(request.dry and DRY or LIVE, 'active'), request.slot)
  return run and lives(run) and run or nil
end

-- Starts the run of a tick or of a human in a slot that has no live one. Answers its hint.
local function startAlone(request, told)
  local id, events = writeNew(request)
  redis.call('ZADD', K(LIVE, 'due'), NOW, id)
  redis.call('ZADD', K(LIVE, 'runs'), NOW, id)
  if request.pageMs and not request.dry then
    redis.call('ZADD', K(LIVE, 'pagedue'), now + request.pageMs, id)
  end
  count('pending', 1)
  audit('accepted', id, ARGV[told])
  return { id, 0, events, request.prio + 1 }
end
