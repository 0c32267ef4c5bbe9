-- Claims messages that are due.
--
-- KEYS    base of the queue's keys
-- ARGV    topic; how many; lease, ms; token; how many bytes of data, unless the first has more
-- RETURN  pairs of head and failures; ms until the next one is due, 0 when there was no room for all, or false
-- @include messages
local topic, limit, leaseMs, token = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
local maxBytes = tonumber(ARGV[5])
local base, now = messages.base, messages.now
local due = base .. ':due:' .. topic

-- What says no more than the one that is claimed.
local function merge(lane)
  for _, of in ipairs(messages.TOPICS) do
    for _, id in ipairs(redis.call('ZRANGEBYSCORE', messages.lane(of, lane), '-inf', now)) do
      local one = messages.load(id)
      if messages.isWake(one) then messages.remove(id, one) end
    end
  end
end

-- Whether its lane is another's. Of a lane it is looked up once: nothing ends while this runs.
local held = {}
local function isBlocked(id, one)
  if one.lane and not held[one.lane] then held[one.lane] = messages.isBlocked(id, one) end
  return one.lane and held[one.lane]
end

local claimed = {}
local bytes, isFull = 0, false

-- Should the clock be set back, a claim that ran out must not be good again.
local function expireHolder(id, lane)
  local holder = redis.call('HGET', base .. ':lanes', lane)
  local other = holder and holder ~= id and messages.load(holder)
  if not other or other.state ~= 'claimed' then return end
  other.state, other.token, other.failures = 'waiting', nil, other.failures + 1
  messages.await(holder, other, other.due)
end

local function take(id, one)
  if one.lane then expireHolder(id, one.lane) end
  one.state, one.token = 'claimed', token
  messages.await(id, one, now + leaseMs)
  if one.lane then
    redis.call('ZREM', messages.lane(topic, one.lane), id)
    redis.call('HSET', base .. ':lanes', one.lane, id)
    held[one.lane] = true
    merge(one.lane)
  end
  table.insert(claimed, redis.call('HGET', base .. ':heads', id))
  table.insert(claimed, one.failures)
end

-- Whoever frees the lane makes it due again: until then it is not looked at.
local function putOff(id, one)
  if one.state == 'claimed' then
    one.state, one.token = 'waiting', nil
    messages.await(id, one, one.due)
  end
  redis.call('ZREM', due, id)
end

while #claimed < 2 * limit and not isFull do
  local ids = redis.call('ZRANGEBYSCORE', due, '-inf', now, 'LIMIT', 0, limit - #claimed / 2)
  if #ids == 0 then break end
  for _, id in ipairs(ids) do
    local one = messages.load(id)
    -- Its last worker was not heard of again.
    if one and one.state == 'claimed' then one.failures = one.failures + 1 end
    -- It may also have gone with another of this call.
    if not one then
      redis.call('ZREM', due, id)
    elseif isBlocked(id, one) then
      putOff(id, one)
    else
      bytes = bytes + one.size
      isFull = bytes > maxBytes and #claimed > 0
      if isFull then break end
      take(id, one)
    end
  end
end
if isFull or #claimed == 2 * limit then
  local more = redis.call('ZRANGEBYSCORE', due, '-inf', now, 'LIMIT', 0, 1)
  if more[1] then return { claimed, 0 } end
end
local following = redis.call('ZRANGEBYSCORE', due, '(' .. now, '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
return { claimed, following[2] and tonumber(following[2]) - now }
