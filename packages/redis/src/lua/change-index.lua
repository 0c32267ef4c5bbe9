-- Applies the changes that an append has left for the index, and strikes its intent.
--
-- KEYS    index (sorted set), claims (hash), intents (hash)
-- ARGV    nonce of the intent, or ''; changes (MessagePack: add, remove, release), or ''; tokens that were claimed and not used
local lib = {}
-- @include index-changes
local INDEX, CLAIMS, INTENTS = KEYS[1], KEYS[2], KEYS[3]
local nonce = ARGV[1]
local changes = { add = {}, remove = {}, release = {} }
if ARGV[2] ~= '' then changes = cmsgpack.unpack(ARGV[2]) end
for i = 3, #ARGV do
  table.insert(changes.release, ARGV[i])
  table.insert(changes.release, nonce)
end
lib.applyIndexChanges(INDEX, CLAIMS, changes)
if nonce ~= '' then redis.call('HDEL', INTENTS, nonce) end
