-- Whether the store remembers what it was told. The name of the process that last held the data stands in the data itself: another one was
-- restarted on its own file, or is a replica that took over and may lack the last writes; data without a name are new, or were lost. Then
-- brakes, cooldowns, budgets and intents may be forgotten, and nothing is begun for a while: `holdUntil`.

local function infoOf(section, name)
  return string.match(redis.call('INFO', section), name .. ':(%w+)') or ''
end

-- Notes a change at once, whoever meets it first. Answers same|fresh|restarted|failed-over, and until when nothing is begun; nil = no such time.
local function checkIdentity()
  local key, run = K(LIVE, 'identity'), infoOf('server', 'run_id')
  local f = redis.call('HMGET', key, 'run', 'holdUntil')
  local holdUntil, change = tonumber(f[2]), 'same'
  if f[1] ~= run then
    -- Who never followed another server has zeros for the history that it followed.
    local restarted = string.match(infoOf('replication', 'master_replid2'), '^0+$')
    change = not f[1] and 'fresh' or restarted and 'restarted' or 'failed-over'
    redis.call('HSET', key, 'run', run)
    if change ~= 'restarted' and L.freshHoldMs > 0 then
      holdUntil = now + L.freshHoldMs
      redis.call('HSET', key, 'holdUntil', holdUntil)
      audit('store', nil, cjson.encode({ change = change, ['until'] = holdUntil }))
    end
  end
  return change, holdUntil and holdUntil > now and holdUntil or nil
end
