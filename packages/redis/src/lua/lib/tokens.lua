-- The tokens of a run during an append. `own` is: runId; key, the hash of what the run holds; claims, the hash of claims where it is
-- on this server; options of the request; held, by token what the run notes of its holder, false when there is none; before,
-- the same as it was; lapsed, set when a token would have to be claimed again.
-- @include index-changes

function lib.holderOf(own, token)
  if own.held[token] == nil then
    own.held[token] = redis.call('HGET', own.key, token)
    own.before[token] = own.held[token]
  end
  return own.held[token]
end

-- The run that a claim names, if it holds the token: its own slot is the truth, a claim only points there.
function lib.ownerElsewhere(own, token)
  local claim = redis.call('HGET', own.claims, token)
  local runId = claim and lib.runOfClaim(claim)
  if not runId or runId == own.runId then return nil end
  local names = own.options.tokensOf
  local holder = redis.call('HGET', names[1] .. runId .. names[2], token)
  return holder and { runId, lib.holderId(holder) } or nil
end

-- The live owner of a token. Without the claims at hand, the request says who owns it, or that it was leased for this.
function lib.ownerOf(own, token)
  local holder = lib.holderOf(own, token)
  if holder then return { own.runId, lib.holderId(holder) } end
  if own.before[token] then return nil end
  if own.claims then return lib.ownerElsewhere(own, token) end
  for _, pair in ipairs(own.options.owners) do
    if pair[1] == token and pair[2][1] ~= own.runId then return pair[2] end
  end
  own.lapsed = own.lapsed or not lib.contains(own.options.lease.tokens, token)
end

function lib.hold(own, token, kind, id, state)
  local nonce = own.options.lease and own.options.lease.nonce or lib.NO_NONCE
  if own.before[token] then nonce = lib.nonceOf(own.before[token]) end
  own.held[token] = nonce .. lib.memberOfHolder(own.runId, kind, id, state)
end

-- An imported entity may never have held its token.
function lib.letGo(own, token, id)
  local holder = lib.holderOf(own, token)
  if holder and lib.holderId(holder) == id then own.held[token] = false end
end

function lib.letGoOfAll(own)
  local all = redis.call('HGETALL', own.key)
  for i = 1, #all, 2 do
    if own.before[all[i]] == nil then own.before[all[i]] = all[i + 1] end
    own.held[all[i]] = false
  end
  for token in pairs(own.held) do own.held[token] = false end
end

function lib.membersOfHolder(own, holder)
  if not holder then return {} end
  return { lib.memberOf(holder), lib.memberOfId(own.runId, lib.memberOf(holder)) }
end

-- Writes what has changed, and adds to the changes of the index. Returns the tokens that are held anew.
function lib.writeHolders(own, changes)
  local claimed = {}
  for token, holder in pairs(own.held) do
    local old = own.before[token]
    if holder ~= old then
      lib.replaceMembers(changes, lib.membersOfHolder(own, old), lib.membersOfHolder(own, holder))
      if holder then
        redis.call('HSET', own.key, token, holder)
        claimed[#claimed + 1] = token
        local claim = lib.nonceOf(holder) .. lib.NO_NONCE .. own.runId
        if own.claims then redis.call('HSET', own.claims, token, claim) end
      else
        redis.call('HDEL', own.key, token)
        table.insert(changes.release, token)
        table.insert(changes.release, lib.nonceOf(old))
      end
    end
  end
  return claimed
end
