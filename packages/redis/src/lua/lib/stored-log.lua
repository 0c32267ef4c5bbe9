-- The log of a run as it stands before an append: { key, length }. Ids ascend with seq, so they are found by bisection.

function lib.readLog(log, afterSeq, count)
  return redis.call('XRANGE', log.key, (afterSeq + 1) .. '-0', '+', 'COUNT', count)
end

-- False where there is no event.
function lib.storedEventId(log, seq)
  if seq < 1 or seq > log.length then return false end
  return cmsgpack.unpack(lib.readLog(log, seq - 1, 1)[1][2][2])[1]
end

function lib.countBelow(log, eventId)
  local low, high = 0, log.length
  while low < high do
    local middle = math.ceil((low + high) / 2)
    if lib.storedEventId(log, middle) < eventId then low = middle else high = middle - 1 end
  end
  return low
end

function lib.positionOf(log, eventId)
  if lib.storedEventId(log, log.length) == eventId then return log.length end
  local position = lib.countBelow(log, eventId) + 1
  return lib.storedEventId(log, position) == eventId and position or nil
end
