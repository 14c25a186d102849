--- uses lib incident-record policy incident
-- {run, escalation}. What holds a whole cluster holds this live run: told once for all of them. It covers no slot.
local space = redis.call('HGET', K(LIVE, 'run', A.run), 'space')
if not lives(A.run) or space == DRY then
  return ''
end
local known = redis.call('GET', K(LIVE, 'inckey', A.escalation.key))
if known and redis.call('ZSCORE', K(LIVE, 'inc', known, 'runs'), A.run) then
  local incident = readIncident(known)
  if incident and incident.state ~= 'resolved' and A.escalation.priority >= incident.priority then
    return ''
  end
end
return escalate(withTexts(A.escalation))
