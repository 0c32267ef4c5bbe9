-- Executes the commands of an append on one run: loads what they touch, evaluates them as `evaluate` of the contract
-- does, and writes only when all of them pass. Knows no event type: what is allowed, and what it changes, comes along.
--
-- KEYS    run (hash), log (stream), and those that the request gives positions of
-- ARGV    request (MessagePack, see request.ts), then what commands refer to by position: data of events, rules
-- RETURN  'committed' | 'replayed' | 'refused' | 'lapsed', and what reply.ts reads
-- @include clock
-- @include state
-- @include event-ids
-- @include fence
-- @include index-changes
-- @positions RUN LOG
-- @positions RUN_ID COMMANDS ENTROPY PAYLOADS PUBLISH CHANNEL TOKENS VOID INDEX CLAIMS OPTIONS
-- @positions TYPE ID KIND DATA SPEC_VERSION OCCURRED_AT MAKES_RUN IN_BAND OUTCOME RULES PATCH CLAIMED RELEASES ENDS_RUN CREATED INSTEAD FIRST
local request = cmsgpack.unpack(ARGV[1])
local options = request[OPTIONS]

-- The append: what it has found, and what it does, which is written at the end, when every command has passed.
local S = {
  runId = request[RUN_ID],
  commands = request[COMMANDS],
  entropy = request[ENTROPY],
  options = options,
  nowMs = lib.readClock(),
  tokens = KEYS[request[TOKENS]],
  claims = KEYS[request[CLAIMS]],
  -- By correlation id: the positions of its events, and the entities of that id by kind.
  cells = {},
  packedCells = {},
  events = {},
  created = {},
  spilled = {},
  -- By token: what the run notes of its holder, false when there is none.
  held = {},
  heldBefore = {},
  payloads = request[PAYLOADS],
  shown = {},
  isShown = {},
}

-- A claim that was taken over must not be used: neither by this clock, nor by what its successor has noted.
if options.lease then
  local deadline = options.lease.deadline
  local voided = tonumber(redis.call('GET', KEYS[request[VOID]]) or 0)
  if S.nowMs >= deadline or voided >= deadline then return { 'lapsed' } end
end

-- ---- what is there: one read for all that the commands touch

