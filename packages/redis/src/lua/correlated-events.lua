-- Events of a run with one correlation id, in one snapshot.
--
-- KEYS    run (hash), log (stream)
-- ARGV    correlation id; 'asc' | 'desc'; seq that the page lies beyond, or ''; limit
-- RETURN  entries of the log
local RUN, LOG = KEYS[1], KEYS[2]
local id, descending, limit = ARGV[1], ARGV[2] == 'desc', tonumber(ARGV[4])
local beyond = tonumber(ARGV[3]) or (descending and math.huge or 0)

local packed = redis.call('HGET', RUN, 'c:' .. id)
if not packed then return {} end
local cell = cmsgpack.unpack(packed)
local parts = cell.parts or 0

-- Part `parts` stands in the cell itself; it is empty right after it was cut.
local function readPart(part)
  if part == parts then return cell.at or '' end
  return redis.call('HGET', RUN, 'c:' .. id .. '\0' .. part)
end

local function lies(seq)
  if descending then return seq < beyond end
  return seq > beyond
end

local entries = {}
local from, to, step = 0, parts, 1
if descending then from, to, step = parts, 0, -1 end
for part = from, to, step do
  local text = readPart(part)
  local first, last = tonumber(string.match(text, '^%d+')), tonumber(string.match(text, '%d+$'))
  if first and (lies(first) or lies(last)) then
    local seqs = {}
    for seq in string.gmatch(text, '%d+') do
      if lies(tonumber(seq)) then table.insert(seqs, descending and 1 or #seqs + 1, seq) end
    end
    for _, seq in ipairs(seqs) do
      if #entries == limit then return entries end
      entries[#entries + 1] = redis.call('XRANGE', LOG, seq .. '-0', seq .. '-0')[1]
    end
  end
end
return entries
