--- uses lib
-- {hash, rules, text, audit}. The set that is in force now stands first; of those before it the last few are kept.
local sets, set = K(LIVE, 'sets'), K(LIVE, 'set', A.hash)
redis.call('LREM', sets, 0, A.hash)
redis.call('LPUSH', sets, A.hash)
redis.call('HSET', set, 'at', NOW, 'rules', A.rules, 'text', ARGV[A.text])
for _, old in ipairs(redis.call('LRANGE', sets, L.sets, -1)) do
  redis.call('DEL', K(LIVE, 'set', old))
end
redis.call('LTRIM', sets, 0, L.sets - 1)
auditAll(nil, A.audit)
return 'ok'
