-- Executes the commands of an append on one run: loads what they touch, evaluates them as `evaluate` of the contract
-- does, and writes only when all of them pass. Knows no event type: what is allowed, and what it changes, comes along.
--
-- KEYS    run (hash), log (stream), and those that the request gives positions of
-- ARGV    request (MessagePack, see request.ts), then what commands refer to by position: data of events, rules
-- RETURN  'committed' | 'replayed' | 'refused' | 'lapsed', and what reply.ts reads
--
-- A script runs from its top each time: it makes few functions, and those that most appends do not need only when it does.
-- @positions RUN LOG
-- @positions RUN_ID COMMANDS ENTROPY PAYLOADS PUBLISH TOKENS VOID INDEX CLAIMS OPTIONS
-- @positions TYPE ID KIND DATA SPEC_VERSION OCCURRED_AT MAKES_RUN IN_BAND OUTCOME RULES PATCH CLAIMED RELEASES ENDS_RUN CREATED INSTEAD FIRST
local lib = {}
-- @include state
-- @include event-ids
local request = cmsgpack.unpack(ARGV[1])
local commands, payloads, options = request[COMMANDS], request[PAYLOADS], request[OPTIONS]
local lease, provenance = options.lease, options.provenance
local time = redis.call('TIME')
local nowMs = time[1] * 1000 + math.floor(time[2] / 1000)

-- A claim that was taken over must not be used: neither by this clock, nor by what its successor has noted.
if lease then
  local voided = tonumber(redis.call('GET', KEYS[request[VOID]]) or 0)
  if nowMs >= lease.deadline or voided >= lease.deadline then return { 'lapsed' } end
end

-- ---- what is there: one read for all that the commands touch

local wanted, cellAt = { 'tail', 'run' }, {}
for _, command in ipairs(commands) do
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
-- By correlation id: the positions of its events, and the entities of that id by kind.
local cells, packedCells = {}, {}
for id, position in pairs(cellAt) do
  cells[id] = found[position] and cmsgpack.unpack(found[position]) or {}
  packedCells[id] = found[position]
end
local packedTail, packedRun = found[1], found[2]
local tail = packedTail and cmsgpack.unpack(packedTail)
local tailBefore, length = tail, tail and tail[SEQ] or 0
-- The state of the run, unpacked only for those who look at more than its status, which the tail has too.
local run

-- What the append does; written at the end, when every command has passed.
local events, created, spilled, endsRun = {}, {}, {}, false

-- ---- what few appends need

local function withFences()
  local lib = {}
  -- @include fence
  return lib, { key = KEYS[LOG], length = length }
end

local own, tokens
local function withTokens()
  if own then return own, tokens end
  local lib = {}
  -- @include tokens
  own, tokens = lib, {
    runId = request[RUN_ID],
    key = KEYS[request[TOKENS]],
    claims = KEYS[request[CLAIMS]],
    options = options,
    held = {},
    before = {},
  }
  return own, tokens
end

local function ownerOf(command)
  local token = command[CLAIMED]
  if not token then return nil end
  local lib, state = withTokens()
  return lib.ownerOf(state, token)
end

-- ---- what comes back

