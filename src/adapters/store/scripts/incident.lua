-- The Incident table of docs/protocol.md; test/support/tables/incident.ts is its twin, and a test drives both.

local function saved(incident)
  writeIncident(incident)
  schedule(incident)
end

-- A slot may have several incidents: one that told of a delay, one of its run's end. The last one covers it; all of them clear with it.
local function incidentsOf(slot)
  local key, ids = K(LIVE, 'slot', slot, 'incidents'), {}
  for _, id in ipairs(redis.call('SMEMBERS', key)) do
    if redis.call('EXISTS', K(LIVE, 'inc', id)) == 1 then
      ids[#ids + 1] = id
    else
      redis.call('SREM', key, id)
    end
  end
  local last = redis.call('HGET', K(LIVE, 'slot', slot), 'incident')
  if last and not contains(ids, last) then
    ids[#ids + 1] = last
  end
  return ids, last
end

-- What is over is kept for a while: the key, so that the same trouble opens the same incident again; the record, to be read.
local PARTS = { '', ':runs', ':targets', ':slots', ':messages', ':last', ':told' }
local function keep(incident, opening)
  local over = incident.state == 'resolved' and not incident.snoozedUntil
  redis.call(incident.state == 'resolved' and 'SREM' or 'SADD', K(LIVE, 'incidents:open'), incident.id)
  -- The key of one that was over for long may have passed on to another.
  local owner = redis.call('GET', K(LIVE, 'inckey', incident.key))
  if opening or not owner or owner == incident.id then
    redis.call('SET', K(LIVE, 'inckey', incident.key), incident.id)
    if over then
      redis.call('PEXPIRE', K(LIVE, 'inckey', incident.key), T.incidentReopenMs)
    end
  end
  for _, part in ipairs(PARTS) do
    local key = K(LIVE, 'inc', incident.id) .. part
    if over then
      redis.call('PEXPIRE', key, T.retainMs)
    else
      redis.call('PERSIST', key)
    end
  end
  for _, slot in ipairs(over and redis.call('SMEMBERS', K(LIVE, 'inc', incident.id, 'slots')) or {}) do
    redis.call('PEXPIRE', K(LIVE, 'slot', slot, 'incidents'), T.retainMs)
  end
end

local function steps(incident)
  local tell, exhausted = dueStep(incident)
  send(incident, 'trigger', tell, 0)
  if exhausted then
    changed(incident, 'exhausted')
  end
  saved(incident)
end

local function fresh(incident)
  incident.state, incident.openedAt, incident.changedAt = 'open', now, now
  incident.step, incident.repeats, incident.snoozedUntil, incident.clearSince = 0, 0, nil, nil
  redis.call('HSET', K(LIVE, 'inc', incident.id), 'acknowledgedBy', '')
end

local function reopen(incident)
  fresh(incident)
  redis.call('ZADD', K(LIVE, 'incidents'), now, incident.id)
  keep(incident)
  changed(incident, 'reopened')
  steps(incident)
end

-- An escalation of the request: its texts come beside it.
local function withTexts(escalation)
  if escalation then
    escalation.policy, escalation.report = ARGV[escalation.policy], ARGV[escalation.report]
  end
  return escalation
end

-- What accept kept for the case that a script must speak for the run, at the priority that it has by now; nil for a dry run.
local function storedEscalation(id, reason)
  local f = redis.call('HMGET', K(LIVE, 'run', id), 'crash', 'crashPolicy', 'crashReport', 'prio')
  if not f[1] then
    return nil
  end
  local escalation = cjson.decode(f[1])
  escalation.run, escalation.policy, escalation.report, escalation.reason = id, f[2], f[3], reason
  escalation.priority = 'P' .. f[4]
  return escalation
end

-- Adds to a set that keeps the order of adding; true if it is new.
local function inOrder(set, member)
  return redis.call('ZADD', set, 'NX', redis.call('ZCARD', set), member) == 1
end

local function cover(incident, slot)
  redis.call('SADD', K(LIVE, 'inc', incident.id, 'slots'), slot)
  redis.call('HSET', K(LIVE, 'slot', slot), 'incident', incident.id)
  redis.call('PEXPIRE', K(LIVE, 'slot', slot), T.retainMs)
  redis.call('SADD', K(LIVE, 'slot', slot, 'incidents'), incident.id)
  redis.call('PERSIST', K(LIVE, 'slot', slot, 'incidents'))
end

-- An incident of a whole cluster has no slot: it neither covers one nor clears with it.
local function attach(incident, escalation, slot)
  local key = K(LIVE, 'inc', incident.id)
  if escalation.run ~= '' then
    inOrder(key .. ':runs', escalation.run)
  end
  if slot then
    cover(incident, slot)
  end
  redis.call('HSET', key, 'report', escalation.report)
  local newTarget = inOrder(key .. ':targets', escalation.target)
  local higher = escalation.priority < incident.priority
  incident.priority = higher and escalation.priority or incident.priority
  incident.clearSince = nil
  return newTarget or higher
end

local function openIncident(escalation, slot)
  local id = string.format('i-%x', redis.call('INCR', K(LIVE, 'seq', 'incident')))
  local incident = { id = id, key = escalation.key, priority = escalation.priority, policyText = escalation.policy }
  redis.call('HSET', K(LIVE, 'inc', id), 'key', escalation.key, 'title', escalation.title, 'reason', escalation.reason, 'policy', incident.policyText)
  redis.call('ZADD', K(LIVE, 'incidents'), now, id)
  fresh(incident)
  keep(incident, true)
  attach(incident, escalation, slot)
  audit('incident', escalation.run ~= '' and escalation.run or nil,
    cjson.encode({ incident = id, key = escalation.key, reason = escalation.reason, title = escalation.title, change = 'opened' }))
  steps(incident)
  return id
end

-- Nobody took it, its policy ran out, and that began as long ago as an acknowledgement holds: what comes now is told from the first step on.
local function isForgotten(incident)
  return incident.state == 'open' and now - incident.openedAt >= T.incidentAckMs and not nextStep(incident)
end

-- Opens or attaches; answers the incident's id.
local function escalate(escalation, slot)
  local known = redis.call('GET', K(LIVE, 'inckey', escalation.key))
  local incident = known and readIncident(known)
  local snoozed = incident and incident.snoozedUntil and incident.snoozedUntil > now
  if not incident or incident.state == 'resolved' and not snoozed and now - incident.changedAt >= T.incidentReopenMs then
    return openIncident(escalation, slot)
  end
  local pages = attach(incident, escalation, slot)
  audit('incident', escalation.run ~= '' and escalation.run or nil,
    cjson.encode({ incident = incident.id, key = escalation.key, reason = escalation.reason, title = escalation.title, change = 'attached' }))
  if incident.state == 'resolved' or isForgotten(incident) then
    reopen(incident)
    return incident.id
  end
  if pages then
    send(incident, 'trigger', receiversOf(incident, slice(policyOf(incident).steps, 1, incident.step)), T.groupWaitMs)
  end
  saved(incident)
  return incident.id
end

local function resolveIncident(incident, snoozedUntil, by)
  takeBackTriggers(incident)
  incident.state, incident.changedAt, incident.clearSince, incident.snoozedUntil = 'resolved', now, nil, snoozedUntil
  send(incident, 'resolve', told(incident), 0)
  changed(incident, snoozedUntil and 'snoozed' or 'resolved', { by = by })
  saved(incident)
  keep(incident)
end

-- Clear: in none of its slots an alert fires or a run lives.
local function isClear(id)
  for _, slot in ipairs(redis.call('SMEMBERS', K(LIVE, 'inc', id, 'slots'))) do
    if redis.call('EXISTS', K(LIVE, 'firing', slot)) == 1 then
      return false
    end
    local run = redis.call('HGET', K(LIVE, 'active'), slot)
    if run and lives(run) then
      return false
    end
  end
  return true
end

-- Something of the slot ended well: its incidents begin to clear when that was the last. Of those resolved before, the last may still be
-- snoozed.
local function clearSlot(slot)
  local ids, last = incidentsOf(slot)
  for _, id in ipairs(ids) do
    local incident = isClear(id) and readIncident(id)
    if incident and incident.state ~= 'resolved' then
      incident.clearSince = incident.clearSince or now
      saved(incident)
    elseif incident and id == last then
      incident.snoozedUntil = nil
      keep(incident)
      saved(incident)
    end
  end
end

-- An alert of the slot was reported firing that was not before.
local function refireSlot(slot)
  local ids, last = incidentsOf(slot)
  for _, id in ipairs(ids) do
    local incident = readIncident(id)
    if incident and incident.state ~= 'resolved' then
      incident.clearSince = nil
      saved(incident)
    elseif incident and id == last and not (incident.snoozedUntil and incident.snoozedUntil > now)
      and now - incident.changedAt < T.incidentReopenMs then
      reopen(incident)
    end
  end
end
