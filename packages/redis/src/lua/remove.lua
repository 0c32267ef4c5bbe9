-- Removes a run that has ended, with all that belongs to it.
--
-- KEYS    all keys of the run: run (hash), log, tokens, void, one of created entities for each kind; then, where they are on this
--         server, index and claims
-- ARGV    run id; the command that tells of it; number of keys of the run; epoch ms that it must have ended before; statuses
-- RETURN  1 when it was removed, 2 when there was none, 0 when it stays; changes for the index (MessagePack: add, remove, release) where it is elsewhere
local lib = {}
-- @include index-changes
local runId, publish, ofRun = ARGV[1], ARGV[2], tonumber(ARGV[3])
local RUN, LOG, INDEX, CLAIMS = KEYS[1], KEYS[2], KEYS[ofRun + 1], KEYS[ofRun + 2]
local statuses = { unpack(ARGV, 5) }

local packed = redis.call('HGET', RUN, 'run')
local run = packed and cmsgpack.unpack(packed)
if not run then return { 2 } end
if not lib.contains(statuses, run.status) then return { 0 } end
if not run.completedAt or run.completedAt >= tonumber(ARGV[4]) then return { 0 } end
redis.call('UNLINK', unpack(KEYS, 1, ofRun))
redis.call(publish, LOG, 0)
local changes = { add = {}, remove = lib.membersOfRun(runId, run), release = {} }
if not INDEX then return { 1, cmsgpack.pack(changes) } end
lib.applyIndexChanges(INDEX, CLAIMS, changes)
return { 1 }