local wanted, cellAt = { 'tail', 'run' }, {}
for _, command in ipairs(S.commands) do
  local id = command[ID]
  if id and not cellAt[id] then
    wanted[#wanted + 1] = 'c:' .. id
    cellAt[id] = #wanted
  end
end
if options.key then wanted[#wanted + 1] = 'k:' .. options.key end
local found = redis.call('HMGET', KEYS[RUN], unpack(wanted))
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
S.log = { key = KEYS[LOG], length = S.tail and S.tail[SEQ] or 0 }
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
  if command[KIND] then subject = S.cells[command[ID]][command[KIND]] else subject = lib.runState() end
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
  if S.tail or command[MAKES_RUN] or command[FIRST] then return nil end
  return lib.refusal('RUN_NOT_FOUND', index)
end

function lib.refusedBefore()
  local fence, guard = S.options, S.options.stateUpdatedAt
  if (fence.fence or fence.fencedBelow) and not lib.fenceIsCurrent(fence, S.tail, S.log) then
    return lib.refusal('FENCE_CONFLICT', 1, nil, nil, lib.missedBeyond(fence, S.log))
  end
  if guard and S.tail and S.tail[OUTCOME_AT] > guard then return lib.refusal('PRECONDITION_FAILED', 1) end
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
  S.spilled['c:' .. id .. '\0' .. (cell.parts or 0)] = cell.at
  cell.parts = (cell.parts or 0) + 1
  cell.at = nil
end

-- Returns the status of the run behind it.
function lib.patchSubject(command, createdAt, seq)
  local id, kind, patch = command[ID], command[KIND], command[PATCH]
  if patch and kind then
    local cell, position = S.cells[id], command[CREATED]
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
  return S.tail[RUN_STATUS]
end

function lib.changeTokens(command)
  local id, kind = command[ID], command[KIND]
  local state = kind and S.cells[id][kind]
  if command[CLAIMED] then
    local member = lib.memberOfHolder(S.runId, kind, id, state)
    S.held[command[CLAIMED]] = lib.nonceFor(command[CLAIMED]) .. member
  end
  local released = command[RELEASES] and state.token
  -- An imported entity may never have held its token.
  if released and lib.holderOf(released) and lib.holderId(S.held[released]) == id then
    S.held[released] = false
  end
end

-- Position, time of creation, event id, and the time in that.
function lib.mint(command, index)
  local given = S.options.provenance and S.options.provenance[index]
  local tail = S.tail or { 0, '', '', 0, -1 }
  if given then return tail[SEQ] + 1, given[2], given[1], given[3] end
  local entropy = S.entropy[#S.events + 1]
  local eventId, ms = lib.mintEventId(tail[EVENT_ID], tail[EVENT_MS], S.nowMs, command[OUTCOME], entropy)
  return tail[SEQ] + 1, S.nowMs, eventId, ms
end

function lib.write(command, index, variant, owner)
  local seq, createdAt, eventId, ms = lib.mint(command, index)
  local tail = S.tail
  if command[ID] then lib.correlate(command[ID], seq) end
  local status = lib.patchSubject(command, createdAt, seq)
  S.tail = {
    seq,
    eventId,
    (command[IN_BAND] or not tail) and eventId or tail[DECISION_ID],
    command[OUTCOME] and ms or (tail and tail[OUTCOME_AT] or 0),
    ms,
    status,
  }
  S.packedTail = cmsgpack.pack(S.tail)
  local minted = { index - 1, variant, seq, eventId, createdAt, owner and owner[1] or false }
  S.events[#S.events + 1] = { command, minted }
  if command[CLAIMED] or command[RELEASES] then lib.changeTokens(command) end
  S.endsRun = S.endsRun or command[ENDS_RUN]
  return { seq, S.packedTail, S.packedRun, command[KIND] and lib.packedCell(command[ID]) or false }
end

function lib.statusOf(of, command)
  if of == 'run' or not command[KIND] then return S.tail and S.tail[RUN_STATUS] end
  local entity = S.cells[command[ID]][command[KIND]]
  return entity and entity.status
end

-- Whether a time of the subject lies after the clock.
function lib.isAhead(field, command)
  local given = S.options.provenance and S.options.provenance[#S.events + 1]
  local state
  if command[KIND] then state = S.cells[command[ID]][command[KIND]] else state = lib.runState() end
  return (state[field] or 0) > (given and given[2] or S.nowMs)
end

-- `what` is the statuses, each between commas, or the field of a time.
function lib.holds(of, is, what, command)
  if of == 'token' then
    local owner = command[CLAIMED] and lib.ownerOf(command[CLAIMED])
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
  local id, kind = command[ID], command[KIND]
  local owner = command[CLAIMED] and lib.ownerOf(command[CLAIMED])
  if action == 'append' and not S.options.provenance then
    return lib.write(command[INSTEAD], index, 'instead', owner)
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
  if command[FIRST] and not S.tail then lib.write(command[FIRST], index, 'first') end
  for _, rule in ipairs(cmsgpack.unpack(ARGV[command[RULES]])) do
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
    minted[4], command[TYPE], minted[5], command[ID], command[SPEC_VERSION], command[OCCURRED_AT],
    minted[6],
  })
  redis.call('XADD', KEYS[LOG], minted[3] .. '-0', 'e', head, 'd', ARGV[command[DATA]] or '')
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
  lib.keep('k:' .. options.key, (S.log.length + 1) .. '-' .. S.tail[SEQ])
end
lib.callMany('HSET', KEYS[RUN], fields)
for position, list in pairs(S.created) do lib.callMany('RPUSH', KEYS[position], list) end
local index = KEYS[request[INDEX]]
if index then lib.applyIndexChanges(index, S.claims, changes) end
if S.tail ~= tailBefore then redis.call(request[PUBLISH], request[CHANNEL], S.tail[SEQ]) end

local left = not index and #changes.add + #changes.remove + #changes.release > 0
return {
  'committed', S.log.length, appended, results, S.shown, logBefore or false, passed or false,
  left and cmsgpack.pack(changes) or false, claimed,
}
