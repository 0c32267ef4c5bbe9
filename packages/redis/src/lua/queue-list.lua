-- Messages by id.
--
-- KEYS    base of the queue's keys
-- ARGV    state, or ''; run id, or ''; id to begin behind, or ''; how many
-- RETURN  for each its head and its state (MessagePack)
-- @include messages
local state, run, after, limit = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local base = messages.base
local found = {}

local function show(id)
  local one = messages.load(id)
  if state ~= '' and one.state ~= state then return end
  table.insert(found, redis.call('HGET', base .. ':heads', id))
  table.insert(found, cmsgpack.pack(one))
end

if run ~= '' then
  local ids = redis.call('SMEMBERS', base .. ':run:' .. run)
  table.sort(ids)
  for _, id in ipairs(ids) do
    if #found == 2 * limit then break end
    if id > after then show(id) end
  end
  return found
end
local set = state == 'dead' and ':dead' or ':ids'
local from = after == '' and '-' or '(' .. after
while #found < 2 * limit do
  local ids = redis.call('ZRANGEBYLEX', base .. set, from, '+', 'LIMIT', 0, limit)
  if #ids == 0 then break end
  for _, id in ipairs(ids) do
    if #found < 2 * limit then show(id) end
  end
  from = '(' .. ids[#ids]
end
return found
