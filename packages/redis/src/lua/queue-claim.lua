-- Claims messages that are due.
--
-- KEYS    base of the queue's keys
-- ARGV    topic; how many; lease, ms; token
-- RETURN  pairs of head and failures; ms until the next one is due, or false
-- @include messages
local topic, limit, leaseMs, token = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
local base, now = messages.base, messages.now
local due = base .. ':due:' .. topic

-- What says no more than the one that is claimed.
local function merge(lane)
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', base .. ':lane:' .. lane, '-inf', now)) do
    local one = messages.load(id)
    if one.mergeable and one.failures == 0 then messages.remove(id, one) end
  end
end

local claimed = {}
while #claimed < 2 * limit do
  local ids = redis.call('ZRANGEBYSCORE', due, '-inf', now, 'LIMIT', 0, limit - #claimed / 2)
  if #ids == 0 then break end
  for _, id in ipairs(ids) do
    local one = messages.load(id)
    -- Or it went with another of this call.
    if one then
      -- Its last worker was not heard of again.
      if one.state == 'claimed' then one.failures = one.failures + 1 end
      if messages.isBlocked(id, one) then
        one.state, one.token = 'waiting', nil
        messages.await(id, one, one.due)
        redis.call('ZREM', due, id)
      else
        one.state, one.token = 'claimed', token
        messages.await(id, one, now + leaseMs)
        if one.lane then
          redis.call('ZREM', base .. ':lane:' .. one.lane, id)
          redis.call('HSET', base .. ':lanes', one.lane, id)
          merge(one.lane)
        end
        table.insert(claimed, redis.call('HGET', base .. ':heads', id))
        table.insert(claimed, one.failures)
      end
    end
  end
end
local following = redis.call('ZRANGEBYSCORE', due, '(' .. now, '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
return { claimed, following[2] and tonumber(following[2]) - now }
