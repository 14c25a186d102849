--- uses lib episode cover incident-record policy incident
-- The alerts of a webhook: their episodes, and for each slot a live run to attach to or a new one. The same twice changes nothing more.
-- A slot may come without the document of a new run. When one is due, nothing is started: `needs` names the slot, and the caller sends the
-- alert again with the document, `due` if it was due to a new episode. Until then the alert is not acknowledged.
-- {alerts: [{f, start, end?, labels, annotations, slots: [{slot, dry, rule, prio, pageMs?, due?, start?}]}], audit}
-- start = {doc, deadlineMs, schema, crash?: {key, priority, title, reason, target, policy, report}}

local hints, results, needs = {}, {}, {}

local function episodeEvent(fingerprint, start, change)
  return cjson.encode({ kind = 'episode', fingerprint = fingerprint, startsAt = start, at = now, change = change })
end

-- A new run is told of all else that fires in its slot: it is over when all of it is resolved.
local function tellOthers(run, slot, fingerprint)
  for _, other in ipairs(redis.call('SMEMBERS', K(LIVE, 'firing', slot))) do
    local start = other ~= fingerprint and redis.call('HGET', K(LIVE, 'ep', other), 'newest')
    if start then
      redis.call('RPUSH', K(LIVE, 'run', run, 'inbox'), episodeEvent(other, tonumber(start), 'new'))
    end
  end
end