local shown, isShown = {}, {}
local function show(seq)
  if type(seq) ~= 'number' or seq < 1 or seq > length or isShown[seq] then return end
  isShown[seq] = true
  shown[#shown + 1] = redis.call('XRANGE', KEYS[LOG], seq .. '-0', seq .. '-0')[1]
end

local function subjectOf(command)
  if command[KIND] then return cells[command[ID]][command[KIND]] end
  if not run and packedRun then run = cmsgpack.unpack(packedRun) end
  return run
end

local function packedCell(id)
  packedCells[id] = packedCells[id] or cmsgpack.pack(cells[id])
  return packedCells[id]
end

local function refusal(code, index, command, owner, conflict)
  local subject = command and command[KIND] and subjectOf(command)
  for _, field in ipairs(payloads) do show(subject and subject[field]) end
  return {
    'refused', code, index - 1, nowMs, packedTail or false, packedRun or false,
    subject and packedCell(command[ID]) or false, owner or false, conflict or false, shown,
  }
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

-- Appends an event, and changes its subject. Returns the result.
local function write(command, index, variant, owner)
  local given = provenance and provenance[index]
  local seq, createdAt = tail and tail[SEQ] + 1 or 1, given and given[2] or nowMs
  local eventId, ms
  if given then
    eventId, ms = given[1], given[3]
  else
    local tailId, tailMs = tail and tail[EVENT_ID], tail and tail[EVENT_MS] or -1
    local entropy = request[ENTROPY][#events + 1]
    eventId, ms = lib.mintEventId(tailId, tailMs, nowMs, command[OUTCOME], entropy)
  end
  local id, kind, patch, status = command[ID], command[KIND], command[PATCH], tail and tail[RUN_STATUS]
  if id then correlate(id, seq) end
  if patch then
    local state = subjectOf(command)
    if kind and not state then
      local position = command[CREATED]
      created[position] = created[position] or {}
      table.insert(created[position], seq .. ':' .. id)
    end
    state = lib.applyPatch(state or {}, patch, createdAt, seq)
    if kind then
      cells[id][kind] = state
    else
      run, packedRun, status = state, cmsgpack.pack(state), state.status
    end
  end
  tail = {
    seq,
    eventId,
    (command[IN_BAND] or not tail) and eventId or tail[DECISION_ID],
    command[OUTCOME] and ms or (tail and tail[OUTCOME_AT] or 0),
    ms,
    status,
  }
  packedTail = cmsgpack.pack(tail)
  events[#events + 1] = { command, { index - 1, variant, seq, eventId, createdAt, owner and owner[1] or false } }
  if command[CLAIMED] or command[RELEASES] then
    local lib, state = withTokens()
    local entity = cells[id][kind]
    if command[CLAIMED] then lib.hold(state, command[CLAIMED], kind, id, entity) end
    if command[RELEASES] and entity.token then lib.letGo(state, entity.token, id) end
  end
  endsRun = endsRun or command[ENDS_RUN]
  return { seq, packedTail, packedRun, kind and packedCell(id) or false }
end

-- A rule: what to do, and with what, then triples, each a condition: `run`, `subject` or `token`; what it is; and the
-- statuses, each between commas, or the field of a time.
local function applies(rule, command)
  for i = 3, #rule, 3 do
    local of, is, what = rule[i], rule[i + 1], rule[i + 2]
    local status
    if of == 'token' then
      status = ownerOf(command) and 'held'
    elseif of == 'run' or not command[KIND] then
      status = tail and tail[RUN_STATUS]
    else
      local entity = cells[command[ID]][command[KIND]]
      status = entity and entity.status
    end
    if is == 'absent' then
      if status then return false end
    elseif not status then
      return false
    elseif is == 'in' then
      if not string.find(what, ',' .. status .. ',', 1, true) then return false end
    elseif is == 'not-in' then
      if string.find(what, ',' .. status .. ',', 1, true) then return false end
    elseif is == 'ahead' then
      local given = provenance and provenance[#events + 1]
      if (subjectOf(command)[what] or 0) <= (given and given[2] or nowMs) then return false end
    end
  end
  return true
end

-- What a rule has instead of the plain append. Returns a result, or nil and a refusal.
local function otherwise(rule, command, index)
  local action, what, owner = rule[1], rule[2], ownerOf(command)
  if action == 'append' and not provenance then return write(command[INSTEAD], index, 'instead', owner) end
  if action ~= 'keep' then
    return nil, refusal(action == 'refuse' and what or 'TOKEN_HELD', index, command, owner)
  end
  if not tail then return nil, refusal('RUN_NOT_FOUND', index) end
  local seq = not command[KIND] and subjectOf(command)[what] or 0
  return { seq, packedTail, packedRun, command[KIND] and packedCell(command[ID]) or false }
end

-- Returns a result, or nil and a refusal.
local function execute(command, index)
  if not tail and not command[MAKES_RUN] then
    if not command[FIRST] then return nil, refusal('RUN_NOT_FOUND', index) end
    write(command[FIRST], index, 'first')
  end
  for _, rule in ipairs(cmsgpack.unpack(ARGV[command[RULES]])) do
    if applies(rule, command) then return otherwise(rule, command, index) end
  end
  return write(command, index, 'command')
end

-- ---- the run, then the fence, then the guard, then the commands one by one

if not tail and not commands[1][MAKES_RUN] and not commands[1][FIRST] then return refusal('RUN_NOT_FOUND', 1) end
if options.fence or options.fencedBelow then
  -- Most fences are the tail: nothing has to be looked for.
  if not tail or tail[EVENT_ID] ~= options.fence then
    local lib, log = withFences()
    if not lib.fenceIsCurrent(options, tail, log) then
      return refusal('FENCE_CONFLICT', 1, nil, nil, lib.missedBeyond(options, log))
    end
  end
end
local guard = options.stateUpdatedAt
if guard and tail and tail[OUTCOME_AT] > guard then return refusal('PRECONDITION_FAILED', 1) end

local results = {}
for index, command in ipairs(commands) do
  local result, refused = execute(command, index)
  if tokens and tokens.lapsed then return { 'lapsed' } end
  if refused then return refused end
  results[index] = result
end

-- The run is told when it has changed: it may be large, and a batch long.
local told
for index, result in ipairs(results) do
  if result[3] == told then result[3] = false else told = result[3] end
  show(result[1])
  local subject = payloads[1] and subjectOf(commands[index])
  for _, field in ipairs(payloads) do show(subject and subject[field]) end
end
local logBefore, passed = false, false
if options.logLimit then
  logBefore = redis.call('XRANGE', KEYS[LOG], '-', '+', 'COUNT', options.logLimit + 1)
end
if options.inBand and tailBefore then
  local lib, log = withFences()
  passed = lib.readLog(log, lib.knownPosition(options, log), options.missedLimit + 1)
end

-- ---- writes: nothing from here on can fail

local index = KEYS[request[INDEX]]
-- That the index is what it should be is seen before anything is written.
if index then redis.call('ZCARD', index) end

local appended, fields, claimed = {}, {}, {}
for i, event in ipairs(events) do
  local command, minted = event[1], event[2]
  local head = cmsgpack.pack({
    minted[4], command[TYPE], minted[5], command[ID], command[SPEC_VERSION], command[OCCURRED_AT], minted[6],
  })
  redis.call('XADD', KEYS[LOG], minted[3] .. '-0', 'e', head, 'd', ARGV[command[DATA]] or '')
  appended[i] = minted
end

local changes = { add = {}, remove = {}, release = {} }
if endsRun or tokens then
  local lib, state = withTokens()
  if endsRun then lib.letGoOfAll(state) end
  claimed = lib.writeHolders(state, changes)
end
if packedRun ~= found[2] then
  local lib, state = withTokens()
  local before = found[2] and lib.membersOfRun(state.runId, cmsgpack.unpack(found[2])) or {}
  lib.replaceMembers(changes, before, lib.membersOfRun(state.runId, run))
  fields[1], fields[2] = 'run', packedRun
end
if tail ~= tailBefore then
  fields[#fields + 1] = 'tail'
  fields[#fields + 1] = packedTail
end
for id in pairs(cells) do
  if packedCells[id] ~= found[cellAt[id]] then
    fields[#fields + 1] = 'c:' .. id
    fields[#fields + 1] = packedCell(id)
  end
end
for field, text in pairs(spilled) do
  fields[#fields + 1] = field
  fields[#fields + 1] = text
end
if options.key and tail then
  fields[#fields + 1] = 'k:' .. options.key
  fields[#fields + 1] = (length + 1) .. '-' .. tail[SEQ]
end
if fields[1] then redis.call('HSET', KEYS[RUN], unpack(fields)) end
for position, list in pairs(created) do redis.call('RPUSH', KEYS[position], unpack(list)) end
-- Its channel has the name of the log.
if tail ~= tailBefore then redis.call(request[PUBLISH], KEYS[LOG], tail[SEQ]) end

local left = #changes.add + #changes.remove + #changes.release > 0
if left and index then
  local lib, state = withTokens()
  lib.applyIndexChanges(index, state.claims, changes)
end
return {
  'committed', length, appended, results, shown, logBefore, passed,
  left and not index and cmsgpack.pack(changes) or false, claimed,
}
