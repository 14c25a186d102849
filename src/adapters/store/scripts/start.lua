--- uses lib new-run
-- {request, told}: the run that a human asks for, or the live one of its slot. `told`: its audit.
local live = liveRun(A.request)
if live then
  return { 'live', live }
end
return { 'started', startAlone(A.request, A.told) }
