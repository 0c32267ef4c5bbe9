-- @include lib
-- @include call-many
-- @include holders

-- Changes of the index:
--   add, remove: members
--   release: token, nonce, …; released unless it was claimed anew since
-- Each may be applied twice, and late: what it says of a run never becomes wrong again.
function lib.applyIndexChanges(INDEX, CLAIMS, changes)
  local scored = {}
  for _, member in ipairs(changes.add) do
    scored[#scored + 1] = 0
    scored[#scored + 1] = member
  end
  lib.callMany('ZADD', INDEX, scored)
  lib.callMany('ZREM', INDEX, changes.remove)
  for i = 1, #changes.release, 2 do
    local token, nonce = changes.release[i], changes.release[i + 1]
    local claim = redis.call('HGET', CLAIMS, token)
    if claim and lib.nonceOf(claim) == nonce then redis.call('HDEL', CLAIMS, token) end
  end
end

function lib.contains(list, value)
  for _, one in ipairs(list) do
    if one == value then return true end
  end
  return false
end

-- Adds to `changes` what it takes to show `new` in place of `old`.
function lib.replaceMembers(changes, old, new)
  for _, member in ipairs(old) do
    if not lib.contains(new, member) then table.insert(changes.remove, member) end
  end
  for _, member in ipairs(new) do
    if not lib.contains(old, member) then table.insert(changes.add, member) end
  end
end

function lib.membersOfToken(runId, holder)
  if not holder then return {} end
  return { lib.memberOf(holder), lib.memberOfId(runId, lib.memberOf(holder)) }
end
