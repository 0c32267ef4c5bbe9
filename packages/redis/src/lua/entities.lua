-- One page of a run's entities of one kind, in the order of their creation, in one snapshot.
--
-- KEYS    run (hash), created (list of seq:id)
-- ARGV    'asc' | 'desc'; seq that the page lies beyond, or ''; limit
-- RETURN  the run's tail; then id, cell, id, cell, …
local RUN, CREATED = KEYS[1], KEYS[2]
local descending, beyond, limit = ARGV[1] == 'desc', tonumber(ARGV[2]), tonumber(ARGV[3])

local length = redis.call('LLEN', CREATED)
local function seqAt(position)
  return tonumber(string.match(redis.call('LINDEX', CREATED, position), '^%d+'))
end

-- Number of entries up to a seq, itself included or not.
local function countUpTo(seq, included)
  local low, high = 0, length
  while low < high do
    local middle = math.floor((low + high) / 2)
    local found = seqAt(middle)
    if found < seq or (included and found == seq) then low = middle + 1 else high = middle end
  end
  return low
end

local first, last
if descending then
  last = (beyond and countUpTo(beyond, false) or length) - 1
  first = math.max(0, last - limit + 1)
else
  first = beyond and countUpTo(beyond, true) or 0
  last = math.min(length, first + limit) - 1
end
if last < first then return { redis.call('HGET', RUN, 'tail') } end

local fields, ids = { 'tail' }, {}
for _, entry in ipairs(redis.call('LRANGE', CREATED, first, last)) do
  local id = string.sub(entry, string.find(entry, ':', 1, true) + 1)
  table.insert(ids, descending and 1 or #ids + 1, id)
end
for _, id in ipairs(ids) do fields[#fields + 1] = 'c:' .. id end
local found = redis.call('HMGET', RUN, unpack(fields))
local reply = { found[1] }
for i, id in ipairs(ids) do
  reply[#reply + 1] = id
  reply[#reply + 1] = found[i + 1]
end
return reply
