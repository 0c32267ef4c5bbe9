-- What the index has to hold for a run, by the run's own slot; leases on it up to a deadline become void first. For
-- appends whose writer is gone.
--
-- KEYS    run (hash), tokens (hash), void (string)
-- ARGV    run id; deadline, epoch ms; tokens that the append had claimed
-- RETURN  changes (MessagePack: add, remove, release), then those tokens that the run does not hold
local lib = {}
-- @include holders
local RUN, TOKENS, VOID = KEYS[1], KEYS[2], KEYS[3]
local runId, deadline = ARGV[1], tonumber(ARGV[2])
local HOUR_MS = 3600000

if tonumber(redis.call('GET', VOID) or 0) < deadline then
  redis.call('SET', VOID, string.format('%.0f', deadline), 'PX', HOUR_MS)
end
local add, free = {}, {}
local run = redis.call('HGET', RUN, 'run')
if run then add = lib.membersOfRun(runId, cmsgpack.unpack(run)) end
local holders = redis.call('HVALS', TOKENS)
for _, holder in ipairs(holders) do
  local member = lib.memberOf(holder)
  add[#add + 1] = member
  add[#add + 1] = lib.memberOfId(runId, member)
end
for i = 3, #ARGV do
  if redis.call('HEXISTS', TOKENS, ARGV[i]) == 0 then free[#free + 1] = ARGV[i] end
end
return { cmsgpack.pack({ add = add, remove = {}, release = {} }), free }
