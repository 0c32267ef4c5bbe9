-- Fences: { id } or { below }, the lowest id of the time that it names, and { inBand }.
-- @include stored-log

-- The last position that the writer knew; 0 is the empty log, nil an id that this log does not hold.
local function knownPosition(fence, log)
  if fence.id then return positionOf(log, fence.id) end
  return countBelow(log, fence.below)
end

-- Nothing that the scope counts as newer was committed since.
local function fenceIsCurrent(fence, tail, log)
  local newest = tail and (fence.inBand and tail.decisionId or tail.eventId)
  if not fence.id then return not newest or newest < fence.below end
  if not tail then return false end
  if tail.eventId == fence.id then return true end
  return fence.inBand and newest <= fence.id and positionOf(log, fence.id) ~= nil
end

-- The event id that the fence stands for, and what came after it.
local function missedBeyond(fence, log, limit)
  local known = knownPosition(fence, log) or 0
  return { fence.id or storedEventId(log, known), readLog(log, known, limit + 1) }
end
