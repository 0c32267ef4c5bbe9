-- States of runs and entities: fields by name, and what an event does to them.

local function contains(list, value)
  for _, one in ipairs(list) do
    if one == value then return true end
  end
  return false
end

local function patched(state, patch, createdAt, seq)
  local next = {}
  for field, value in pairs(state or {}) do next[field] = value end
  for field, value in pairs(patch.set) do next[field] = value end
  for _, field in ipairs(patch.stamp) do next[field] = createdAt end
  for _, field in ipairs(patch.stampOnce) do
    if next[field] == nil then next[field] = createdAt end
  end
  for _, field in ipairs(patch.mark) do next[field] = seq end
  for _, field in ipairs(patch.increment) do next[field] = (next[field] or 0) + 1 end
  for _, field in ipairs(patch.unset) do next[field] = nil end
  return next
end

local function tailAfter(tail, command, seq, eventId, ms)
  return {
    seq = seq,
    eventId = eventId,
    decisionId = (command.inBand or not tail) and eventId or tail.decisionId,
    outcomeAt = command.outcome and ms or (tail and tail.outcomeAt or 0),
    ms = ms,
  }
end
