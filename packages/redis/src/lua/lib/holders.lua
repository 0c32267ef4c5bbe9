-- Tokens. A run notes, by token, the nonce of the claim (16 bytes) and the index member of the entity that holds it; a
-- claim, outside the run's slot, is a nonce, the deadline of its lease (16 digits) and the run id.
-- @include index-members

local NO_NONCE = '0000000000000000'

local function nonceOf(text) return string.sub(text, 1, 16) end
local function memberOf(holder) return string.sub(holder, 17) end
local function holderId(holder) return idOfHolder(memberOf(holder)) end
local function runOfClaim(claim) return string.sub(claim, 33) end