local function startRun(request, space, fingerprint, generation)
  local start = request.start
  local id = string.format('r-%x', redis.call('INCR', K(LIVE, 'seq', 'run')))
  local run = K(LIVE, 'run', id)
  redis.call('HSET', run, 'v', 0, 'seen', 0, 'epoch', 0, 'claims', 0, 'worker', '', 'until', 0, 'state', 'pending', 'slot', request.slot,
    'space', space, 'rule', request.rule, 'prio', request.prio, 'at', now, 'deadlineMs', start.deadlineMs, 'schema', start.schema,
    'doc', ARGV[start.doc])
  if start.crash then
    redis.call('HSET', run, 'crashPolicy', ARGV[start.crash.policy], 'crashReport', ARGV[start.crash.report])
    redis.call('HSET', run, 'crash', cjson.encode(start.crash))
  end
  redis.call('HSET', K(space, 'active'), request.slot, id)
  redis.call('ZADD', K(LIVE, 'due'), now, id)
  redis.call('ZADD', K(LIVE, 'runs'), now, id)
  if request.pageMs and space == LIVE then
    redis.call('ZADD', K(LIVE, 'pagedue'), now + request.pageMs, id)
  end
  count('pending', 1)
  tellOthers(id, request.slot, fingerprint)
  audit('accepted', id, cjson.encode({ rule = request.rule, slot = request.slot, fingerprint = fingerprint, generation = generation, dry = space == DRY }))
  hints[#hints + 1] = hint(id)
end

local function attach(run, fingerprint, start, change, slot)
  local free = tell(run, episodeEvent(fingerprint, start, change))
  audit('attached', run, cjson.encode({ slot = slot, fingerprint = fingerprint, change = change }))
  if free then
    hints[#hints + 1] = hint(run, true)
  end
end

local CHANGES = { new = 'new', generation = 'new', reopened = 'refire', same = 'repeat' }

-- Answers what became of one (episode, slot): new, attached or same. An alert that fires on after an effect is evidence against it; before one,
-- a repeat tells the run nothing.
local function inSlot(alert, episode, change, request, position)
  local space = request.dry and DRY or LIVE
  local entered = redis.call('SADD', K(LIVE, 'firing', request.slot), alert.f) == 1
  if entered and space == LIVE then
    refireSlot(request.slot)
  end
  local run = redis.call('HGET', K(space, 'active'), request.slot)
  if run and lives(run) then
    if change ~= 'same' or entered then
      attach(run, alert.f, alert.start, change == 'same' and 'new' or CHANGES[change], request.slot)
    elseif redis.call('HEXISTS', K(LIVE, 'run', run), 'effectAt') == 1 then
      attach(run, alert.f, alert.start, 'repeat', request.slot)
    else
      return 'same'
    end
    return 'attached'
  end
  local due = request.due or change == 'new' or change == 'generation'
  if not due and covered(space, request.slot, episode.genAt, now) then
    redis.call('PEXPIRE', K(space, 'slot', request.slot), T.retainMs)
    return 'same'
  end
  if request.start then
    startRun(request, space, alert.f, episode.gen)
    return 'new'
  end
  needs[#needs + 1] = { position[1], position[2], due and 1 or 0 }
  return 'same'
end

-- Remembers which slots ask for the episode now. Others are forgotten, unless a run of them lives: it must hear of the end.
local function keepSlots(fingerprint, episode, requests)
  local wanted, known = {}, {}
  for i, request in ipairs(requests) do
    wanted[i] = { request.slot, request.dry and DRY or LIVE, true }
    known[request.slot] = true
  end
  if #wanted > 0 and cjson.encode(wanted) == episode.slots then
    return
  end
  for _, old in ipairs(slotsOf(episode)) do
    local run = not known[old[1]] and redis.call('HGET', K(old[2], 'active'), old[1])
    if run and lives(run) then
      wanted[#wanted + 1] = { old[1], old[2], false }
    elseif not known[old[1]] then
      redis.call('SREM', K(LIVE, 'firing', old[1]), fingerprint)
    end
  end
  redis.call('HSET', K(LIVE, 'ep', fingerprint), 'slots', cjson.encode(wanted))
end

local RANK = { same = 1, attached = 2, new = 3 }

local function firing(alert, index)
  local episode = readEpisode(alert.f)
  if not episode and #alert.slots == 0 then
    return 'not-matched'
  end
  episode = episode or { gen = 0 }
  local before, last = episode.start, episode.newest
  local change = seenFiring(episode, alert.start)
  if change == 'same' and before == episode.start and last == episode.newest then
    redis.call('HSET', K(LIVE, 'ep', alert.f), 'lastSeen', now)
    redis.call('ZADD', K(LIVE, 'episodes'), now, alert.f)
  else
    writeEpisode(alert.f, episode)
  end
  if change ~= 'same' then
    redis.call('HSET', K(LIVE, 'ep', alert.f), 'labels', ARGV[alert.labels], 'annotations', ARGV[alert.annotations])
    audit('episode', nil, cjson.encode({ fingerprint = alert.f, change = change, gen = episode.gen }))
  end
  keepSlots(alert.f, episode, alert.slots)
  local result = change == 'new' and 'new' or 'same'
  for position, request in ipairs(alert.slots) do
    local became = inSlot(alert, episode, change, request, { index, position })
    result = RANK[became] > RANK[result] and became or result
  end
  return #alert.slots == 0 and 'not-matched' or result
end

local function tellResolved(fingerprint, slot)
  redis.call('SREM', K(LIVE, 'firing', slot), fingerprint)
  local all = redis.call('EXISTS', K(LIVE, 'firing', slot)) == 0
  for _, space in ipairs({ LIVE, DRY }) do
    local run = redis.call('HGET', K(space, 'active'), slot)
    if run and lives(run) then
      if tell(run, cjson.encode({ kind = 'resolved', fingerprint = fingerprint, at = now, all = all })) then
        hints[#hints + 1] = hint(run, true)
      end
      audit('attached', run, cjson.encode({ slot = slot, fingerprint = fingerprint, change = 'resolved' }))
    end
  end
  if all then
    clearSlot(slot)
  end
end

local function resolved(alert)
  local episode = readEpisode(alert.f)
  if not episode then
    return 'unknown-episode'
  end
  local change = seenResolved(episode, alert['end'])
  if change == 'late' then
    return 'late-resolve'
  end
  writeEpisode(alert.f, episode)
  if change == 'resolved' then
    audit('episode', nil, cjson.encode({ fingerprint = alert.f, change = 'resolved', gen = episode.gen }))
    for _, slot in ipairs(slotsOf(episode)) do
      tellResolved(alert.f, slot[1])
    end
  end
  return change
end

auditAll(nil, A.audit)
for index, alert in ipairs(A.alerts) do
  results[index] = alert['end'] and resolved(alert) or firing(alert, index)
end
return { hints, results, needs }
