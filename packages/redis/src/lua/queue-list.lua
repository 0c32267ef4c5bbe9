-- Messages by id. It looks at 1,000 ids at most: others have to wait for a script.
--
-- KEYS    base of the queue's keys
-- ARGV    state, or ''; run id, or ''; id to begin behind, or ''; how many
-- RETURN  for each its head and its state (MessagePack); the id to go on behind, or false when there are no more
-- @include messages
local state, run, after, limit = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local base = messages.base
local MAX_IDS = 1000

local set = state == 'dead' and ':dead' or ':ids'
if run ~= '' then set = ':run:' .. run end
local from = after == '' and '-' or '(' .. after
local ids = redis.call('ZRANGEBYLEX', base .. set, from, '+', 'LIMIT', 0, MAX_IDS)
local found = {}
for _, id in ipairs(ids) do
  if #found == 2 * limit then return { found, false } end
  local one = messages.load(id)
  if one and (state == '' or one.state == state) then
    table.insert(found, redis.call('HGET', base .. ':heads', id))
    table.insert(found, cmsgpack.pack(one))
  end
end
return { found, #ids == MAX_IDS and #found < 2 * limit and ids[#ids] }
