-- Removes all messages of runs.
--
-- KEYS    base of the queue's keys
-- ARGV    run ids
-- @include messages
for _, run in ipairs(ARGV) do
  for _, id in ipairs(redis.call('SMEMBERS', messages.base .. ':run:' .. run)) do
    messages.remove(id, messages.load(id))
  end
end
