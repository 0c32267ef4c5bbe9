-- A slice of a stream. The sizes say beforehand how many chunks are within its bytes: no others are read.
--
-- KEYS    meta (hash), chunks (list), sizes (string)
-- ARGV    position of the first chunk; how many at most; bytes at most, unless the first one is larger
-- RETURN  length, 1 when the stream has ended, chunks
local META, CHUNKS, SIZES = KEYS[1], KEYS[2], KEYS[3]
local from, limit, maxBytes = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])

local found = redis.call('HMGET', META, 'length', 'ended')
local length, ended = tonumber(found[1] or 0), found[2] and 1 or 0
if from >= length then return { length, ended, {} } end
local sizes = redis.call('GETRANGE', SIZES, 4 * from, 4 * math.min(length, from + limit) - 1)
local count, bytes = 0, 0
for i = 1, #sizes - 3, 4 do
  bytes = bytes + struct.unpack('>I4', sizes, i)
  if count > 0 and bytes > maxBytes then break end
  count = count + 1
end
if count == 0 then return { length, ended, {} } end
return { length, ended, redis.call('LRANGE', CHUNKS, from, from + count - 1) }
