-- Ends a claim.
--
-- KEYS    base of the queue's keys
-- ARGV    id; token; the command that tells of it; done | later | dead; for `later` the delay, ms, and 1 when it failed; for `dead` the reason
-- RETURN  1 when the claim was good
-- @include messages
local id, token, publish, kind = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local base = messages.base
local one = messages.claimed(id, token)
if not one then return 0 end

local isDue = kind == 'later'
if kind == 'done' then
  isDue = messages.remove(id, one)
elseif kind == 'later' then
  if ARGV[6] == '1' then one.failures = one.failures + 1 end
  messages.release(id, one)
  one.state = 'waiting'
  messages.await(id, one, messages.now + tonumber(ARGV[5]))
else
  messages.dismiss(id, one)
  isDue = messages.release(id, one)
  one.state, one.reason = 'dead', ARGV[5]
  messages.save(id, one)
  redis.call('ZADD', base .. ':dead', 0, id)
end
if isDue then redis.call(publish, base, '') end
return 1
