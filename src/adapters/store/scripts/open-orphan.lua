--- uses lib episode cover incident-record policy incident
-- {fingerprint, slot, escalation, audit}. An episode that still fires in a slot where nothing covers it.
local episode = readEpisode(A.fingerprint)
if not episode or episode.status ~= 'firing' then
  return ''
end
local run = redis.call('HGET', K(LIVE, 'active'), A.slot)
if run and lives(run) or covered(LIVE, A.slot, episode.genAt, lastReported(A.fingerprint)) then
  return ''
end
auditAll(nil, A.audit)
local id = escalate(withTexts(A.escalation), A.slot)
redis.call('HSET', K(LIVE, 'slot', A.slot), 'kind', 'incident', 'at', now)
redis.call('SADD', K(LIVE, 'firing', A.slot), A.fingerprint)
return id
