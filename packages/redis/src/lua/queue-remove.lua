-- Removes all messages of runs.
--
-- KEYS    base of the queue's keys
-- ARGV    the command that tells of what is due then; run ids
-- @include messages
local isDue = false
for i = 2, #ARGV do
  for _, id in ipairs(redis.call('ZRANGE', messages.base .. ':run:' .. ARGV[i], 0, -1)) do
    local one = messages.load(id)
    if one and messages.remove(id, one) then isDue = true end
  end
end
if isDue then redis.call(ARGV[1], messages.base, '') end
