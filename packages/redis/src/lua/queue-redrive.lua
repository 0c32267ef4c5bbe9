-- Makes dead messages due again.
--
-- KEYS    base of the queue's keys
-- ARGV    the command that tells of it; how many at most; id of the only one, or ''
-- RETURN  how many
-- @include messages
local publish, limit, only = ARGV[1], tonumber(ARGV[2]), ARGV[3]
local dead = messages.base .. ':dead'
local ids = only == '' and redis.call('ZRANGE', dead, 0, limit - 1) or { only }
local count = 0
for _, id in ipairs(ids) do
  local one = redis.call('ZREM', dead, id) == 1 and messages.load(id)
  if one then
    one.failures, one.reason = 0, nil
    messages.admit(id, one, messages.now)
    count = count + 1
  end
end
if count > 0 then redis.call(publish, messages.base, '') end
return count
