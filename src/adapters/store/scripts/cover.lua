-- Principle 2: a firing episode with no live run in one of its slots is covered, or a new run is due.

local function incidentCovers(id)
  local incident = redis.call('HMGET', K(LIVE, 'inc', id), 'state', 'snoozedUntil')
  if not incident[1] then
    return false
  end
  return incident[1] ~= 'resolved' or (tonumber(incident[2]) or 0) > now
end

-- What the last run of the slot left behind. `genAt`: when this generation of the episode began; `reported`: when it was last told firing.
local function covered(space, slot, genAt, reported)
  local last = redis.call('HMGET', K(space, 'slot', slot), 'kind', 'at', 'incident')
  local at = tonumber(last[2])
  if last[1] == 'succeeded' or last[1] == 'resolved' then
    return at >= reported
  end
  if last[1] == 'observed' then
    return space == DRY and genAt <= at
  end
  if last[1] == 'human' then
    return genAt <= at
  end
  return last[3] ~= false and incidentCovers(last[3])
end
