-- Fences of a request: `fence`, an event id, or `fencedBelow`, the lowest id of the time that it names; and `inBand`.
-- @include tail
-- @include stored-log

-- The last position that the writer knew; 0 is the empty log, nil an id that this log does not hold.
function lib.knownPosition(request, log)
  if request.fence then return lib.positionOf(log, request.fence) end
  return lib.countBelow(log, request.fencedBelow)
end

-- Nothing that the scope counts as newer was committed since.
function lib.fenceIsCurrent(request, tail, log)
  local newest = tail and (request.inBand and tail[DECISION_ID] or tail[EVENT_ID])
  if not request.fence then return not newest or newest < request.fencedBelow end
  if not tail then return false end
  if tail[EVENT_ID] == request.fence then return true end
  return request.inBand and newest <= request.fence and lib.positionOf(log, request.fence) ~= nil
end

-- The event id that the fence stands for, and what came after it.
function lib.missedBeyond(request, log)
  local known = lib.knownPosition(request, log) or 0
  return { request.fence or lib.storedEventId(log, known), lib.readLog(log, known, request.missedLimit + 1) }
end
