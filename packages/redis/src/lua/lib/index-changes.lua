-- Changes of the index: add and remove, lists of members; release, a list of token and nonce in turn. They may be applied twice, and
-- late: what is removed never comes back by itself, what is added may be stale then, which readers see by the run. A token is
-- released unless it was claimed anew since.
-- @include holders

-- Calls a command with any number of arguments, some at a time: Lua passes no more than about 8,000 at once.
function lib.callMany(command, key, args)
  for first = 1, #args, 4000 do
    redis.call(command, key, unpack(args, first, math.min(first + 3999, #args)))
  end
end

function lib.applyIndexChanges(index, claims, changes)
  local scored = {}
  for _, member in ipairs(changes.add) do
    scored[#scored + 1] = 0
    scored[#scored + 1] = member
  end
  lib.callMany('ZADD', index, scored)
  lib.callMany('ZREM', index, changes.remove)
  for i = 1, #changes.release, 2 do
    local token, nonce = changes.release[i], changes.release[i + 1]
    local claim = redis.call('HGET', claims, token)
    if claim and lib.nonceOf(claim) == nonce then redis.call('HDEL', claims, token) end
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
