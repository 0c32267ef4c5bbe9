-- Extends claims.
--
-- KEYS    base of the queue's keys
-- ARGV    lease, ms; pairs of id and token
-- RETURN  for each, 1 when it is still good
-- @include messages
local leaseMs = tonumber(ARGV[1])
local good = {}
for i = 2, #ARGV, 2 do
  local one = messages.claimed(ARGV[i], ARGV[i + 1])
  if one then messages.await(ARGV[i], one, messages.now + leaseMs) end
  table.insert(good, one and 1 or 0)
end
return good
