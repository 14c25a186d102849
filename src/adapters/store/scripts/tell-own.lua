--- uses lib incident-record policy incident
-- {slot, over}. Whether the installation still has the trouble of this slot: another replica may think that it is over.
if A.over then
  clearSlot(A.slot)
  return 'ok'
end
for _, id in ipairs(incidentsOf(A.slot)) do
  local incident = readIncident(id)
  if incident and incident.state ~= 'resolved' and incident.clearSince then
    incident.clearSince = nil
    saved(incident)
  end
end
return 'ok'
