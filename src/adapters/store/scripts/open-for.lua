--- uses lib incident-record policy incident
-- {run, escalation, audit}. A live run that takes too long: a human is told, the run goes on.
local f = redis.call('HMGET', K(LIVE, 'run', A.run), 'slot', 'space')
redis.call('ZREM', K(LIVE, 'pagedue'), A.run)
if not lives(A.run) or f[2] == DRY then
  return ''
end
auditAll(A.run, A.audit)
return escalate(withTexts(A.escalation), f[1])
