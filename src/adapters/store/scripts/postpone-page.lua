--- uses lib
-- {run, ms}
if lives(A.run) then
  redis.call('ZADD', K(LIVE, 'pagedue'), now + A.ms, A.run)
end
return 'ok'
