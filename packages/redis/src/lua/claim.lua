-- Announces an append that will change the index, and claims tokens for it: all of them, or none when one of them is
-- another's. Whoever finds a claim whose append never came can tell from the intent.
--
-- KEYS    claims (hash), intents (hash)
-- ARGV    request (MessagePack): runId, nonce, leaseMs, tokens, and pairs of a token and the nonce of a claim on it that may be
--         taken over
-- RETURN  the deadline of the lease, by this server's clock, or 0; then what stands against it: token, run id, nonce, whether
--         the append may still come, whether its lease is over, its deadline, …
local lib = {}
-- @include holders
local CLAIMS, INTENTS = KEYS[1], KEYS[2]
local request = cmsgpack.unpack(ARGV[1])
local time = redis.call('TIME')
local nowMs = time[1] * 1000 + math.floor(time[2] / 1000)
local others, expected = {}, {}
for _, pair in ipairs(request.expected) do expected[pair[1]] = pair[2] end
for _, token in ipairs(request.tokens) do
  local claim = redis.call('HGET', CLAIMS, token)
  if claim and lib.nonceOf(claim) ~= request.nonce and expected[token] ~= lib.nonceOf(claim) then
    local pending = redis.call('HEXISTS', INTENTS, lib.nonceOf(claim))
    local deadline = tonumber(string.sub(claim, 17, 32))
    local over = deadline <= nowMs and 1 or 0
    others[#others + 1] = { token, lib.runOfClaim(claim), lib.nonceOf(claim), pending, over, deadline }
  end
end
if #others > 0 then return { 0, others } end
local deadline = nowMs + request.leaseMs
for _, token in ipairs(request.tokens) do
  redis.call('HSET', CLAIMS, token, request.nonce .. string.format('%016.0f', deadline) .. request.runId)
end
redis.call('HSET', INTENTS, request.nonce, cmsgpack.pack({ request.runId, deadline, request.tokens }))
return { deadline, others }
