--- uses lib episode cover
-- {cursor, acting}. A page of firing episodes: those of their slots that nothing covers. What only observed covers nothing of a rule that is
-- among those that act by now. Reads only.
local acting = {}
for _, rule in ipairs(A.acting) do
  acting[rule] = true
end
local function spaceOf(slot)
  return slot[2] == DRY and not acting[string.match(slot[1], '^[^|]*')] and DRY or LIVE
end
local page = redis.call('ZSCAN', K(LIVE, 'episodes'), A.cursor, 'COUNT', L.scan)
local found = {}
for i = 1, #page[2], 2 do
  local fingerprint = page[2][i]
  local episode = readEpisode(fingerprint)
  for _, slot in ipairs(episode and episode.status == 'firing' and slotsOf(episode) or {}) do
    local space = spaceOf(slot)
    local run = slot[3] and redis.call('HGET', K(space, 'active'), slot[1])
    if slot[3] and not (run and lives(run)) and not covered(space, slot[1], episode.genAt, lastReported(fingerprint)) then
      local texts = redis.call('HMGET', K(LIVE, 'ep', fingerprint), 'labels', 'annotations')
      found[#found + 1] = { fingerprint, slot[1], slot[2] == DRY and 1 or 0, texts[1], texts[2], episode.start }
    end
  end
end
return { page[1], found }
