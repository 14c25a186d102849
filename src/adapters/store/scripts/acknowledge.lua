--- uses lib incident-record policy incident
-- {id, by}. Automation goes on; whatever says `unless: acknowledged` is quiet.
local incident = readIncident(A.id)
if not incident then
  return 0
end
if incident.state == 'resolved' then
  return 1
end
local first = incident.state == 'open'
incident.acknowledgedBy = A.by
if first then
  incident.state, incident.changedAt = 'acknowledged', now
  send(incident, 'acknowledge', told(incident), 0)
end
changed(incident, 'acknowledged', { by = A.by })
saved(incident)
return 1
