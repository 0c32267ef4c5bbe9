// Generated from src/lua by scripts/embed-scripts.mjs. Do not edit.

/** The scripts that run on the server, by name. */
export const scripts = {
  append: `-- Executes the commands of an append on one run: loads what they touch, evaluates them as \`evaluate\` of the contract
-- does, and writes only when all of them pass. Knows no event type: what is allowed, and what it changes, comes along.
--
-- KEYS    run (hash), log (stream), and those that request.keys gives positions of: tokens, void, index, claims,
--         created by kind
-- ARGV    request (MessagePack, see request.ts), then the data of events, to which commands refer by position
-- RETURN  'committed' | 'replayed' | 'refused' | 'lapsed', and what reply.ts reads
-- The server's clock, epoch ms.
local function readClock()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- States of runs and entities: fields by name, and what an event does to them.

local function contains(list, value)
  for _, one in ipairs(list) do
    if one == value then return true end
  end
  return false
end

local function patched(state, patch, createdAt, seq)
  local next = {}
  for field, value in pairs(state or {}) do next[field] = value end
  for field, value in pairs(patch.set) do next[field] = value end
  for _, field in ipairs(patch.stamp) do next[field] = createdAt end
  for _, field in ipairs(patch.stampOnce) do
    if next[field] == nil then next[field] = createdAt end
  end
  for _, field in ipairs(patch.mark) do next[field] = seq end
  for _, field in ipairs(patch.increment) do next[field] = (next[field] or 0) + 1 end
  for _, field in ipairs(patch.unset) do next[field] = nil end
  return next
end

local function tailAfter(tail, command, seq, eventId, ms)
  return {
    seq = seq,
    eventId = eventId,
    decisionId = (command.inBand or not tail) and eventId or tail.decisionId,
    outcomeAt = command.outcome and ms or (tail and tail.outcomeAt or 0),
    ms = ms,
  }
end

-- Event ids as \`mintEventId\` of the contract makes them: evnt_, 10 base32 characters of ms, 16 more.
local DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

local function encodeTime(ms)
  local text = ''
  for _ = 1, 10 do
    local digit = ms % 32
    text = string.sub(DIGITS, digit + 1, digit + 1) .. text
    ms = (ms - digit) / 32
  end
  return text
end

-- The next of 16 base32 characters; nil behind the last.
local function increment(random)
  for i = #random, 1, -1 do
    local digit = string.find(DIGITS, string.sub(random, i, i), 1, true)
    if digit < 32 then
      local next = string.sub(DIGITS, digit + 1, digit + 1)
      return string.sub(random, 1, i - 1) .. next .. string.rep('0', #random - i)
    end
  end
end

-- An id above the tail's, whatever the clock says, and the ms in it. Without a tail: tailMs is -1.
local function mintEventId(tailId, tailMs, nowMs, strictlyLater, entropy)
  if nowMs > tailMs then return 'evnt_' .. encodeTime(nowMs) .. entropy, nowMs end
  local random = not strictlyLater and increment(string.sub(tailId, 16))
  if random then return string.sub(tailId, 1, 15) .. random, tailMs end
  return 'evnt_' .. encodeTime(tailMs + 1) .. entropy, tailMs + 1
end

-- Fences: { id } or { below }, the lowest id of the time that it names, and { inBand }.
-- The log of a run as it stands before an append: { key, length }. Ids ascend with seq, so they are found by bisection.

local function readLog(log, afterSeq, count)
  return redis.call('XRANGE', log.key, (afterSeq + 1) .. '-0', '+', 'COUNT', count)
end

-- False where there is no event.
local function storedEventId(log, seq)
  if seq < 1 or seq > log.length then return false end
  return cmsgpack.unpack(readLog(log, seq - 1, 1)[1][2][2])[1]
end

local function countBelow(log, eventId)
  local low, high = 0, log.length
  while low < high do
    local middle = math.ceil((low + high) / 2)
    if storedEventId(log, middle) < eventId then low = middle else high = middle - 1 end
  end
  return low
end

local function positionOf(log, eventId)
  if storedEventId(log, log.length) == eventId then return log.length end
  local position = countBelow(log, eventId) + 1
  return storedEventId(log, position) == eventId and position or nil
end


-- The last position that the writer knew; 0 is the empty log, nil an id that this log does not hold.
local function knownPosition(fence, log)
  if fence.id then return positionOf(log, fence.id) end
  return countBelow(log, fence.below)
end

-- Nothing that the scope counts as newer was committed since.
local function fenceIsCurrent(fence, tail, log)
  local newest = tail and (fence.inBand and tail.decisionId or tail.eventId)
  if not fence.id then return not newest or newest < fence.below end
  if not tail then return false end
  if tail.eventId == fence.id then return true end
  return fence.inBand and newest <= fence.id and positionOf(log, fence.id) ~= nil
end

-- The event id that the fence stands for, and what came after it.
local function missedBeyond(fence, log, limit)
  local known = knownPosition(fence, log) or 0
  return { fence.id or storedEventId(log, known), readLog(log, known, limit + 1) }
end

-- Calls a command with any number of arguments, some at a time: Lua passes no more than about 8,000 at once.
local function callMany(command, key, args)
  for first = 1, #args, 4000 do
    redis.call(command, key, unpack(args, first, math.min(first + 3999, #args)))
  end
end

-- Tokens. A run notes, by token, the nonce of the claim (16 bytes) and the index member of the entity that holds it; a
-- claim, outside the run's slot, is a nonce, the deadline of its lease (16 digits) and the run id.
-- Members of the index: one sorted set, whose byte order is the order of every list that spans runs.

-- A time, epoch ms, as 17 bytes in its order.
local function sortTime(ms)
  if ms < 0 then return '-' .. string.format('%016.0f', ms + 8640000000000000) end
  return '0' .. string.format('%016.0f', ms)
end

-- s status NUL createdAt runId, w workflowName NUL createdAt runId, e status NUL completedAt runId.
local function membersOfRun(runId, state)
  local at = sortTime(state.createdAt) .. runId
  local members = {
    's' .. state.status .. '\\0' .. at,
    'w' .. (state.workflowName or '') .. '\\0' .. at,
  }
  if state.completedAt then
    members[3] = 'e' .. state.status .. '\\0' .. sortTime(state.completedAt) .. runId
  end
  return members
end

-- What stands for an entity that holds a token: h kind NUL createdAt runId createdSeq id.
local function memberOfHolder(runId, kind, id, state)
  local seq = string.format('%016.0f', state.createdSeq)
  return 'h' .. kind .. '\\0' .. sortTime(state.createdAt) .. runId .. seq .. id
end

local function idOfHolder(member)
  -- Behind the kind: 17 bytes of time, 31 of a run id, 16 of a position.
  return string.sub(member, string.find(member, '\\0', 1, true) + 65)
end

-- The same, found by id: i kind NUL id NUL runId.
local function memberOfId(runId, member)
  local kind = string.sub(member, 2, string.find(member, '\\0', 1, true) - 1)
  return 'i' .. kind .. '\\0' .. idOfHolder(member) .. '\\0' .. runId
end


local NO_NONCE = '0000000000000000'

local function nonceOf(text) return string.sub(text, 1, 16) end
local function memberOf(holder) return string.sub(holder, 17) end
local function holderId(holder) return idOfHolder(memberOf(holder)) end
local function runOfClaim(claim) return string.sub(claim, 33) end


-- Changes of the index:
--   add, remove: members
--   release: token, nonce, …; released unless it was claimed anew since
-- Each may be applied twice, and late: what it says of a run never becomes wrong again.
local function applyIndexChanges(INDEX, CLAIMS, changes)
  local scored = {}
  for _, member in ipairs(changes.add) do
    scored[#scored + 1] = 0
    scored[#scored + 1] = member
  end
  callMany('ZADD', INDEX, scored)
  callMany('ZREM', INDEX, changes.remove)
  for i = 1, #changes.release, 2 do
    local token, nonce = changes.release[i], changes.release[i + 1]
    local claim = redis.call('HGET', CLAIMS, token)
    if claim and nonceOf(claim) == nonce then redis.call('HDEL', CLAIMS, token) end
  end
end

-- Adds to \`changes\` what it takes to show \`new\` in place of \`old\`.
local function replaceMembers(changes, old, new)
  for _, member in ipairs(old) do
    if not contains(new, member) then table.insert(changes.remove, member) end
  end
  for _, member in ipairs(new) do
    if not contains(old, member) then table.insert(changes.add, member) end
  end
end

local function membersOfToken(runId, holder)
  if not holder then return {} end
  return { memberOf(holder), memberOfId(runId, memberOf(holder)) }
end

local RUN, LOG = KEYS[1], KEYS[2]
local request = cmsgpack.unpack(ARGV[1])
local runId, lease, provenance = request.runId, request.lease, request.provenance
local at = request.keys
local TOKENS, VOID, INDEX, CLAIMS = KEYS[at.tokens], KEYS[at.void], KEYS[at.index], KEYS[at.claims]
local nowMs = readClock()
local owners = {}
for _, pair in ipairs(request.owners or {}) do owners[pair[1]] = pair[2] end

-- A claim that was taken over must not be used: neither by this clock, nor by what its successor has noted.
if lease then
  local voided = tonumber(redis.call('GET', VOID) or 0)
  if nowMs >= lease.deadline or voided >= lease.deadline then return { 'lapsed' } end
end

-- ---- what is there: one read for all that the commands touch

local wanted = { 'tail', 'run' }
-- By correlation id: the positions of its events, and the entities of that id by kind.
local cells, packedCells, cellAt = {}, {}, {}
for _, command in ipairs(request.commands) do
  local id = command.correlationId
  if id and not cellAt[id] then
    wanted[#wanted + 1] = 'c:' .. id
    cellAt[id] = #wanted
  end
end
if request.key then wanted[#wanted + 1] = 'k:' .. request.key end
local found = redis.call('HMGET', RUN, unpack(wanted))
if request.key and found[#wanted] then
  local first, last = string.match(found[#wanted], '(%d+)-(%d+)')
  return { 'replayed', tonumber(first), tonumber(last) }
end
for id, position in pairs(cellAt) do
  cells[id] = found[position] and cmsgpack.unpack(found[position]) or {}
  packedCells[id] = found[position]
end
local packedTail, packedRun = found[1], found[2]
local tail = packedTail and cmsgpack.unpack(packedTail)
local run = packedRun and cmsgpack.unpack(packedRun)
local log = { key = LOG, length = tail and tail.seq or 0 }
local tailBefore, runBefore = tail, run

-- What this append does; written at the end, when every command has passed.
local events, created, spilled = {}, {}, {}
-- By token: what the run notes of its holder, false when there is none.
local held, heldBefore = {}, {}
local endsRun, lapsed = false, false

local function packedCell(id)
  packedCells[id] = packedCells[id] or cmsgpack.pack(cells[id])
  return packedCells[id]
end

-- ---- refusals

local function refusal(code, index, facts)
  return {
    'refused', code, index - 1, nowMs, packedTail or false, packedRun or false,
    facts.cell or false, facts.owner or false, facts.conflict or false,
  }
end

local function runMissing(index)
  local command = request.commands[index]
  if run or command.run == 'optional' or command.first then return nil end
  return refusal('RUN_NOT_FOUND', index, {})
end

local function refusedBefore()
  local fence, guard = request.fence, request.stateUpdatedAt
  if fence and not fenceIsCurrent(fence, tail, log) then
    return refusal('FENCE_CONFLICT', 1, { conflict = missedBeyond(fence, log, request.missedLimit) })
  end
  if guard and tail and tail.outcomeAt > guard then return refusal('PRECONDITION_FAILED', 1, {}) end
end

-- ---- tokens

local function holderOf(token)
  if held[token] == nil then
    held[token] = redis.call('HGET', TOKENS, token)
    heldBefore[token] = held[token]
  end
  return held[token]
end

-- The run that a claim names, if it holds the token: its own slot is the truth, a claim only points there.
local function ownerElsewhere(token)
  local claim = redis.call('HGET', CLAIMS, token)
  if not claim or runOfClaim(claim) == runId then return nil end
  local owner = runOfClaim(claim)
  local holder = redis.call('HGET', request.tokensOf[1] .. owner .. request.tokensOf[2], token)
  return holder and { owner, holderId(holder) } or nil
end

-- The live owner of a token. Without the claims at hand, the request says who owns it, or that it was leased for this.
local function ownerOf(token)
  local holder = holderOf(token)
  if holder then return { runId, holderId(holder) } end
  if heldBefore[token] then return nil end
  if CLAIMS then return ownerElsewhere(token) end
  local owner = owners[token]
  if owner and owner[1] ~= runId then return owner end
  lapsed = lapsed or owner ~= nil or not contains(lease.tokens, token)
end

local function nonceFor(token)
  if heldBefore[token] then return nonceOf(heldBefore[token]) end
  return lease and lease.nonce or NO_NONCE
end

-- ---- commands: against the state as the commands before have left it

-- The position of an event under its correlation id. Long lists are cut into parts of about 1 KB.
local function correlate(id, seq)
  local cell = cells[id]
  cell.at = cell.at and (cell.at .. ',' .. seq) or tostring(seq)
  packedCells[id] = nil
  if #cell.at <= 1000 then return end
  spilled['c:' .. id .. '\\0' .. (cell.parts or 0)] = cell.at
  cell.parts = (cell.parts or 0) + 1
  cell.at = nil
end

local function patchEntity(kind, id, patch, createdAt, seq)
  local cell = cells[id]
  if not cell[kind] then
    created[kind] = created[kind] or {}
    table.insert(created[kind], seq .. ':' .. id)
  end
  cell[kind] = patched(cell[kind], patch, createdAt, seq)
end

local function write(command, index, variant, owner)
  local given = provenance and provenance[index]
  local seq = tail and tail.seq + 1 or 1
  local createdAt = given and given[2] or nowMs
  local eventId, ms
  if given then
    eventId, ms = given[1], given[3]
  else
    local tailId, tailMs = tail and tail.eventId, tail and tail.ms or -1
    eventId, ms = mintEventId(tailId, tailMs, nowMs, command.outcome, request.entropy[#events + 1])
  end
  tail = tailAfter(tail, command, seq, eventId, ms)
  packedTail = cmsgpack.pack(tail)
  local conflictingRunId = owner and owner[1] or false
  events[#events + 1] = { command, { index - 1, variant, seq, eventId, createdAt, conflictingRunId } }
  local id, kind, patch = command.correlationId, command.kind, command.patch
  if id then correlate(id, seq) end
  if patch and kind then
    patchEntity(kind, id, patch, createdAt, seq)
  elseif patch then
    run = patched(run, patch, createdAt, seq)
    packedRun = cmsgpack.pack(run)
  end
  if command.claims then
    held[command.claims] = nonceFor(command.claims) .. memberOfHolder(runId, kind, id, cells[id][kind])
  end
  local token = command.releasesToken and cells[id][kind].token
  -- An imported entity may never have held its token.
  if token and holderOf(token) and holderId(held[token]) == id then held[token] = false end
  endsRun = endsRun or command.endsRun
  return { seq, packedTail, packedRun, kind and packedCell(id) or false }
end

local function holds(condition, command)
  local kind, is, subject = command.kind, condition.is, nil
  if condition.of == 'token' then
    subject = command.claims and ownerOf(command.claims)
  elseif condition.of == 'run' or not kind then
    subject = run
  else
    subject = cells[command.correlationId][kind]
  end
  if is == 'absent' then return not subject end
  if is == 'present' then return subject and true end
  if not subject or not subject.status then return false end
  if is == 'in' then return contains(condition.statuses, subject.status) end
  if is == 'not-in' then return not contains(condition.statuses, subject.status) end
  local given = provenance and provenance[#events + 1]
  return (subject[condition.field] or 0) > (given and given[2] or nowMs)
end

local function applies(rule, command)
  for _, condition in ipairs(rule.when) do
    if not holds(condition, command) then return false end
  end
  return true
end

local function instead(action, command, index)
  local id, kind = command.correlationId, command.kind
  local owner = command.claims and ownerOf(command.claims)
  if action.append and not provenance then return write(command.instead, index, 'instead', owner) end
  local cell = kind and cells[id][kind] and packedCell(id) or false
  if not action.keep then
    return nil, refusal(action.refuse or 'TOKEN_HELD', index, { cell = cell, owner = owner })
  end
  if not run then return nil, refusal('RUN_NOT_FOUND', index, {}) end
  return { action.eventField and run[action.eventField] or 0, packedTail, packedRun, cell }
end

-- Returns a result, or nil and a refusal.
local function execute(command, index)
  if command.first and not run then write(command.first, index, 'first') end
  for _, rule in ipairs(command.rules) do
    if applies(rule, command) then return instead(rule.otherwise, command, index) end
  end
  return write(command, index, 'command')
end

local refused = runMissing(1) or refusedBefore()
if refused then return refused end
local results = {}
for index, command in ipairs(request.commands) do
  refused = runMissing(index)
  if not refused then results[index], refused = execute(command, index) end
  if lapsed then return { 'lapsed' } end
  if refused then return refused end
end

-- ---- what comes back of the log as it was

local shown, isShown = {}, {}
local function show(seq)
  if type(seq) ~= 'number' or seq < 1 or seq > log.length or isShown[seq] then return end
  isShown[seq] = true
  shown[#shown + 1] = readLog(log, seq - 1, 1)[1]
end
for index, result in ipairs(results) do
  local command = request.commands[index]
  local subject = run
  if command.kind then subject = cells[command.correlationId][command.kind] or {} end
  show(result[1])
  for _, field in ipairs(request.payloads) do show(subject[field]) end
end
local logBefore = request.logLimit > 0 and readLog(log, 0, request.logLimit + 1)
local passed = request.fence and request.fence.inBand and tailBefore
  and readLog(log, knownPosition(request.fence, log), request.missedLimit + 1)

-- ---- writes: nothing from here on can fail

local changes = { add = {}, remove = {}, release = {} }
local fields, claimed, appended = {}, {}, {}

for i, event in ipairs(events) do
  local command, minted = event[1], event[2]
  local head = cmsgpack.pack({
    minted[4], command.eventType, minted[5], command.correlationId or false,
    command.specVersion or false, command.occurredAt or false, minted[6],
  })
  redis.call('XADD', LOG, minted[3] .. '-0', 'e', head, 'd', command.data and ARGV[command.data] or '')
  appended[i] = minted
end

if endsRun then
  local all = redis.call('HGETALL', TOKENS)
  for i = 1, #all, 2 do
    if heldBefore[all[i]] == nil then heldBefore[all[i]] = all[i + 1] end
    held[all[i]] = false
  end
  for token in pairs(held) do held[token] = false end
end
for token, holder in pairs(held) do
  local old = heldBefore[token]
  if holder ~= old then
    replaceMembers(changes, membersOfToken(runId, old), membersOfToken(runId, holder))
    if holder then
      redis.call('HSET', TOKENS, token, holder)
      claimed[#claimed + 1] = token
      if CLAIMS then redis.call('HSET', CLAIMS, token, nonceOf(holder) .. NO_NONCE .. runId) end
    elseif old then
      redis.call('HDEL', TOKENS, token)
      table.insert(changes.release, token)
      table.insert(changes.release, nonceOf(old))
    end
  end
end

local function keep(field, value)
  fields[#fields + 1] = field
  fields[#fields + 1] = value
end
if run ~= runBefore then
  keep('run', packedRun)
  local old = runBefore and membersOfRun(runId, runBefore) or {}
  replaceMembers(changes, old, membersOfRun(runId, run))
end
if #events > 0 then keep('tail', packedTail) end
for id in pairs(cells) do
  if packedCells[id] ~= found[cellAt[id]] then keep('c:' .. id, packedCell(id)) end
end
for field, text in pairs(spilled) do keep(field, text) end
if request.key and run then keep('k:' .. request.key, (log.length + 1) .. '-' .. tail.seq) end
callMany('HSET', RUN, fields)
for kind, list in pairs(created) do callMany('RPUSH', KEYS[at.created[kind]], list) end
if INDEX then applyIndexChanges(INDEX, CLAIMS, changes) end
if #events > 0 then redis.call(request.publish[1], request.publish[2], tail.seq) end

local left = not INDEX and #changes.add + #changes.remove + #changes.release > 0
return {
  'committed', log.length, appended, results, shown, logBefore, passed or false,
  left and cmsgpack.pack(changes) or false, claimed,
}
`,
  changeIndex: `-- Applies the changes that an append has left for the index, and strikes its intent.
--
-- KEYS    index (sorted set), claims (hash), intents (hash)
-- ARGV    nonce of the intent, or ''; changes (MessagePack: add, remove, release), or ''; tokens that were claimed and not used
-- States of runs and entities: fields by name, and what an event does to them.

local function contains(list, value)
  for _, one in ipairs(list) do
    if one == value then return true end
  end
  return false
end

local function patched(state, patch, createdAt, seq)
  local next = {}
  for field, value in pairs(state or {}) do next[field] = value end
  for field, value in pairs(patch.set) do next[field] = value end
  for _, field in ipairs(patch.stamp) do next[field] = createdAt end
  for _, field in ipairs(patch.stampOnce) do
    if next[field] == nil then next[field] = createdAt end
  end
  for _, field in ipairs(patch.mark) do next[field] = seq end
  for _, field in ipairs(patch.increment) do next[field] = (next[field] or 0) + 1 end
  for _, field in ipairs(patch.unset) do next[field] = nil end
  return next
end

local function tailAfter(tail, command, seq, eventId, ms)
  return {
    seq = seq,
    eventId = eventId,
    decisionId = (command.inBand or not tail) and eventId or tail.decisionId,
    outcomeAt = command.outcome and ms or (tail and tail.outcomeAt or 0),
    ms = ms,
  }
end

-- Calls a command with any number of arguments, some at a time: Lua passes no more than about 8,000 at once.
local function callMany(command, key, args)
  for first = 1, #args, 4000 do
    redis.call(command, key, unpack(args, first, math.min(first + 3999, #args)))
  end
end

-- Tokens. A run notes, by token, the nonce of the claim (16 bytes) and the index member of the entity that holds it; a
-- claim, outside the run's slot, is a nonce, the deadline of its lease (16 digits) and the run id.
-- Members of the index: one sorted set, whose byte order is the order of every list that spans runs.

-- A time, epoch ms, as 17 bytes in its order.
local function sortTime(ms)
  if ms < 0 then return '-' .. string.format('%016.0f', ms + 8640000000000000) end
  return '0' .. string.format('%016.0f', ms)
end

-- s status NUL createdAt runId, w workflowName NUL createdAt runId, e status NUL completedAt runId.
local function membersOfRun(runId, state)
  local at = sortTime(state.createdAt) .. runId
  local members = {
    's' .. state.status .. '\\0' .. at,
    'w' .. (state.workflowName or '') .. '\\0' .. at,
  }
  if state.completedAt then
    members[3] = 'e' .. state.status .. '\\0' .. sortTime(state.completedAt) .. runId
  end
  return members
end

-- What stands for an entity that holds a token: h kind NUL createdAt runId createdSeq id.
local function memberOfHolder(runId, kind, id, state)
  local seq = string.format('%016.0f', state.createdSeq)
  return 'h' .. kind .. '\\0' .. sortTime(state.createdAt) .. runId .. seq .. id
end

local function idOfHolder(member)
  -- Behind the kind: 17 bytes of time, 31 of a run id, 16 of a position.
  return string.sub(member, string.find(member, '\\0', 1, true) + 65)
end

-- The same, found by id: i kind NUL id NUL runId.
local function memberOfId(runId, member)
  local kind = string.sub(member, 2, string.find(member, '\\0', 1, true) - 1)
  return 'i' .. kind .. '\\0' .. idOfHolder(member) .. '\\0' .. runId
end


local NO_NONCE = '0000000000000000'

local function nonceOf(text) return string.sub(text, 1, 16) end
local function memberOf(holder) return string.sub(holder, 17) end
local function holderId(holder) return idOfHolder(memberOf(holder)) end
local function runOfClaim(claim) return string.sub(claim, 33) end


-- Changes of the index:
--   add, remove: members
--   release: token, nonce, …; released unless it was claimed anew since
-- Each may be applied twice, and late: what it says of a run never becomes wrong again.
local function applyIndexChanges(INDEX, CLAIMS, changes)
  local scored = {}
  for _, member in ipairs(changes.add) do
    scored[#scored + 1] = 0
    scored[#scored + 1] = member
  end
  callMany('ZADD', INDEX, scored)
  callMany('ZREM', INDEX, changes.remove)
  for i = 1, #changes.release, 2 do
    local token, nonce = changes.release[i], changes.release[i + 1]
    local claim = redis.call('HGET', CLAIMS, token)
    if claim and nonceOf(claim) == nonce then redis.call('HDEL', CLAIMS, token) end
  end
end

-- Adds to \`changes\` what it takes to show \`new\` in place of \`old\`.
local function replaceMembers(changes, old, new)
  for _, member in ipairs(old) do
    if not contains(new, member) then table.insert(changes.remove, member) end
  end
  for _, member in ipairs(new) do
    if not contains(old, member) then table.insert(changes.add, member) end
  end
end

local function membersOfToken(runId, holder)
  if not holder then return {} end
  return { memberOf(holder), memberOfId(runId, memberOf(holder)) }
end

local INDEX, CLAIMS, INTENTS = KEYS[1], KEYS[2], KEYS[3]
local nonce = ARGV[1]
local changes = { add = {}, remove = {}, release = {} }
if ARGV[2] ~= '' then changes = cmsgpack.unpack(ARGV[2]) end
for i = 3, #ARGV do
  table.insert(changes.release, ARGV[i])
  table.insert(changes.release, nonce)
end
applyIndexChanges(INDEX, CLAIMS, changes)
if nonce ~= '' then redis.call('HDEL', INTENTS, nonce) end
`,
  claim: `-- Announces an append that will change the index, and claims tokens for it: all of them, or none when one of them is
-- another's. Whoever finds a claim whose append never came can tell from the intent.
--
-- KEYS    claims (hash), intents (hash)
-- ARGV    request (MessagePack): runId, nonce, leaseMs, tokens, and pairs of a token and the nonce of a claim on it that may be
--         taken over
-- RETURN  the deadline of the lease, by this server's clock, or 0; then what stands against it: token, run id, nonce, whether
--         the append may still come, whether its lease is over, its deadline, …
-- The server's clock, epoch ms.
local function readClock()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- Tokens. A run notes, by token, the nonce of the claim (16 bytes) and the index member of the entity that holds it; a
-- claim, outside the run's slot, is a nonce, the deadline of its lease (16 digits) and the run id.
-- Members of the index: one sorted set, whose byte order is the order of every list that spans runs.

-- A time, epoch ms, as 17 bytes in its order.
local function sortTime(ms)
  if ms < 0 then return '-' .. string.format('%016.0f', ms + 8640000000000000) end
  return '0' .. string.format('%016.0f', ms)
end

-- s status NUL createdAt runId, w workflowName NUL createdAt runId, e status NUL completedAt runId.
local function membersOfRun(runId, state)
  local at = sortTime(state.createdAt) .. runId
  local members = {
    's' .. state.status .. '\\0' .. at,
    'w' .. (state.workflowName or '') .. '\\0' .. at,
  }
  if state.completedAt then
    members[3] = 'e' .. state.status .. '\\0' .. sortTime(state.completedAt) .. runId
  end
  return members
end

-- What stands for an entity that holds a token: h kind NUL createdAt runId createdSeq id.
local function memberOfHolder(runId, kind, id, state)
  local seq = string.format('%016.0f', state.createdSeq)
  return 'h' .. kind .. '\\0' .. sortTime(state.createdAt) .. runId .. seq .. id
end

local function idOfHolder(member)
  -- Behind the kind: 17 bytes of time, 31 of a run id, 16 of a position.
  return string.sub(member, string.find(member, '\\0', 1, true) + 65)
end

-- The same, found by id: i kind NUL id NUL runId.
local function memberOfId(runId, member)
  local kind = string.sub(member, 2, string.find(member, '\\0', 1, true) - 1)
  return 'i' .. kind .. '\\0' .. idOfHolder(member) .. '\\0' .. runId
end


local NO_NONCE = '0000000000000000'

local function nonceOf(text) return string.sub(text, 1, 16) end
local function memberOf(holder) return string.sub(holder, 17) end
local function holderId(holder) return idOfHolder(memberOf(holder)) end
local function runOfClaim(claim) return string.sub(claim, 33) end

local CLAIMS, INTENTS = KEYS[1], KEYS[2]
local request = cmsgpack.unpack(ARGV[1])
local nowMs = readClock()
local others, expected = {}, {}
for _, pair in ipairs(request.expected) do expected[pair[1]] = pair[2] end
for _, token in ipairs(request.tokens) do
  local claim = redis.call('HGET', CLAIMS, token)
  if claim and expected[token] ~= nonceOf(claim) then
    local pending = redis.call('HEXISTS', INTENTS, nonceOf(claim))
    local deadline = tonumber(string.sub(claim, 17, 32))
    local over = deadline <= nowMs and 1 or 0
    others[#others + 1] = { token, runOfClaim(claim), nonceOf(claim), pending, over, deadline }
  end
end
if #others > 0 then return { 0, others } end
local deadline = nowMs + request.leaseMs
for _, token in ipairs(request.tokens) do
  redis.call('HSET', CLAIMS, token, request.nonce .. string.format('%016.0f', deadline) .. request.runId)
end
redis.call('HSET', INTENTS, request.nonce, cmsgpack.pack({ request.runId, deadline, request.tokens }))
return { deadline, others }
`,
  correlatedEvents: `-- Events of a run with one correlation id, in one snapshot.
--
-- KEYS    run (hash), log (stream)
-- ARGV    correlation id; 'asc' | 'desc'; seq that the page lies beyond, or ''; limit
-- RETURN  entries of the log
local RUN, LOG = KEYS[1], KEYS[2]
local id, descending, limit = ARGV[1], ARGV[2] == 'desc', tonumber(ARGV[4])
local beyond = tonumber(ARGV[3]) or (descending and math.huge or 0)

local packed = redis.call('HGET', RUN, 'c:' .. id)
if not packed then return {} end
local cell = cmsgpack.unpack(packed)
local parts = cell.parts or 0

-- Part \`parts\` stands in the cell itself; it is empty right after it was cut.
local function readPart(part)
  if part == parts then return cell.at or '' end
  return redis.call('HGET', RUN, 'c:' .. id .. '\\0' .. part)
end

local function lies(seq)
  if descending then return seq < beyond end
  return seq > beyond
end

local entries = {}
local from, to, step = 0, parts, 1
if descending then from, to, step = parts, 0, -1 end
for part = from, to, step do
  local text = readPart(part)
  local first, last = tonumber(string.match(text, '^%d+')), tonumber(string.match(text, '%d+$'))
  if first and (lies(first) or lies(last)) then
    local seqs = {}
    for seq in string.gmatch(text, '%d+') do
      if lies(tonumber(seq)) then table.insert(seqs, descending and 1 or #seqs + 1, seq) end
    end
    for _, seq in ipairs(seqs) do
      if #entries == limit then return entries end
      entries[#entries + 1] = redis.call('XRANGE', LOG, seq .. '-0', seq .. '-0')[1]
    end
  end
end
return entries
`,
  entities: `-- One page of a run's entities of one kind, in the order of their creation, in one snapshot.
--
-- KEYS    run (hash), created (list of seq:id)
-- ARGV    'asc' | 'desc'; seq that the page lies beyond, or ''; limit
-- RETURN  the run's state; then id, cell, id, cell, …
local RUN, CREATED = KEYS[1], KEYS[2]
local descending, beyond, limit = ARGV[1] == 'desc', tonumber(ARGV[2]), tonumber(ARGV[3])

local length = redis.call('LLEN', CREATED)
local function seqAt(position)
  return tonumber(string.match(redis.call('LINDEX', CREATED, position), '^%d+'))
end

-- Number of entries up to a seq, itself included or not.
local function countUpTo(seq, included)
  local low, high = 0, length
  while low < high do
    local middle = math.floor((low + high) / 2)
    local found = seqAt(middle)
    if found < seq or (included and found == seq) then low = middle + 1 else high = middle end
  end
  return low
end

local first, last
if descending then
  last = (beyond and countUpTo(beyond, false) or length) - 1
  first = math.max(0, last - limit + 1)
else
  first = beyond and countUpTo(beyond, true) or 0
  last = math.min(length, first + limit) - 1
end
if last < first then return { redis.call('HGET', RUN, 'run') } end

local fields, ids = { 'run' }, {}
for _, entry in ipairs(redis.call('LRANGE', CREATED, first, last)) do
  local id = string.sub(entry, string.find(entry, ':', 1, true) + 1)
  table.insert(ids, descending and 1 or #ids + 1, id)
end
for _, id in ipairs(ids) do fields[#fields + 1] = 'c:' .. id end
local found = redis.call('HMGET', RUN, unpack(fields))
local reply = { found[1] }
for i, id in ipairs(ids) do
  reply[#reply + 1] = id
  reply[#reply + 1] = found[i + 1]
end
return reply
`,
  holder: `-- Who holds a token in a run, by the run's own slot. When nobody does, leases on the run up to a deadline become void: an
-- append that carries one, and was only slow, can no longer use it.
--
-- KEYS    tokens (hash), void (string)
-- ARGV    token; deadline, epoch ms, or '' to leave leases as they are
-- RETURN  the id of the entity, or nil
-- Tokens. A run notes, by token, the nonce of the claim (16 bytes) and the index member of the entity that holds it; a
-- claim, outside the run's slot, is a nonce, the deadline of its lease (16 digits) and the run id.
-- Members of the index: one sorted set, whose byte order is the order of every list that spans runs.

-- A time, epoch ms, as 17 bytes in its order.
local function sortTime(ms)
  if ms < 0 then return '-' .. string.format('%016.0f', ms + 8640000000000000) end
  return '0' .. string.format('%016.0f', ms)
end

-- s status NUL createdAt runId, w workflowName NUL createdAt runId, e status NUL completedAt runId.
local function membersOfRun(runId, state)
  local at = sortTime(state.createdAt) .. runId
  local members = {
    's' .. state.status .. '\\0' .. at,
    'w' .. (state.workflowName or '') .. '\\0' .. at,
  }
  if state.completedAt then
    members[3] = 'e' .. state.status .. '\\0' .. sortTime(state.completedAt) .. runId
  end
  return members
end

-- What stands for an entity that holds a token: h kind NUL createdAt runId createdSeq id.
local function memberOfHolder(runId, kind, id, state)
  local seq = string.format('%016.0f', state.createdSeq)
  return 'h' .. kind .. '\\0' .. sortTime(state.createdAt) .. runId .. seq .. id
end

local function idOfHolder(member)
  -- Behind the kind: 17 bytes of time, 31 of a run id, 16 of a position.
  return string.sub(member, string.find(member, '\\0', 1, true) + 65)
end

-- The same, found by id: i kind NUL id NUL runId.
local function memberOfId(runId, member)
  local kind = string.sub(member, 2, string.find(member, '\\0', 1, true) - 1)
  return 'i' .. kind .. '\\0' .. idOfHolder(member) .. '\\0' .. runId
end


local NO_NONCE = '0000000000000000'

local function nonceOf(text) return string.sub(text, 1, 16) end
local function memberOf(holder) return string.sub(holder, 17) end
local function holderId(holder) return idOfHolder(memberOf(holder)) end
local function runOfClaim(claim) return string.sub(claim, 33) end

local TOKENS, VOID = KEYS[1], KEYS[2]
local token, deadline = ARGV[1], tonumber(ARGV[2])
local HOUR_MS = 3600000

local holder = redis.call('HGET', TOKENS, token)
if holder then return holderId(holder) end
if deadline and tonumber(redis.call('GET', VOID) or 0) < deadline then
  redis.call('SET', VOID, string.format('%.0f', deadline), 'PX', HOUR_MS)
end
return false
`,
  page: `-- One page of the index: members of ranges, in one snapshot, and intents whose append is overdue.
--
-- KEYS    index (sorted set), intents (hash)
-- ARGV    'asc' | 'desc'; limit of each range; then the ranges: from, to, from, to, … (ascending, as ZRANGEBYLEX takes them)
-- RETURN  members, a list a range; overdue intents: nonce, MessagePack of { runId, deadline, tokens }, …
-- The server's clock, epoch ms.
local function readClock()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

local INDEX, INTENTS = KEYS[1], KEYS[2]
local descending, limit = ARGV[1] == 'desc', ARGV[2]
local pages, overdue = {}, {}
for i = 3, #ARGV, 2 do
  if descending then
    pages[#pages + 1] = redis.call('ZREVRANGEBYLEX', INDEX, ARGV[i + 1], ARGV[i], 'LIMIT', 0, limit)
  else
    pages[#pages + 1] = redis.call('ZRANGEBYLEX', INDEX, ARGV[i], ARGV[i + 1], 'LIMIT', 0, limit)
  end
end
local intents = redis.call('HGETALL', INTENTS)
local nowMs = #intents > 0 and readClock() or 0
for i = 1, #intents, 2 do
  if cmsgpack.unpack(intents[i + 1])[2] < nowMs then
    overdue[#overdue + 1] = intents[i]
    overdue[#overdue + 1] = intents[i + 1]
  end
end
return { pages, overdue }
`,
  reindex: `-- What the index has to hold for a run, by the run's own slot; leases on it up to a deadline become void first. For
-- appends whose writer is gone.
--
-- KEYS    run (hash), tokens (hash), void (string)
-- ARGV    run id; deadline, epoch ms; tokens that the append had claimed
-- RETURN  changes (MessagePack: add, remove, release), then those tokens that the run does not hold
-- Tokens. A run notes, by token, the nonce of the claim (16 bytes) and the index member of the entity that holds it; a
-- claim, outside the run's slot, is a nonce, the deadline of its lease (16 digits) and the run id.
-- Members of the index: one sorted set, whose byte order is the order of every list that spans runs.

-- A time, epoch ms, as 17 bytes in its order.
local function sortTime(ms)
  if ms < 0 then return '-' .. string.format('%016.0f', ms + 8640000000000000) end
  return '0' .. string.format('%016.0f', ms)
end

-- s status NUL createdAt runId, w workflowName NUL createdAt runId, e status NUL completedAt runId.
local function membersOfRun(runId, state)
  local at = sortTime(state.createdAt) .. runId
  local members = {
    's' .. state.status .. '\\0' .. at,
    'w' .. (state.workflowName or '') .. '\\0' .. at,
  }
  if state.completedAt then
    members[3] = 'e' .. state.status .. '\\0' .. sortTime(state.completedAt) .. runId
  end
  return members
end

-- What stands for an entity that holds a token: h kind NUL createdAt runId createdSeq id.
local function memberOfHolder(runId, kind, id, state)
  local seq = string.format('%016.0f', state.createdSeq)
  return 'h' .. kind .. '\\0' .. sortTime(state.createdAt) .. runId .. seq .. id
end

local function idOfHolder(member)
  -- Behind the kind: 17 bytes of time, 31 of a run id, 16 of a position.
  return string.sub(member, string.find(member, '\\0', 1, true) + 65)
end

-- The same, found by id: i kind NUL id NUL runId.
local function memberOfId(runId, member)
  local kind = string.sub(member, 2, string.find(member, '\\0', 1, true) - 1)
  return 'i' .. kind .. '\\0' .. idOfHolder(member) .. '\\0' .. runId
end


local NO_NONCE = '0000000000000000'

local function nonceOf(text) return string.sub(text, 1, 16) end
local function memberOf(holder) return string.sub(holder, 17) end
local function holderId(holder) return idOfHolder(memberOf(holder)) end
local function runOfClaim(claim) return string.sub(claim, 33) end

local RUN, TOKENS, VOID = KEYS[1], KEYS[2], KEYS[3]
local runId, deadline = ARGV[1], tonumber(ARGV[2])
local HOUR_MS = 3600000

if tonumber(redis.call('GET', VOID) or 0) < deadline then
  redis.call('SET', VOID, string.format('%.0f', deadline), 'PX', HOUR_MS)
end
local add, free = {}, {}
local run = redis.call('HGET', RUN, 'run')
if run then add = membersOfRun(runId, cmsgpack.unpack(run)) end
local holders = redis.call('HVALS', TOKENS)
for _, holder in ipairs(holders) do
  local member = memberOf(holder)
  add[#add + 1] = member
  add[#add + 1] = memberOfId(runId, member)
end
for i = 3, #ARGV do
  if redis.call('HEXISTS', TOKENS, ARGV[i]) == 0 then free[#free + 1] = ARGV[i] end
end
return { cmsgpack.pack({ add = add, remove = {}, release = {} }), free }
`,
  remove: `-- Removes a run that has ended, with all that belongs to it.
--
-- KEYS    all keys of the run: run (hash), log, tokens, void, one of created entities for each kind; then, where they are on this
--         server, index and claims
-- ARGV    run id; channel command; channel; number of keys of the run; epoch ms that it must have ended before; statuses
-- RETURN  whether it was removed; changes for the index (MessagePack: add, remove, release) where it is elsewhere
-- States of runs and entities: fields by name, and what an event does to them.

local function contains(list, value)
  for _, one in ipairs(list) do
    if one == value then return true end
  end
  return false
end

local function patched(state, patch, createdAt, seq)
  local next = {}
  for field, value in pairs(state or {}) do next[field] = value end
  for field, value in pairs(patch.set) do next[field] = value end
  for _, field in ipairs(patch.stamp) do next[field] = createdAt end
  for _, field in ipairs(patch.stampOnce) do
    if next[field] == nil then next[field] = createdAt end
  end
  for _, field in ipairs(patch.mark) do next[field] = seq end
  for _, field in ipairs(patch.increment) do next[field] = (next[field] or 0) + 1 end
  for _, field in ipairs(patch.unset) do next[field] = nil end
  return next
end

local function tailAfter(tail, command, seq, eventId, ms)
  return {
    seq = seq,
    eventId = eventId,
    decisionId = (command.inBand or not tail) and eventId or tail.decisionId,
    outcomeAt = command.outcome and ms or (tail and tail.outcomeAt or 0),
    ms = ms,
  }
end

-- Calls a command with any number of arguments, some at a time: Lua passes no more than about 8,000 at once.
local function callMany(command, key, args)
  for first = 1, #args, 4000 do
    redis.call(command, key, unpack(args, first, math.min(first + 3999, #args)))
  end
end

-- Tokens. A run notes, by token, the nonce of the claim (16 bytes) and the index member of the entity that holds it; a
-- claim, outside the run's slot, is a nonce, the deadline of its lease (16 digits) and the run id.
-- Members of the index: one sorted set, whose byte order is the order of every list that spans runs.

-- A time, epoch ms, as 17 bytes in its order.
local function sortTime(ms)
  if ms < 0 then return '-' .. string.format('%016.0f', ms + 8640000000000000) end
  return '0' .. string.format('%016.0f', ms)
end

-- s status NUL createdAt runId, w workflowName NUL createdAt runId, e status NUL completedAt runId.
local function membersOfRun(runId, state)
  local at = sortTime(state.createdAt) .. runId
  local members = {
    's' .. state.status .. '\\0' .. at,
    'w' .. (state.workflowName or '') .. '\\0' .. at,
  }
  if state.completedAt then
    members[3] = 'e' .. state.status .. '\\0' .. sortTime(state.completedAt) .. runId
  end
  return members
end

-- What stands for an entity that holds a token: h kind NUL createdAt runId createdSeq id.
local function memberOfHolder(runId, kind, id, state)
  local seq = string.format('%016.0f', state.createdSeq)
  return 'h' .. kind .. '\\0' .. sortTime(state.createdAt) .. runId .. seq .. id
end

local function idOfHolder(member)
  -- Behind the kind: 17 bytes of time, 31 of a run id, 16 of a position.
  return string.sub(member, string.find(member, '\\0', 1, true) + 65)
end

-- The same, found by id: i kind NUL id NUL runId.
local function memberOfId(runId, member)
  local kind = string.sub(member, 2, string.find(member, '\\0', 1, true) - 1)
  return 'i' .. kind .. '\\0' .. idOfHolder(member) .. '\\0' .. runId
end


local NO_NONCE = '0000000000000000'

local function nonceOf(text) return string.sub(text, 1, 16) end
local function memberOf(holder) return string.sub(holder, 17) end
local function holderId(holder) return idOfHolder(memberOf(holder)) end
local function runOfClaim(claim) return string.sub(claim, 33) end


-- Changes of the index:
--   add, remove: members
--   release: token, nonce, …; released unless it was claimed anew since
-- Each may be applied twice, and late: what it says of a run never becomes wrong again.
local function applyIndexChanges(INDEX, CLAIMS, changes)
  local scored = {}
  for _, member in ipairs(changes.add) do
    scored[#scored + 1] = 0
    scored[#scored + 1] = member
  end
  callMany('ZADD', INDEX, scored)
  callMany('ZREM', INDEX, changes.remove)
  for i = 1, #changes.release, 2 do
    local token, nonce = changes.release[i], changes.release[i + 1]
    local claim = redis.call('HGET', CLAIMS, token)
    if claim and nonceOf(claim) == nonce then redis.call('HDEL', CLAIMS, token) end
  end
end

-- Adds to \`changes\` what it takes to show \`new\` in place of \`old\`.
local function replaceMembers(changes, old, new)
  for _, member in ipairs(old) do
    if not contains(new, member) then table.insert(changes.remove, member) end
  end
  for _, member in ipairs(new) do
    if not contains(old, member) then table.insert(changes.add, member) end
  end
end

local function membersOfToken(runId, holder)
  if not holder then return {} end
  return { memberOf(holder), memberOfId(runId, memberOf(holder)) }
end

local runId, publish, channel, ofRun = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local RUN, INDEX, CLAIMS = KEYS[1], KEYS[ofRun + 1], KEYS[ofRun + 2]
local statuses = { unpack(ARGV, 6) }

local packed = redis.call('HGET', RUN, 'run')
local run = packed and cmsgpack.unpack(packed)
if not run or not contains(statuses, run.status) then return { 0 } end
if not run.completedAt or run.completedAt >= tonumber(ARGV[5]) then return { 0 } end
redis.call('UNLINK', unpack(KEYS, 1, ofRun))
redis.call(publish, channel, 0)
local changes = { add = {}, remove = membersOfRun(runId, run), release = {} }
if not INDEX then return { 1, cmsgpack.pack(changes) } end
applyIndexChanges(INDEX, CLAIMS, changes)
return { 1 }
`,
} as const;
