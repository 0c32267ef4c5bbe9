-- The messages of a namespace, all in one slot. What a worker is given (`heads`) is opaque here; a state is a table of state,
-- failures, due (epoch ms), topic, mergeable, size (bytes of data), and where there are such, run, lane, key, token, reason.
--
-- <base>:heads, <base>:states    hashes by id
-- <base>:ids, <base>:dead        sorted sets, all scores 0: every id, ids of the dead ones
-- <base>:due:<topic>             sorted set: ids by when they are due; of claimed ones by when the claim runs out. What waits
--                                for its lane may be missing
-- <base>:lane:<topic>:<lane>     sorted set: waiting ids of a lane by when they are due
-- <base>:lanes                   hash: lane -> id of the claimed one
-- <base>:keys                    hash: idempotency key -> id of the outstanding one
-- <base>:run:<run id>            sorted set, all scores 0: ids, dead ones included
-- <base>                         the channel that tells of what is due
--
-- While a namespace is removed, sets may still hold ids of which nothing else is left.
local messages = { base = KEYS[1], TOPICS = { 'workflow', 'step' } }
local clock = redis.call('TIME')
messages.now = clock[1] * 1000 + math.floor(clock[2] / 1000)

function messages.lane(topic, lane)
  return messages.base .. ':lane:' .. topic .. ':' .. lane
end

function messages.load(id)
  local packed = redis.call('HGET', messages.base .. ':states', id)
  return packed and cmsgpack.unpack(packed)
end

function messages.save(id, one)
  redis.call('HSET', messages.base .. ':states', id, cmsgpack.pack(one))
end

-- Makes it due, waiting or claimed.
function messages.await(id, one, due)
  one.due = due
  redis.call('ZADD', messages.base .. ':due:' .. one.topic, due, id)
  if one.lane and one.state == 'waiting' then
    redis.call('ZADD', messages.lane(one.topic, one.lane), due, id)
  end
  messages.save(id, one)
end

-- Makes an outstanding message one that waits.
function messages.admit(id, one, due)
  one.state = 'waiting'
  if one.key then redis.call('HSETNX', messages.base .. ':keys', one.key, id) end
  messages.await(id, one, due)
end

-- The claim, unless it ran out.
function messages.claimed(id, token)
  local one = messages.load(id)
  if one and one.state == 'claimed' and one.token == token and one.due > messages.now then
    return one
  end
end

-- Whether another message holds its lane.
function messages.isBlocked(id, one)
  if not one.lane then return false end
  local holder = redis.call('HGET', messages.base .. ':lanes', one.lane)
  if not holder or holder == id then return false end
  local other = messages.load(holder)
  return other and other.state == 'claimed' and other.due > messages.now
end

-- Whether it says no more than that its run should be looked at, and has never failed.
function messages.isWake(one)
  return one and one.mergeable and one.failures == 0
end

-- The first wake that is due and waits in a lane.
function messages.wakeOf(lane)
  local first, firstDue
  for _, topic in ipairs(messages.TOPICS) do
    for _, id in ipairs(redis.call('ZRANGEBYSCORE', messages.lane(topic, lane), '-inf', messages.now)) do
      local one = messages.load(id)
      if messages.isWake(one) then
        if not first or one.due < firstDue or (one.due == firstDue and id < first) then
          first, firstDue = id, one.due
        end
        break
      end
    end
  end
  return first
end

-- Lets the next one of a free lane be claimed, of either topic; true when one is due.
function messages.promote(lane)
  local isDue = false
  for _, topic in ipairs(messages.TOPICS) do
    local waiting = messages.lane(topic, lane)
    local found = redis.call('ZRANGEBYSCORE', waiting, '-inf', messages.now, 'WITHSCORES', 'LIMIT', 0, 1)
    if found[1] then
      redis.call('ZADD', messages.base .. ':due:' .. topic, found[2], found[1])
      isDue = true
    end
  end
  return isDue
end

-- Frees the lane that it held; true when another message is due there.
function messages.release(id, one)
  one.token = nil
  if not one.lane then return false end
  local lanes = messages.base .. ':lanes'
  local holder = redis.call('HGET', lanes, one.lane)
  if holder == id then
    redis.call('HDEL', lanes, one.lane)
  elseif holder then
    return false
  end
  return messages.promote(one.lane)
end

-- Makes it not outstanding any more.
function messages.dismiss(id, one)
  redis.call('ZREM', messages.base .. ':due:' .. one.topic, id)
  if one.lane then redis.call('ZREM', messages.lane(one.topic, one.lane), id) end
  local keys = messages.base .. ':keys'
  if one.key and redis.call('HGET', keys, one.key) == id then redis.call('HDEL', keys, one.key) end
end

-- Removes it; true when another message is due in its lane.
function messages.remove(id, one)
  messages.dismiss(id, one)
  for _, hash in ipairs({ ':heads', ':states' }) do redis.call('HDEL', messages.base .. hash, id) end
  for _, set in ipairs({ ':ids', ':dead' }) do redis.call('ZREM', messages.base .. set, id) end
  if one.run then redis.call('ZREM', messages.base .. ':run:' .. one.run, id) end
  return messages.release(id, one)
end
