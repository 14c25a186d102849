--- uses lib
-- {schema, installation}. Answers what the store was made by.
local meta = K(LIVE, 'meta')
redis.call('HSETNX', meta, 'installation', A.installation)
redis.call('HSETNX', meta, 'created', now)
redis.call('HSETNX', meta, 'schema', A.schema)
local found = redis.call('HMGET', meta, 'schema', 'installation', 'created')
return { tonumber(found[1]), found[2], tonumber(found[3]) }
