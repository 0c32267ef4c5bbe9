-- Removes a stream of a run that is gone, and tells its readers; one of another run stays.
--
-- KEYS    meta (hash), chunks (list), sizes (string)
-- ARGV    run id; the command that tells of it
local META, CHUNKS, SIZES = KEYS[1], KEYS[2], KEYS[3]
local run, publish = ARGV[1], ARGV[2]
if redis.call('HGET', META, 'run') ~= run then return end
redis.call('UNLINK', META, CHUNKS, SIZES)
redis.call(publish, CHUNKS, '')
