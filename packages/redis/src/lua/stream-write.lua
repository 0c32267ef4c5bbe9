-- Writes to a stream: chunks, its end, or both. Whoever makes it has named it in its run before: without that name a run
-- would leave its stream behind.
--
-- KEYS    meta (hash), chunks (list), sizes (string); where it is on this server, the names of the run's streams (set)
-- ARGV    run id; name; 1 when it was named in the run just now; 1 when the stream ends here; writer, or ''; number of this write;
--         the command that tells of it; then chunks
-- RETURN  'written' | 'known' | 'ended', or 'unnamed' when nothing was done, and the run has to be told first
local META, CHUNKS, SIZES, NAMES = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local run, name, isNamed, ends = ARGV[1], ARGV[2], ARGV[3] == '1', ARGV[4] == '1'
local writer, number, publish, FIRST = ARGV[5], ARGV[6], ARGV[7], 8

local found = redis.call('HMGET', META, 'run', 'length', 'ended', 'w:' .. writer)
local exists, length, ended, known = found[1], tonumber(found[2] or 0), found[3], found[4]
if writer ~= '' and tonumber(number) <= tonumber(known or 0) then return 'known' end
if ended then return 'ended' end
if not exists and not NAMES and not isNamed then return 'unnamed' end

-- First what a server without memory refuses: once a script has written, it may go on.
if not exists and NAMES then redis.call('SADD', NAMES, name) end
redis.call('HSET', META, 'run', exists or run, 'length', length + #ARGV - FIRST + 1)
if ends then redis.call('HSET', META, 'ended', 1) end
if writer ~= '' then redis.call('HSET', META, 'w:' .. writer, number) end
-- Left of a stream whose removal was cut off.
if not exists then redis.call('UNLINK', CHUNKS, SIZES) end
local sizes = {}
for i = FIRST, #ARGV do
  redis.call('RPUSH', CHUNKS, ARGV[i])
  sizes[#sizes + 1] = struct.pack('>I4', #ARGV[i])
end
if sizes[1] then redis.call('APPEND', SIZES, table.concat(sizes)) end
redis.call(publish, CHUNKS, '')
return 'written'
