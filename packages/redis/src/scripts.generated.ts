// Generated from src/lua by scripts/embed-scripts.mjs. Do not edit.

/** The scripts that run on the server, by name. */
export const scripts = {
  append: `-- Executes the commands of an append on one run: loads what they touch, evaluates them as \`evaluate\` of the contract
-- does, and writes only when all of them pass. Knows no event type: what is allowed, and what it changes, comes along.
--
-- KEYS    run (hash), log (stream), and those that the request gives positions of
-- ARGV    request (MessagePack, see request.ts), then what commands refer to by position: data of events, rules
-- RETURN  'committed' | 'replayed' | 'refused' | 'lapsed', and what reply.ts reads
-- The server's clock, epoch ms.
-- Functions are fields of one table: a function that captures many locals costs more to make than most do to run.
local lib = {}

function lib.readClock()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- States of runs and entities: fields by name, and what an event does to them.

-- A patch is triples of operation, field and value.
function lib.patched(state, patch, createdAt, seq)
  local next = {}
  for field, value in pairs(state or {}) do next[field] = value end
  for i = 1, #patch, 3 do
    local operation, field = patch[i], patch[i + 1]
    if operation == 'set' then
      next[field] = patch[i + 2]
    elseif operation == 'stamp' then
      next[field] = createdAt
    elseif operation == 'stampOnce' then
      if next[field] == nil then next[field] = createdAt end
    elseif operation == 'mark' then
      next[field] = seq
    elseif operation == 'increment' then
      next[field] = (next[field] or 0) + 1
    else
      next[field] = nil
    end
  end
  return next
end

-- Event ids as \`mintEventId\` of the contract makes them: evnt_, 10 base32 characters of ms, 16 more.
lib.DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

function lib.encodeTime(ms)
  local digits = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }
  for i = 10, 1, -1 do
    local digit = ms % 32
    digits[i] = string.byte(lib.DIGITS, digit + 1)
    ms = (ms - digit) / 32
  end
  return string.char(unpack(digits))
end

-- The next of 16 base32 characters; nil behind the last.
function lib.increment(random)
  for i = #random, 1, -1 do
    local digit = string.find(lib.DIGITS, string.sub(random, i, i), 1, true)
    if digit < 32 then
      local next = string.sub(lib.DIGITS, digit + 1, digit + 1)
      return string.sub(random, 1, i - 1) .. next .. string.rep('0', #random - i)
    end
  end
end

-- An id above the tail's, whatever the clock says, and the ms in it. Without a tail: tailMs is -1.
function lib.mintEventId(tailId, tailMs, nowMs, strictlyLater, entropy)
  if nowMs > tailMs then return 'evnt_' .. lib.encodeTime(nowMs) .. entropy, nowMs end
  local random = not strictlyLater and lib.increment(string.sub(tailId, 16))
  if random then return string.sub(tailId, 1, 15) .. random, tailMs end
  return 'evnt_' .. lib.encodeTime(tailMs + 1) .. entropy, tailMs + 1
end

-- Fences of a request: \`fence\`, an event id, or \`fencedBelow\`, the lowest id of the time that it names; and \`inBand\`.
-- A tail: position of the last event, its id, the id of the last decision, the time of the last outcome, the time in the last
-- event's id, the status of the run.
-- @positions SEQ EVENT_ID DECISION_ID OUTCOME_AT EVENT_MS RUN_STATUS

-- The log of a run as it stands before an append: { key, length }. Ids ascend with seq, so they are found by bisection.

function lib.readLog(log, afterSeq, count)
  return redis.call('XRANGE', log.key, (afterSeq + 1) .. '-0', '+', 'COUNT', count)
end

-- False where there is no event.
function lib.storedEventId(log, seq)
  if seq < 1 or seq > log.length then return false end
  return cmsgpack.unpack(lib.readLog(log, seq - 1, 1)[1][2][2])[1]
end

function lib.countBelow(log, eventId)
  local low, high = 0, log.length
  while low < high do
    local middle = math.ceil((low + high) / 2)
    if lib.storedEventId(log, middle) < eventId then low = middle else high = middle - 1 end
  end
  return low
end

function lib.positionOf(log, eventId)
  if lib.storedEventId(log, log.length) == eventId then return log.length end
  local position = lib.countBelow(log, eventId) + 1
  return lib.storedEventId(log, position) == eventId and position or nil
end


-- The last position that the writer knew; 0 is the empty log, nil an id that this log does not hold.
function lib.knownPosition(request, log)
  if request.fence then return lib.positionOf(log, request.fence) end
  return lib.countBelow(log, request.fencedBelow)
end

-- Nothing that the scope counts as newer was committed since.
function lib.fenceIsCurrent(request, tail, log)
  local newest = tail and (request.inBand and tail[3] or tail[2])
  if not request.fence then return not newest or newest < request.fencedBelow end
  if not tail then return false end
  if tail[2] == request.fence then return true end
  return request.inBand and newest <= request.fence and lib.positionOf(log, request.fence) ~= nil
end

-- The event id that the fence stands for, and what came after it.
function lib.missedBeyond(request, log)
  local known = lib.knownPosition(request, log) or 0
  return { request.fence or lib.storedEventId(log, known), lib.readLog(log, known, request.missedLimit + 1) }
end

-- Calls a command with any number of arguments, some at a time: Lua passes no more than about 8,000 at once.
function lib.callMany(command, key, args)
  for first = 1, #args, 4000 do
    redis.call(command, key, unpack(args, first, math.min(first + 3999, #args)))
  end
end

-- Tokens. A run notes, by token, the nonce of the claim (16 bytes) and the index member of the entity that holds it; a
-- claim, outside the run's slot, is a nonce, the deadline of its lease (16 digits) and the run id.
-- Members of the index: one sorted set, whose byte order is the order of every list that spans runs.

-- A time, epoch ms, as 17 bytes in its order.
function lib.sortTime(ms)
  if ms < 0 then return '-' .. string.format('%016.0f', ms + 8640000000000000) end
  return '0' .. string.format('%016.0f', ms)
end

-- s status NUL createdAt runId, w workflowName NUL createdAt runId, e status NUL completedAt runId.
function lib.membersOfRun(runId, state)
  local at = lib.sortTime(state.createdAt) .. runId
  local members = {
    's' .. state.status .. '\\0' .. at,
    'w' .. (state.workflowName or '') .. '\\0' .. at,
  }
  if state.completedAt then
    members[3] = 'e' .. state.status .. '\\0' .. lib.sortTime(state.completedAt) .. runId
  end
  return members
end

-- What stands for an entity that holds a token: h kind NUL createdAt runId createdSeq id.
function lib.memberOfHolder(runId, kind, id, state)
  local seq = string.format('%016.0f', state.createdSeq)
  return 'h' .. kind .. '\\0' .. lib.sortTime(state.createdAt) .. runId .. seq .. id
end

function lib.idOfHolder(member)
  -- Behind the kind: 17 bytes of time, 31 of a run id, 16 of a position.
  return string.sub(member, string.find(member, '\\0', 1, true) + 65)
end

-- The same, found by id: i kind NUL id NUL runId.
function lib.memberOfId(runId, member)
  local kind = string.sub(member, 2, string.find(member, '\\0', 1, true) - 1)
  return 'i' .. kind .. '\\0' .. lib.idOfHolder(member) .. '\\0' .. runId
end


lib.NO_NONCE = '0000000000000000'

function lib.nonceOf(text) return string.sub(text, 1, 16) end
function lib.memberOf(holder) return string.sub(holder, 17) end
function lib.holderId(holder) return lib.idOfHolder(lib.memberOf(holder)) end
function lib.runOfClaim(claim) return string.sub(claim, 33) end


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

-- Adds to \`changes\` what it takes to show \`new\` in place of \`old\`.
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

-- @positions RUN LOG
-- @positions RUN_ID COMMANDS ENTROPY PAYLOADS PUBLISH CHANNEL TOKENS VOID INDEX CLAIMS OPTIONS
-- @positions TYPE ID KIND DATA SPEC_VERSION OCCURRED_AT MAKES_RUN IN_BAND OUTCOME RULES PATCH CLAIMED RELEASES ENDS_RUN CREATED INSTEAD FIRST
local request = cmsgpack.unpack(ARGV[1])
local options = request[11]

-- The append: what it has found, and what it does, which is written at the end, when every command has passed.
local S = {
  runId = request[1],
  commands = request[2],
  entropy = request[3],
  options = options,
  nowMs = lib.readClock(),
  tokens = KEYS[request[7]],
  claims = KEYS[request[10]],
  -- By correlation id: the positions of its events, and the entities of that id by kind.
  cells = {},
  packedCells = {},
  events = {},
  created = {},
  spilled = {},
  -- By token: what the run notes of its holder, false when there is none.
  held = {},
  heldBefore = {},
  payloads = request[4],
  shown = {},
  isShown = {},
}

-- A claim that was taken over must not be used: neither by this clock, nor by what its successor has noted.
if options.lease then
  local deadline = options.lease.deadline
  local voided = tonumber(redis.call('GET', KEYS[request[8]]) or 0)
  if S.nowMs >= deadline or voided >= deadline then return { 'lapsed' } end
end

-- ---- what is there: one read for all that the commands touch

local wanted, cellAt = { 'tail', 'run' }, {}
for _, command in ipairs(S.commands) do
  local id = command[2]
  if id and not cellAt[id] then
    wanted[#wanted + 1] = 'c:' .. id
    cellAt[id] = #wanted
  end
end
if options.key then wanted[#wanted + 1] = 'k:' .. options.key end
local found = redis.call('HMGET', KEYS[1], unpack(wanted))
if options.key and found[#wanted] then
  local first, last = string.match(found[#wanted], '(%d+)-(%d+)')
  return { 'replayed', tonumber(first), tonumber(last) }
end
for id, position in pairs(cellAt) do
  S.cells[id] = found[position] and cmsgpack.unpack(found[position]) or {}
  S.packedCells[id] = found[position]
end
S.packedTail, S.packedRun = found[1], found[2]
S.tail = S.packedTail and cmsgpack.unpack(S.packedTail)
S.log = { key = KEYS[2], length = S.tail and S.tail[1] or 0 }
local tailBefore = S.tail

-- The state of the run is unpacked only for those who look at more than its status.
function lib.runState()
  if not S.run and S.packedRun then
    S.run = cmsgpack.unpack(S.packedRun)
    S.runBefore = S.run
  end
  return S.run
end

function lib.packedCell(id)
  S.packedCells[id] = S.packedCells[id] or cmsgpack.pack(S.cells[id])
  return S.packedCells[id]
end

-- ---- events of the log as it was that come back: payloads, and what a command shows that changed nothing

function lib.show(seq)
  if type(seq) ~= 'number' or seq < 1 or seq > S.log.length or S.isShown[seq] then return end
  S.isShown[seq] = true
  S.shown[#S.shown + 1] = lib.readLog(S.log, seq - 1, 1)[1]
end

function lib.showPayloads(command)
  if #S.payloads == 0 then return end
  local subject
  if command[3] then subject = S.cells[command[2]][command[3]] else subject = lib.runState() end
  for _, field in ipairs(S.payloads) do lib.show(subject and subject[field]) end
end

-- ---- refusals

function lib.refusal(code, index, cell, owner, conflict)
  return {
    'refused', code, index - 1, S.nowMs, S.packedTail or false, S.packedRun or false,
    cell or false, owner or false, conflict or false, S.shown,
  }
end

function lib.runMissing(index)
  local command = S.commands[index]
  if S.tail or command[7] or command[17] then return nil end
  return lib.refusal('RUN_NOT_FOUND', index)
end

function lib.refusedBefore()
  local fence, guard = S.options, S.options.stateUpdatedAt
  if (fence.fence or fence.fencedBelow) and not lib.fenceIsCurrent(fence, S.tail, S.log) then
    return lib.refusal('FENCE_CONFLICT', 1, nil, nil, lib.missedBeyond(fence, S.log))
  end
  if guard and S.tail and S.tail[4] > guard then return lib.refusal('PRECONDITION_FAILED', 1) end
end

-- ---- tokens

function lib.holderOf(token)
  if S.held[token] == nil then
    S.held[token] = redis.call('HGET', S.tokens, token)
    S.heldBefore[token] = S.held[token]
  end
  return S.held[token]
end

-- The run that a claim names, if it holds the token: its own slot is the truth, a claim only points there.
function lib.ownerElsewhere(token)
  local claim = redis.call('HGET', S.claims, token)
  if not claim or lib.runOfClaim(claim) == S.runId then return nil end
  local owner, names = lib.runOfClaim(claim), S.options.tokensOf
  local holder = redis.call('HGET', names[1] .. owner .. names[2], token)
  return holder and { owner, lib.holderId(holder) } or nil
end

-- The live owner of a token. Without the claims at hand, the request says who owns it, or that it was leased for this.
function lib.ownerOf(token)
  local holder = lib.holderOf(token)
  if holder then return { S.runId, lib.holderId(holder) } end
  if S.heldBefore[token] then return nil end
  if S.claims then return lib.ownerElsewhere(token) end
  for _, pair in ipairs(S.options.owners) do
    if pair[1] == token and pair[2][1] ~= S.runId then return pair[2] end
  end
  S.lapsed = S.lapsed or not lib.contains(S.options.lease.tokens, token)
end

function lib.nonceFor(token)
  if S.heldBefore[token] then return lib.nonceOf(S.heldBefore[token]) end
  return S.options.lease and S.options.lease.nonce or lib.NO_NONCE
end

-- ---- commands: against the state as the commands before have left it

-- The position of an event under its correlation id. Long lists are cut into parts of about 1 KB.
function lib.correlate(id, seq)
  local cell = S.cells[id]
  cell.at = cell.at and (cell.at .. ',' .. seq) or tostring(seq)
  S.packedCells[id] = nil
  if #cell.at <= 1000 then return end
  S.spilled['c:' .. id .. '\\0' .. (cell.parts or 0)] = cell.at
  cell.parts = (cell.parts or 0) + 1
  cell.at = nil
end

-- Returns the status of the run behind it.
function lib.patchSubject(command, createdAt, seq)
  local id, kind, patch = command[2], command[3], command[11]
  if patch and kind then
    local cell, position = S.cells[id], command[15]
    if not cell[kind] then
      S.created[position] = S.created[position] or {}
      table.insert(S.created[position], seq .. ':' .. id)
    end
    cell[kind] = lib.patched(cell[kind], patch, createdAt, seq)
  elseif patch then
    S.run = lib.patched(lib.runState(), patch, createdAt, seq)
    S.packedRun = cmsgpack.pack(S.run)
    return S.run.status
  end
  return S.tail[6]
end

function lib.changeTokens(command)
  local id, kind = command[2], command[3]
  local state = kind and S.cells[id][kind]
  if command[12] then
    local member = lib.memberOfHolder(S.runId, kind, id, state)
    S.held[command[12]] = lib.nonceFor(command[12]) .. member
  end
  local released = command[13] and state.token
  -- An imported entity may never have held its token.
  if released and lib.holderOf(released) and lib.holderId(S.held[released]) == id then
    S.held[released] = false
  end
end

-- Position, time of creation, event id, and the time in that.
function lib.mint(command, index)
  local given = S.options.provenance and S.options.provenance[index]
  local tail = S.tail or { 0, '', '', 0, -1 }
  if given then return tail[1] + 1, given[2], given[1], given[3] end
  local entropy = S.entropy[#S.events + 1]
  local eventId, ms = lib.mintEventId(tail[2], tail[5], S.nowMs, command[9], entropy)
  return tail[1] + 1, S.nowMs, eventId, ms
end

function lib.write(command, index, variant, owner)
  local seq, createdAt, eventId, ms = lib.mint(command, index)
  local tail = S.tail
  if command[2] then lib.correlate(command[2], seq) end
  local status = lib.patchSubject(command, createdAt, seq)
  S.tail = {
    seq,
    eventId,
    (command[8] or not tail) and eventId or tail[3],
    command[9] and ms or (tail and tail[4] or 0),
    ms,
    status,
  }
  S.packedTail = cmsgpack.pack(S.tail)
  local minted = { index - 1, variant, seq, eventId, createdAt, owner and owner[1] or false }
  S.events[#S.events + 1] = { command, minted }
  if command[12] or command[13] then lib.changeTokens(command) end
  S.endsRun = S.endsRun or command[14]
  return { seq, S.packedTail, S.packedRun, command[3] and lib.packedCell(command[2]) or false }
end

function lib.statusOf(of, command)
  if of == 'run' or not command[3] then return S.tail and S.tail[6] end
  local entity = S.cells[command[2]][command[3]]
  return entity and entity.status
end

-- Whether a time of the subject lies after the clock.
function lib.isAhead(field, command)
  local given = S.options.provenance and S.options.provenance[#S.events + 1]
  local state
  if command[3] then state = S.cells[command[2]][command[3]] else state = lib.runState() end
  return (state[field] or 0) > (given and given[2] or S.nowMs)
end

-- \`what\` is the statuses, each between commas, or the field of a time.
function lib.holds(of, is, what, command)
  if of == 'token' then
    local owner = command[12] and lib.ownerOf(command[12])
    return (is == 'present') == (owner and true or false)
  end
  local status = lib.statusOf(of, command)
  if is == 'absent' then return not status end
  if is == 'present' then return status and true end
  if not status then return false end
  if is == 'ahead' then return lib.isAhead(what, command) end
  local listed = string.find(what, ',' .. status .. ',', 1, true)
  if is == 'in' then return listed end
  return not listed
end

-- A rule: what to do, and with what, then triples, each a condition.
function lib.applies(rule, command)
  for i = 3, #rule, 3 do
    if not lib.holds(rule[i], rule[i + 1], rule[i + 2], command) then return false end
  end
  return true
end

-- Returns a result, or nil and a refusal.
function lib.otherwise(action, what, command, index)
  local id, kind = command[2], command[3]
  local owner = command[12] and lib.ownerOf(command[12])
  if action == 'append' and not S.options.provenance then
    return lib.write(command[16], index, 'instead', owner)
  end
  local cell = kind and S.cells[id][kind] and lib.packedCell(id)
  if action == 'keep' and S.tail then
    return { lib.runState()[what] or 0, S.packedTail, S.packedRun, cell or false }
  end
  local code = action == 'refuse' and what or action == 'append' and 'TOKEN_HELD' or 'RUN_NOT_FOUND'
  if cell then lib.showPayloads(command) end
  return nil, lib.refusal(code, index, cell, owner)
end

-- Returns a result, or nil and a refusal.
function lib.execute(command, index)
  if command[17] and not S.tail then lib.write(command[17], index, 'first') end
  for _, rule in ipairs(cmsgpack.unpack(ARGV[command[10]])) do
    if lib.applies(rule, command) then return lib.otherwise(rule[1], rule[2], command, index) end
  end
  return lib.write(command, index, 'command')
end

local refused = lib.runMissing(1) or lib.refusedBefore()
if refused then return refused end
local results = {}
for index, command in ipairs(S.commands) do
  refused = lib.runMissing(index)
  if not refused then results[index], refused = lib.execute(command, index) end
  if S.lapsed then return { 'lapsed' } end
  if refused then return refused end
end

for index, result in ipairs(results) do
  lib.show(result[1])
  lib.showPayloads(S.commands[index])
end
local logBefore = options.logLimit and lib.readLog(S.log, 0, options.logLimit + 1)
local passed = options.inBand and tailBefore
  and lib.readLog(S.log, lib.knownPosition(options, S.log), options.missedLimit + 1)

-- ---- writes: nothing from here on can fail

local changes = { add = {}, remove = {}, release = {} }
local fields, claimed, appended = {}, {}, {}

for i, event in ipairs(S.events) do
  local command, minted = event[1], event[2]
  local head = cmsgpack.pack({
    minted[4], command[1], minted[5], command[2], command[5], command[6],
    minted[6],
  })
  redis.call('XADD', KEYS[2], minted[3] .. '-0', 'e', head, 'd', ARGV[command[4]] or '')
  appended[i] = minted
end

if S.endsRun then
  local all = redis.call('HGETALL', S.tokens)
  for i = 1, #all, 2 do
    if S.heldBefore[all[i]] == nil then S.heldBefore[all[i]] = all[i + 1] end
    S.held[all[i]] = false
  end
  for token in pairs(S.held) do S.held[token] = false end
end
for token, holder in pairs(S.held) do
  local old = S.heldBefore[token]
  if holder ~= old then
    lib.replaceMembers(changes, lib.membersOfToken(S.runId, old), lib.membersOfToken(S.runId, holder))
    if holder then
      redis.call('HSET', S.tokens, token, holder)
      claimed[#claimed + 1] = token
      if S.claims then
        redis.call('HSET', S.claims, token, lib.nonceOf(holder) .. lib.NO_NONCE .. S.runId)
      end
    elseif old then
      redis.call('HDEL', S.tokens, token)
      table.insert(changes.release, token)
      table.insert(changes.release, lib.nonceOf(old))
    end
  end
end

function lib.keep(field, value)
  fields[#fields + 1] = field
  fields[#fields + 1] = value
end
if S.run ~= S.runBefore then
  lib.keep('run', S.packedRun)
  local old = S.runBefore and lib.membersOfRun(S.runId, S.runBefore) or {}
  lib.replaceMembers(changes, old, lib.membersOfRun(S.runId, S.run))
end
if S.tail ~= tailBefore then lib.keep('tail', S.packedTail) end
for id in pairs(S.cells) do
  if S.packedCells[id] ~= found[cellAt[id]] then lib.keep('c:' .. id, lib.packedCell(id)) end
end
for field, text in pairs(S.spilled) do lib.keep(field, text) end
if options.key and S.tail then
  lib.keep('k:' .. options.key, (S.log.length + 1) .. '-' .. S.tail[1])
end
lib.callMany('HSET', KEYS[1], fields)
for position, list in pairs(S.created) do lib.callMany('RPUSH', KEYS[position], list) end
local index = KEYS[request[9]]
if index then lib.applyIndexChanges(index, S.claims, changes) end
if S.tail ~= tailBefore then redis.call(request[5], request[6], S.tail[1]) end

local left = not index and #changes.add + #changes.remove + #changes.release > 0
return {
  'committed', S.log.length, appended, results, S.shown, logBefore or false, passed or false,
  left and cmsgpack.pack(changes) or false, claimed,
}
`,
  changeIndex: `-- Applies the changes that an append has left for the index, and strikes its intent.
--
-- KEYS    index (sorted set), claims (hash), intents (hash)
-- ARGV    nonce of the intent, or ''; changes (MessagePack: add, remove, release), or ''; tokens that were claimed and not used
-- Functions are fields of one table: a function that captures many locals costs more to make than most do to run.
local lib = {}

-- Calls a command with any number of arguments, some at a time: Lua passes no more than about 8,000 at once.
function lib.callMany(command, key, args)
  for first = 1, #args, 4000 do
    redis.call(command, key, unpack(args, first, math.min(first + 3999, #args)))
  end
end

-- Tokens. A run notes, by token, the nonce of the claim (16 bytes) and the index member of the entity that holds it; a
-- claim, outside the run's slot, is a nonce, the deadline of its lease (16 digits) and the run id.
-- Members of the index: one sorted set, whose byte order is the order of every list that spans runs.

-- A time, epoch ms, as 17 bytes in its order.
function lib.sortTime(ms)
  if ms < 0 then return '-' .. string.format('%016.0f', ms + 8640000000000000) end
  return '0' .. string.format('%016.0f', ms)
end

-- s status NUL createdAt runId, w workflowName NUL createdAt runId, e status NUL completedAt runId.
function lib.membersOfRun(runId, state)
  local at = lib.sortTime(state.createdAt) .. runId
  local members = {
    's' .. state.status .. '\\0' .. at,
    'w' .. (state.workflowName or '') .. '\\0' .. at,
  }
  if state.completedAt then
    members[3] = 'e' .. state.status .. '\\0' .. lib.sortTime(state.completedAt) .. runId
  end
  return members
end

-- What stands for an entity that holds a token: h kind NUL createdAt runId createdSeq id.
function lib.memberOfHolder(runId, kind, id, state)
  local seq = string.format('%016.0f', state.createdSeq)
  return 'h' .. kind .. '\\0' .. lib.sortTime(state.createdAt) .. runId .. seq .. id
end

function lib.idOfHolder(member)
  -- Behind the kind: 17 bytes of time, 31 of a run id, 16 of a position.
  return string.sub(member, string.find(member, '\\0', 1, true) + 65)
end

-- The same, found by id: i kind NUL id NUL runId.
function lib.memberOfId(runId, member)
  local kind = string.sub(member, 2, string.find(member, '\\0', 1, true) - 1)
  return 'i' .. kind .. '\\0' .. lib.idOfHolder(member) .. '\\0' .. runId
end


lib.NO_NONCE = '0000000000000000'

function lib.nonceOf(text) return string.sub(text, 1, 16) end
function lib.memberOf(holder) return string.sub(holder, 17) end
function lib.holderId(holder) return lib.idOfHolder(lib.memberOf(holder)) end
function lib.runOfClaim(claim) return string.sub(claim, 33) end


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

-- Adds to \`changes\` what it takes to show \`new\` in place of \`old\`.
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

local INDEX, CLAIMS, INTENTS = KEYS[1], KEYS[2], KEYS[3]
local nonce = ARGV[1]
local changes = { add = {}, remove = {}, release = {} }
if ARGV[2] ~= '' then changes = cmsgpack.unpack(ARGV[2]) end
for i = 3, #ARGV do
  table.insert(changes.release, ARGV[i])
  table.insert(changes.release, nonce)
end
lib.applyIndexChanges(INDEX, CLAIMS, changes)
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
-- Functions are fields of one table: a function that captures many locals costs more to make than most do to run.
local lib = {}

function lib.readClock()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- Tokens. A run notes, by token, the nonce of the claim (16 bytes) and the index member of the entity that holds it; a
-- claim, outside the run's slot, is a nonce, the deadline of its lease (16 digits) and the run id.
-- Members of the index: one sorted set, whose byte order is the order of every list that spans runs.

-- A time, epoch ms, as 17 bytes in its order.
function lib.sortTime(ms)
  if ms < 0 then return '-' .. string.format('%016.0f', ms + 8640000000000000) end
  return '0' .. string.format('%016.0f', ms)
end

-- s status NUL createdAt runId, w workflowName NUL createdAt runId, e status NUL completedAt runId.
function lib.membersOfRun(runId, state)
  local at = lib.sortTime(state.createdAt) .. runId
  local members = {
    's' .. state.status .. '\\0' .. at,
    'w' .. (state.workflowName or '') .. '\\0' .. at,
  }
  if state.completedAt then
    members[3] = 'e' .. state.status .. '\\0' .. lib.sortTime(state.completedAt) .. runId
  end
  return members
end

-- What stands for an entity that holds a token: h kind NUL createdAt runId createdSeq id.
function lib.memberOfHolder(runId, kind, id, state)
  local seq = string.format('%016.0f', state.createdSeq)
  return 'h' .. kind .. '\\0' .. lib.sortTime(state.createdAt) .. runId .. seq .. id
end

function lib.idOfHolder(member)
  -- Behind the kind: 17 bytes of time, 31 of a run id, 16 of a position.
  return string.sub(member, string.find(member, '\\0', 1, true) + 65)
end

-- The same, found by id: i kind NUL id NUL runId.
function lib.memberOfId(runId, member)
  local kind = string.sub(member, 2, string.find(member, '\\0', 1, true) - 1)
  return 'i' .. kind .. '\\0' .. lib.idOfHolder(member) .. '\\0' .. runId
end


lib.NO_NONCE = '0000000000000000'

function lib.nonceOf(text) return string.sub(text, 1, 16) end
function lib.memberOf(holder) return string.sub(holder, 17) end
function lib.holderId(holder) return lib.idOfHolder(lib.memberOf(holder)) end
function lib.runOfClaim(claim) return string.sub(claim, 33) end

local CLAIMS, INTENTS = KEYS[1], KEYS[2]
local request = cmsgpack.unpack(ARGV[1])
local nowMs = lib.readClock()
local others, expected = {}, {}
for _, pair in ipairs(request.expected) do expected[pair[1]] = pair[2] end
for _, token in ipairs(request.tokens) do
  local claim = redis.call('HGET', CLAIMS, token)
  if claim and expected[token] ~= lib.nonceOf(claim) then
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
-- RETURN  the run's tail; then id, cell, id, cell, …
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
if last < first then return { redis.call('HGET', RUN, 'tail') } end

local fields, ids = { 'tail' }, {}
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
-- Functions are fields of one table: a function that captures many locals costs more to make than most do to run.
local lib = {}

-- Members of the index: one sorted set, whose byte order is the order of every list that spans runs.

-- A time, epoch ms, as 17 bytes in its order.
function lib.sortTime(ms)
  if ms < 0 then return '-' .. string.format('%016.0f', ms + 8640000000000000) end
  return '0' .. string.format('%016.0f', ms)
end

-- s status NUL createdAt runId, w workflowName NUL createdAt runId, e status NUL completedAt runId.
function lib.membersOfRun(runId, state)
  local at = lib.sortTime(state.createdAt) .. runId
  local members = {
    's' .. state.status .. '\\0' .. at,
    'w' .. (state.workflowName or '') .. '\\0' .. at,
  }
  if state.completedAt then
    members[3] = 'e' .. state.status .. '\\0' .. lib.sortTime(state.completedAt) .. runId
  end
  return members
end

-- What stands for an entity that holds a token: h kind NUL createdAt runId createdSeq id.
function lib.memberOfHolder(runId, kind, id, state)
  local seq = string.format('%016.0f', state.createdSeq)
  return 'h' .. kind .. '\\0' .. lib.sortTime(state.createdAt) .. runId .. seq .. id
end

function lib.idOfHolder(member)
  -- Behind the kind: 17 bytes of time, 31 of a run id, 16 of a position.
  return string.sub(member, string.find(member, '\\0', 1, true) + 65)
end

-- The same, found by id: i kind NUL id NUL runId.
function lib.memberOfId(runId, member)
  local kind = string.sub(member, 2, string.find(member, '\\0', 1, true) - 1)
  return 'i' .. kind .. '\\0' .. lib.idOfHolder(member) .. '\\0' .. runId
end


lib.NO_NONCE = '0000000000000000'

function lib.nonceOf(text) return string.sub(text, 1, 16) end
function lib.memberOf(holder) return string.sub(holder, 17) end
function lib.holderId(holder) return lib.idOfHolder(lib.memberOf(holder)) end
function lib.runOfClaim(claim) return string.sub(claim, 33) end

local TOKENS, VOID = KEYS[1], KEYS[2]
local token, deadline = ARGV[1], tonumber(ARGV[2])
local HOUR_MS = 3600000

local holder = redis.call('HGET', TOKENS, token)
if holder then return lib.holderId(holder) end
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
-- Functions are fields of one table: a function that captures many locals costs more to make than most do to run.
local lib = {}

function lib.readClock()
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
local nowMs = #intents > 0 and lib.readClock() or 0
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
-- Functions are fields of one table: a function that captures many locals costs more to make than most do to run.
local lib = {}

-- Members of the index: one sorted set, whose byte order is the order of every list that spans runs.

-- A time, epoch ms, as 17 bytes in its order.
function lib.sortTime(ms)
  if ms < 0 then return '-' .. string.format('%016.0f', ms + 8640000000000000) end
  return '0' .. string.format('%016.0f', ms)
end

-- s status NUL createdAt runId, w workflowName NUL createdAt runId, e status NUL completedAt runId.
function lib.membersOfRun(runId, state)
  local at = lib.sortTime(state.createdAt) .. runId
  local members = {
    's' .. state.status .. '\\0' .. at,
    'w' .. (state.workflowName or '') .. '\\0' .. at,
  }
  if state.completedAt then
    members[3] = 'e' .. state.status .. '\\0' .. lib.sortTime(state.completedAt) .. runId
  end
  return members
end

-- What stands for an entity that holds a token: h kind NUL createdAt runId createdSeq id.
function lib.memberOfHolder(runId, kind, id, state)
  local seq = string.format('%016.0f', state.createdSeq)
  return 'h' .. kind .. '\\0' .. lib.sortTime(state.createdAt) .. runId .. seq .. id
end

function lib.idOfHolder(member)
  -- Behind the kind: 17 bytes of time, 31 of a run id, 16 of a position.
  return string.sub(member, string.find(member, '\\0', 1, true) + 65)
end

-- The same, found by id: i kind NUL id NUL runId.
function lib.memberOfId(runId, member)
  local kind = string.sub(member, 2, string.find(member, '\\0', 1, true) - 1)
  return 'i' .. kind .. '\\0' .. lib.idOfHolder(member) .. '\\0' .. runId
end


lib.NO_NONCE = '0000000000000000'

function lib.nonceOf(text) return string.sub(text, 1, 16) end
function lib.memberOf(holder) return string.sub(holder, 17) end
function lib.holderId(holder) return lib.idOfHolder(lib.memberOf(holder)) end
function lib.runOfClaim(claim) return string.sub(claim, 33) end

local RUN, TOKENS, VOID = KEYS[1], KEYS[2], KEYS[3]
local runId, deadline = ARGV[1], tonumber(ARGV[2])
local HOUR_MS = 3600000

if tonumber(redis.call('GET', VOID) or 0) < deadline then
  redis.call('SET', VOID, string.format('%.0f', deadline), 'PX', HOUR_MS)
end
local add, free = {}, {}
local run = redis.call('HGET', RUN, 'run')
if run then add = lib.membersOfRun(runId, cmsgpack.unpack(run)) end
local holders = redis.call('HVALS', TOKENS)
for _, holder in ipairs(holders) do
  local member = lib.memberOf(holder)
  add[#add + 1] = member
  add[#add + 1] = lib.memberOfId(runId, member)
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
-- Functions are fields of one table: a function that captures many locals costs more to make than most do to run.
local lib = {}

-- Calls a command with any number of arguments, some at a time: Lua passes no more than about 8,000 at once.
function lib.callMany(command, key, args)
  for first = 1, #args, 4000 do
    redis.call(command, key, unpack(args, first, math.min(first + 3999, #args)))
  end
end

-- Tokens. A run notes, by token, the nonce of the claim (16 bytes) and the index member of the entity that holds it; a
-- claim, outside the run's slot, is a nonce, the deadline of its lease (16 digits) and the run id.
-- Members of the index: one sorted set, whose byte order is the order of every list that spans runs.

-- A time, epoch ms, as 17 bytes in its order.
function lib.sortTime(ms)
  if ms < 0 then return '-' .. string.format('%016.0f', ms + 8640000000000000) end
  return '0' .. string.format('%016.0f', ms)
end

-- s status NUL createdAt runId, w workflowName NUL createdAt runId, e status NUL completedAt runId.
function lib.membersOfRun(runId, state)
  local at = lib.sortTime(state.createdAt) .. runId
  local members = {
    's' .. state.status .. '\\0' .. at,
    'w' .. (state.workflowName or '') .. '\\0' .. at,
  }
  if state.completedAt then
    members[3] = 'e' .. state.status .. '\\0' .. lib.sortTime(state.completedAt) .. runId
  end
  return members
end

-- What stands for an entity that holds a token: h kind NUL createdAt runId createdSeq id.
function lib.memberOfHolder(runId, kind, id, state)
  local seq = string.format('%016.0f', state.createdSeq)
  return 'h' .. kind .. '\\0' .. lib.sortTime(state.createdAt) .. runId .. seq .. id
end

function lib.idOfHolder(member)
  -- Behind the kind: 17 bytes of time, 31 of a run id, 16 of a position.
  return string.sub(member, string.find(member, '\\0', 1, true) + 65)
end

-- The same, found by id: i kind NUL id NUL runId.
function lib.memberOfId(runId, member)
  local kind = string.sub(member, 2, string.find(member, '\\0', 1, true) - 1)
  return 'i' .. kind .. '\\0' .. lib.idOfHolder(member) .. '\\0' .. runId
end


lib.NO_NONCE = '0000000000000000'

function lib.nonceOf(text) return string.sub(text, 1, 16) end
function lib.memberOf(holder) return string.sub(holder, 17) end
function lib.holderId(holder) return lib.idOfHolder(lib.memberOf(holder)) end
function lib.runOfClaim(claim) return string.sub(claim, 33) end


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

-- Adds to \`changes\` what it takes to show \`new\` in place of \`old\`.
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

local runId, publish, channel, ofRun = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local RUN, INDEX, CLAIMS = KEYS[1], KEYS[ofRun + 1], KEYS[ofRun + 2]
local statuses = { unpack(ARGV, 6) }

local packed = redis.call('HGET', RUN, 'run')
local run = packed and cmsgpack.unpack(packed)
if not run or not lib.contains(statuses, run.status) then return { 0 } end
if not run.completedAt or run.completedAt >= tonumber(ARGV[5]) then return { 0 } end
redis.call('UNLINK', unpack(KEYS, 1, ofRun))
redis.call(publish, channel, 0)
local changes = { add = {}, remove = lib.membersOfRun(runId, run), release = {} }
if not INDEX then return { 1, cmsgpack.pack(changes) } end
lib.applyIndexChanges(INDEX, CLAIMS, changes)
return { 1 }
`,
} as const;
