-- Who holds a token in a run, by the run's own slot. When nobody does, leases on the run up to a deadline become void: an
-- append that carries one, and was only slow, can no longer use it.
--
-- KEYS    tokens (hash), void (string)
-- ARGV    token; deadline, epoch ms, or '' to leave leases as they are
-- RETURN  the id of the entity, or nil
local lib = {}
-- @include holders
local TOKENS, VOID = KEYS[1], KEYS[2]
local token, deadline = ARGV[1], tonumber(ARGV[2])
local HOUR_MS = 3600000

local holder = redis.call('HGET', TOKENS, token)
if holder then return lib.holderId(holder) end
if deadline and tonumber(redis.call('GET', VOID) or 0) < deadline then
  redis.call('SET', VOID, string.format('%.0f', deadline), 'PX', HOUR_MS)
end
return false
