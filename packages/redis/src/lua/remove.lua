-- Removes a run that has ended, with all that belongs to it in its slot. Its streams lie in others: their names stay, until
-- they are removed too.
--
-- KEYS    run (hash), log, names of its streams (set), names of streams that have to go (set), then all other keys of the run
-- ARGV    run id; the command that tells of it; epoch ms that it must have ended before; statuses
-- RETURN  1 when it was removed, 2 when there was none, 0 when it stays; its members of the index; names of streams that have to go
local lib = {}
-- @include index-members
local RUN, LOG, STREAMS, LOST = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local runId, publish, endedBefore = ARGV[1], ARGV[2], tonumber(ARGV[3])

local function isOneOf(statuses, status)
  for i = statuses, #ARGV do
    if ARGV[i] == status then return true end
  end
  return false
end

local packed = redis.call('HGET', RUN, 'run')
local run = packed and cmsgpack.unpack(packed)
if not run then return { 2, {}, redis.call('SMEMBERS', LOST) } end
if not isOneOf(4, run.status) then return { 0, {}, {} } end
if not run.completedAt or run.completedAt >= endedBefore then return { 0, {}, {} } end
redis.call('UNLINK', RUN, LOG, unpack(KEYS, 5))
-- Not before something is removed: a server without memory refuses it then.
if redis.call('EXISTS', STREAMS) == 1 then
  redis.call('SUNIONSTORE', LOST, LOST, STREAMS)
  redis.call('UNLINK', STREAMS)
end
redis.call(publish, LOG, 0)
return { 1, lib.membersOfRun(runId, run), redis.call('SMEMBERS', LOST) }
