--- uses lib incident-record policy incident
-- {id, by, snoozeMs}. A human says it is over; while it still fires, that is a snooze.
local incident = readIncident(A.id)
if not incident then
  return 0
end
if incident.state ~= 'resolved' then
  local firing = not isClear(A.id)
  resolveIncident(incident, firing and now + math.min(A.snoozeMs, L.snoozeMs) or nil, A.by)
end
return 1
