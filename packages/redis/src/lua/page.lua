-- One page of the index: members of ranges, in one snapshot, and intents whose append is overdue.
--
-- KEYS    index (sorted set), intents (hash)
-- ARGV    'asc' | 'desc'; limit of each range; then the ranges: from, to, from, to, … (ascending, as ZRANGEBYLEX takes them)
-- RETURN  members, a list a range; overdue intents: nonce, MessagePack of { runId, deadline, tokens }, …
local INDEX, INTENTS = KEYS[1], KEYS[2]
local descending, limit = ARGV[1] == 'desc', ARGV[2]
local pages, overdue = {}, {}
for i = 3, #ARGV, 2 do
  if descending then
    pages[#pages + 1] = redis.call('ZREVRANGEBYLEX', INDEX, ARGV[i + 1], ARGV[i], 'LIMIT', 0, limit)
  else
    pages[#pages + 1] = redis.call('ZRANGEBYLEX', INDEX, ARGV[i], ARGV[i + 1], 'LIMIT', 0, limit)
  end
end
local intents = redis.call('HGETALL', INTENTS)
local time = redis.call('TIME')
local nowMs = time[1] * 1000 + math.floor(time[2] / 1000)
for i = 1, #intents, 2 do
  if cmsgpack.unpack(intents[i + 1])[2] < nowMs then
    overdue[#overdue + 1] = intents[i]
    overdue[#overdue + 1] = intents[i + 1]
  end
end
return { pages, overdue }
