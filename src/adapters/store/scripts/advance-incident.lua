--- uses lib incident-record policy incident
-- {id}. What is due by now: the end of a snooze, the resolution of what was clear long enough, a lapsed acknowledgement, the policy's steps.

-- Whoever acknowledged it saw to it: it is of runs, and in its slots nothing fires, lives, or has ended since.
local function isSeenTo(incident)
  local key = K(LIVE, 'inc', incident.id)
  local slots = redis.call('SMEMBERS', key .. ':slots')
  if #slots == 0 or redis.call('EXISTS', key .. ':runs') == 0 or not isClear(incident.id) then
    return false
  end
  for _, slot in ipairs(slots) do
    if tonumber(redis.call('HGET', K(LIVE, 'slot', slot), 'at') or 0) > incident.changedAt then
      return false
    end
  end
  return true
end

local incident = readIncident(A.id)
if not incident then
  redis.call('ZREM', K(LIVE, 'pagedue'), A.id)
elseif incident.state == 'resolved' then
  if incident.snoozedUntil and incident.snoozedUntil <= now then
    reopen(incident)
  else
    saved(incident)
  end
elseif incident.clearSince then
  if incident.clearSince + T.incidentClearMs <= now then
    resolveIncident(incident)
  else
    saved(incident)
  end
elseif incident.state == 'acknowledged' and incident.changedAt + T.incidentAckMs <= now then
  if isSeenTo(incident) then
    resolveIncident(incident)
  else
    reopen(incident)
  end
else
  steps(incident)
end
return 'ok'
