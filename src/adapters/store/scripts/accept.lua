--- uses lib new-run episode unmatched cover incident-record policy incident storm storming
-- The alerts of a webhook: their episodes, and for each slot a live run to attach to or a new one. The same twice changes nothing more.
-- A slot may come without the document of a new run. When one is due, nothing is started: `needs` names the slot, and the caller sends the
-- alert again with the document, `due` if it was due to a new episode. Until then the alert is not acknowledged. An alert taken for a repeat
-- comes without labels: when it is none, nothing is written, and `needs` names it with slot 0.
-- One that is matched `again` comes from what is stored, not from Alertmanager: nobody saw it fire just now.
-- {alerts: [{f, start, end?, again?, labels?, annotations?, slots: [{slot, cluster?, target?, dry, rule, prio, pageMs?, due?, start?}]}], audit, storm?}
-- start = {doc, deadlineMs, schema, crash?, policy?, report?}: an escalation in three texts.

local hints, results, needs = {}, {}, {}
-- What many alerts write to the same key is written once, at the end: scores and members.
local started, seen, pages = {}, {}, {}
-- Cluster → targets of which an alert began to fire.
local began = {}

local function push(list, one, two)
  local n = #list
  list[n + 1], list[n + 2] = one, two
end

local function startRun(request, space, alert, generation)
  local id, events = writeNew(request, alert.f)
  if request.pageMs and space == LIVE then
    push(pages, now + request.pageMs, id)
  end
  push(started, NOW, id)
  audit('accepted', id, cjson.encode({ rule = request.rule, team = request.team, slot = request.slot, fingerprint = alert.f, generation = generation, dry = space == DRY, again = alert.again }))
  hints[#hints + 1] = { id, 0, events, request.prio + 1 }
end

-- What joins may be more urgent than what was there: the run is so from now on, and its human is due no later. Answers the new priority.
local function raise(run, request, space, before)
  if request.prio >= tonumber(before) then
    return nil
  end
  redis.call('HSET', K(LIVE, 'run', run), 'prio', request.prio)
  if request.pageMs and space == LIVE then
    push(pages, now + request.pageMs, run)
  end
  return 'P' .. request.prio
end

local function attach(run, alert, change, slot, generation, raised)
  local free = tell(run, episodeEvent(alert.f, alert.start, change, alert.reported, raised))
  audit('attached', run, cjson.encode({ slot = slot, fingerprint = alert.f, change = change, generation = generation, again = alert.again, priority = raised }))
  if free then
    hints[#hints + 1] = hint(run, true)
  end
end

local CHANGES = { new = 'new', generation = 'new', reopened = 'refire', same = 'repeat' }

-- Answers what became of one (episode, slot): new, attached or same. `entered`: it did not fire in this slot before. An alert that fires on
-- after an effect is evidence against it; before one, a repeat tells the run nothing, and one that nobody saw never does.
local function inSlot(alert, episode, change, request, entered, position)
  local space = request.dry and DRY or LIVE
  local run = redis.call('HGET', K(space, 'active'), request.slot)
  local known = run and redis.call('HMGET', K(LIVE, 'run', run), 'state', 'effectAt', 'prio')
  if known and known[1] and not ENDED[known[1]] then
    if change == 'same' and not entered and (alert.again or not known[2]) then
      return 'same'
    end
    local joins = entered or change ~= 'same'
    local raised = joins and raise(run, request, space, known[3]) or nil
    attach(run, alert, entered and change == 'same' and 'new' or CHANGES[change], request.slot, episode.gen, raised)
    return 'attached'
  end
  local due = request.due or not alert.again and (change == 'new' or change == 'generation')
  -- A report is later than the end of any run.
  if not due and covered(space, request.slot, episode.genAt, alert.reported or math.huge) then
    redis.call('PEXPIRE', K(space, 'slot', request.slot), T.retainMs)
    return 'same'
  end
  if request.start then
    startRun(request, space, alert, episode.gen)
    return 'new'
  end
  needs[#needs + 1] = { position[1], position[2], due and 1 or 0 }
  return 'same'
end

-- Which slots ask for the episode now, as text. Others are forgotten, unless a run of them lives: it must hear of the end.
local function slotsText(fingerprint, episode, requests)
  local wanted, known = {}, {}
  for i, request in ipairs(requests) do
    wanted[i] = { request.slot, request.dry and DRY or LIVE, true }
    known[request.slot] = true
  end
  local text = cjson.encode(wanted)
  if not episode.slots or text == episode.slots then
    return text
  end
  for _, old in ipairs(slotsOf(episode)) do
    local run = not known[old[1]] and redis.call('HGET', K(old[2], 'active'), old[1])
    if run and lives(run) then
      wanted[#wanted + 1] = { old[1], old[2], false }
    elseif not known[old[1]] then
      redis.call('SREM', K(LIVE, 'firing', old[1]), fingerprint)
    end
  end
  return cjson.encode(wanted)
end

-- Whether their rules act or only observe: it is about the cluster, not about us. An alert that no rule takes has no target to count.
local function noteBeginning(alert, change)
  for _, request in ipairs((change == 'new' or change == 'generation') and alert.slots or {}) do
    if request.cluster then
      began[request.cluster] = began[request.cluster] or {}
      table.insert(began[request.cluster], request.target)
    end
  end
end

local RANK = { same = 1, attached = 2, new = 3 }

-- Of an alert that is matched again: when it was last reported; nil = what is stored is no longer what was read.
local function lastReport(alert, episode)
  local start
  if episode then
    start = episode.status == 'firing' and episode.start
  else
    start = unmatchedStart(alert.f)
  end
  local at = start == alert.start and redis.call('ZSCORE', K(LIVE, episode and 'episodes' or 'unmatched'), alert.f)
  return at and tonumber(at) or nil
end

-- Its episode with what changed, or why it has none.
local function readFiring(alert)
  local episode = readEpisode(alert.f)
  if not episode and #alert.slots == 0 then
    noteUnmatched(alert)
    return nil, 'not-matched'
  end
  if alert.again then
    alert.reported = lastReport(alert, episode)
    if not alert.reported then
      return nil, 'unknown-episode'
    end
  end
  return episode or { gen = 0 }
end

local function firing(alert, index)
  local episode, none = readFiring(alert)
  if none then
    return none
  end
  local start, newest = episode.start, episode.newest
  local change = seenFiring(episode, alert.start)
  if change ~= 'same' and not alert.labels then
    needs[#needs + 1] = { index, 0, 0 }
    return 'same'
  end
  local slots = slotsText(alert.f, episode, alert.slots)
  local settled = change == 'same' and slots == episode.slots and not episode.left
  if change == 'new' then
    gone[alert.f] = true
    episode.genAt = alert.reported or now
  end
  if change ~= 'same' then
    writeEpisode(alert.f, episode, 'slots', slots, 'left', '0', 'labels', ARGV[alert.labels], 'annotations', ARGV[alert.annotations])
    audit('episode', nil, cjson.encode({ fingerprint = alert.f, change = change, gen = episode.gen }))
  elseif not settled or start ~= episode.start or newest ~= episode.newest then
    writeEpisode(alert.f, episode, 'slots', slots, 'left', '0')
  end
  seen[alert.f] = alert.reported and string.format('%.0f', alert.reported) or NOW
  noteBeginning(alert, change)
  local result = change == 'new' and 'new' or 'same'
  for position, request in ipairs(alert.slots) do
    local entered = not settled and redis.call('SADD', K(LIVE, 'firing', request.slot), alert.f) == 1
    if entered and not request.dry then
      refireSlot(request.slot)
    end
    local became = inSlot(alert, episode, change, request, entered, { index, position })
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
    local start = unmatchedStart(alert.f)
    if start and start <= alert['end'] then
      gone[alert.f] = true
    end
    return 'unknown-episode'
  end
  local change = seenResolved(episode, alert['end'])
  if change == 'late' then
    return 'late-resolve'
  end
  writeEpisode(alert.f, episode)
  if change == 'resolved' then
    seen[alert.f] = nil
    redis.call('ZREM', K(LIVE, 'episodes'), alert.f)
    audit('episode', nil, cjson.encode({ fingerprint = alert.f, change = 'resolved', gen = episode.gen }))
    for _, slot in ipairs(slotsOf(episode)) do
      tellResolved(alert.f, slot[1])
    end
  end
  return change
end

-- ZADD of scores and members in turn; `CH`: whatever score a member had, `LT`: it keeps a lower one. Lua passes a bounded number of arguments.
local function addAll(key, how, pairs_)
  for from = 1, #pairs_, 2 * L.batch do
    redis.call('ZADD', key, how, unpack(pairs_, from, math.min(from + 2 * L.batch - 1, #pairs_)))
  end
end

auditAll(nil, A.audit)
for index, alert in ipairs(A.alerts) do
  results[index] = alert['end'] and resolved(alert) or firing(alert, index)
end
local reported = {}
for fingerprint, at in pairs(seen) do
  push(reported, at, fingerprint)
end
addAll(K(LIVE, 'episodes'), 'CH', reported)
addAll(K(LIVE, 'pagedue'), 'LT', pages)
addAll(K(LIVE, 'due'), 'CH', started)
addAll(K(LIVE, 'runs'), 'CH', started)
for cluster, targets in pairs(A.storm and began or {}) do
  beganToFire(A.storm, cluster, targets)
end
forgetUnmatched()
if #started > 0 then
  count('pending', #started / 2)
end
return { hints, results, needs }
