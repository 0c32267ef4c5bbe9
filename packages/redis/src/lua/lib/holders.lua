-- Tokens. A run notes, by token, the nonce of the claim (16 bytes) and the index member of the entity that holds it; a
-- claim, outside the run's slot, is a nonce, the deadline of its lease (16 digits) and the run id.
-- @include index-members

lib.NO_NONCE = '0000000000000000'

function lib.nonceOf(text) return string.sub(text, 1, 16) end
function lib.memberOf(holder) return string.sub(holder, 17) end
function lib.holderId(holder) return lib.idOfHolder(lib.memberOf(holder)) end
function lib.runOfClaim(claim) return string.sub(claim, 33) end
