--- uses lib incident-record policy incident
-- {id}. What is due by now: the end of a snooze, the resolution of what was clear long enough, a lapsed acknowledgement, the policy's steps.
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
  reopen(incident)
else
  steps(incident)
end
return 'ok'
