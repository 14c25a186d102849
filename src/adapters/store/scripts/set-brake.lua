--- uses lib
-- {brake: {scope, by, why, until?}}. Sets or extends.
local brake = A.brake
brake.at = now
brake['until'] = brake['until'] or cjson.null
local text = cjson.encode(brake)
redis.call('HSET', K(LIVE, 'brake'), brake.scope, text)
audit('brake-set', nil, text)
return text
