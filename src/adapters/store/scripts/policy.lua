-- An escalation policy in time; test/support/tables/policy.ts is its twin.

local function receiversOf(incident, steps)
  local names = {}
  for _, step in ipairs(steps) do
    local priorities = given(step.priorities)
    local quiet = given(step.unless) == 'acknowledged' and incident.state == 'acknowledged'
    if not quiet and (not priorities or contains(priorities, incident.priority)) then
      for _, name in ipairs(step.notify) do
        if not contains(names, name) then
          names[#names + 1] = name
        end
      end
    end
  end
  return names
end

local function slice(list, first, last)
  local part = {}
  for i = first, last do
    part[#part + 1] = list[i]
  end
  return part
end

-- Carries the policy on to now. Answers whom to tell, whether it just ran out unheard, and when it has something to say again.
local function dueStep(incident)
  local policy = policyOf(incident)
  local steps, from = policy.steps, incident.step
  while steps[incident.step + 1] and incident.openedAt + steps[incident.step + 1].afterMs <= now do
    incident.step = incident.step + 1
  end
  local tell = receiversOf(incident, slice(steps, from + 1, incident.step))
  local waiting = steps[incident.step + 1]
  if waiting then
    return tell, false, incident.openedAt + waiting.afterMs
  end
  local again, before = given(policy['repeat']), incident.repeats
  local rounds, every = again and again.times or 0, again and again.everyMs or T.incidentExhaustMs
  local base = incident.openedAt + (#steps > 0 and steps[#steps].afterMs or 0)
  while incident.repeats <= rounds and base + (incident.repeats + 1) * every <= now do
    incident.repeats = incident.repeats + 1
  end
  local quiet = again and given(again.unless) == 'acknowledged' and incident.state == 'acknowledged'
  if math.min(incident.repeats, rounds) > before and not quiet then
    tell = receiversOf(incident, steps)
  end
  local exhausted = incident.repeats > rounds and before <= rounds and incident.state == 'open'
  local fallback = given(policy.fallback)
  if exhausted and fallback and not contains(tell, fallback) then
    tell[#tell + 1] = fallback
  end
  return tell, exhausted, incident.repeats <= rounds and base + (incident.repeats + 1) * every or nil
end

-- When the policy has something to say next; nil = it ran out.
local function nextStep(incident)
  local step, repeats = incident.step, incident.repeats
  local _, _, at = dueStep(incident)
  incident.step, incident.repeats = step, repeats
  return at
end

local function schedule(incident)
  local at
  if incident.state == 'resolved' then
    at = incident.snoozedUntil
  elseif incident.clearSince then
    at = incident.clearSince + T.incidentClearMs
  else
    at = nextStep(incident)
    if incident.state == 'acknowledged' then
      at = math.min(at or math.huge, incident.changedAt + T.incidentAckMs)
    end
  end
  if at then
    redis.call('ZADD', K(LIVE, 'pagedue'), at, incident.id)
  else
    redis.call('ZREM', K(LIVE, 'pagedue'), incident.id)
  end
end
