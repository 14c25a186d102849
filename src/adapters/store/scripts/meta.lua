--- uses lib identity
-- {schema, installation}. Answers what the store was made by, how its server changed since it was last looked at, until when nothing is begun,
-- and when it was made.
local meta = K(LIVE, 'meta')
redis.call('HSETNX', meta, 'installation', A.installation)
redis.call('HSETNX', meta, 'created', now)
redis.call('HSETNX', meta, 'schema', A.schema)
local found = redis.call('HMGET', meta, 'schema', 'installation', 'created')
if found[2] ~= A.installation or tonumber(found[1]) > A.schema then
  -- Not ours: it is left as it is.
  return { tonumber(found[1]), found[2], 'same', -1, found[3] }
end
local change, holdUntil = checkIdentity()
return { tonumber(found[1]), found[2], change, holdUntil or -1, found[3] }
