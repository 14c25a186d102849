-- How many charges a window counts, and when there is room for so many more; nil = there is, or there never will be.
local function roomIn(space, budget, cost)
  local window, from = K(space, 'bud', budget.key), '(' .. (now - budget.perMs)
  local used = redis.call('ZCOUNT', window, from, '+inf')
  local over = used + cost - budget.max
  if over <= 0 or cost > budget.max then
    return used, nil
  end
  local last = redis.call('ZRANGEBYSCORE', window, from, '+inf', 'WITHSCORES', 'LIMIT', over - 1, 1)
  return used, tonumber(last[2]) + budget.perMs
end
