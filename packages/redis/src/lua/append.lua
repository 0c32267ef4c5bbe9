-- Executes the commands of an append on one run: loads what they touch, evaluates them as `evaluate` of the contract
-- does, and writes only when all of them pass. Knows no event type: what is allowed, and what it changes, comes along.
--
-- KEYS    run (hash), log (stream), and those that request.keys gives positions of: tokens, void, index, claims,
--         created by kind
-- ARGV    request (MessagePack, see request.ts), then the data of events, to which commands refer by position
-- RETURN  'committed' | 'replayed' | 'refused' | 'lapsed', and what reply.ts reads
-- @include clock
-- @include state
-- @include event-ids
-- @include fence
-- @include index-changes
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
  spilled['c:' .. id .. '\0' .. (cell.parts or 0)] = cell.at
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
