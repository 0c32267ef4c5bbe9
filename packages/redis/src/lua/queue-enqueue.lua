-- Adds a message, unless another one stands for it.
--
-- KEYS    base of the queue's keys
-- ARGV    id; head; state of the new message (MessagePack); delay, ms; 1 when it is added only for an idle run; the command that tells of it
-- RETURN  id of the message that stands for it; 1 when it was added
-- @include messages
local id, head, delayMs, onlyIfIdle, publish = ARGV[1], ARGV[2], tonumber(ARGV[4]), ARGV[5] == '1', ARGV[6]
local one = cmsgpack.unpack(ARGV[3])
local base = messages.base

local standing = redis.call('HEXISTS', base .. ':states', id) == 1 and id
if not standing and one.key then standing = redis.call('HGET', base .. ':keys', one.key) end
if not standing and onlyIfIdle and one.run then
  for _, other in ipairs(redis.call('ZRANGE', base .. ':run:' .. one.run, 0, -1)) do
    local state = (messages.load(other) or {}).state
    if state and state ~= 'dead' then
      standing = other
      break
    end
  end
end
if not standing and one.lane and one.mergeable and not one.key and delayMs == 0 then
  standing = messages.wakeOf(one.lane)
end
if standing then return { standing, 0 } end

redis.call('HSET', base .. ':heads', id, head)
redis.call('ZADD', base .. ':ids', 0, id)
if one.run then redis.call('ZADD', base .. ':run:' .. one.run, 0, id) end
messages.admit(id, one, messages.now + delayMs)
-- While its lane is another's nobody needs to look: whoever frees it tells.
if not messages.isBlocked(id, one) then redis.call(publish, base, '') end
return { id, 1 }
