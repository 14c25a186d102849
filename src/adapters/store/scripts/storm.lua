-- Storms by cluster: {since, until, targets}. One whose time is over is none, though its end may not be recorded yet.

local function stormOf(cluster)
  local text = cluster and redis.call('HGET', K(LIVE, 'storms'), cluster)
  return text and cjson.decode(text) or nil
end

-- Until when the storm lasts; nil = there is none.
local function stormUntil(cluster)
  local storm = stormOf(cluster)
  return storm and storm['until'] > now and storm['until'] or nil
end
