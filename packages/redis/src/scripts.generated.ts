// Generated from src/lua by scripts/embed-scripts.mjs. Do not edit.

/** The scripts that run on the server, by name. */
export const scripts = {
  append: `-- Executes the commands of an append on one run: loads what they touch, evaluates them as \`evaluate\` of the contract
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
-- States of runs and entities: fields by name. A patch is triples of operation, field and value.
function lib.applyPatch(state, patch, createdAt, seq)
  for i = 1, #patch, 3 do
    local operation, field = patch[i], patch[i + 1]
    if operation == 'set' then
      state[field] = patch[i + 2]
    elseif operation == 'stamp' then
      state[field] = createdAt
    elseif operation == 'stampOnce' then
      if state[field] == nil then state[field] = createdAt end
    elseif operation == 'mark' then
      state[field] = seq
    elseif operation == 'increment' then
      state[field] = (state[field] or 0) + 1
    else
      state[field] = nil
    end
  end
  return state
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
local request = cmsgpack.unpack(ARGV[1])
local commands, payloads, options = request[2], request[4], request[10]
local lease, provenance = options.lease, options.provenance
local time = redis.call('TIME')
local nowMs = time[1] * 1000 + math.floor(time[2] / 1000)

-- A claim that was taken over must not be used: neither by this clock, nor by what its successor has noted.
if lease then
  local voided = tonumber(redis.call('GET', KEYS[request[7]]) or 0)
  if nowMs >= lease.deadline or voided >= lease.deadline then return { 'lapsed' } end
end

-- ---- what is there: one read for all that the commands touch

local wanted, cellAt = { 'tail', 'run' }, {}
for _, command in ipairs(commands) do
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
-- By correlation id: the positions of its events, and the entities of that id by kind.
local cells, packedCells = {}, {}
for id, position in pairs(cellAt) do
  cells[id] = found[position] and cmsgpack.unpack(found[position]) or {}
  packedCells[id] = found[position]
end
local packedTail, packedRun = found[1], found[2]
local tail = packedTail and cmsgpack.unpack(packedTail)
local tailBefore, length = tail, tail and tail[1] or 0
-- The state of the run, unpacked only for those who look at more than its status, which the tail has too.
local run

-- What the append does; written at the end, when every command has passed.
local events, created, spilled, endsRun = {}, {}, {}, false

-- ---- what few appends need

local function withFences()
  local lib = {}
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
  return lib, { key = KEYS[2], length = length }
end

local own, tokens
local function withTokens()
  if own then return own, tokens end
  local lib = {}
  -- The tokens of a run during an append. \`own\` is: runId; key, the hash of what the run holds; claims, the hash of claims where it is
  -- on this server; options of the request; held, by token what the run notes of its holder, false when there is none; before,
  -- the same as it was; lapsed, set when a token would have to be claimed again.
  -- Changes of the index: add and remove, lists of members; release, a list of token and nonce in turn. They may be applied twice, and
  -- late: what is removed never comes back by itself, what is added may be stale then, which readers see by the run. A token is
  -- released unless it was claimed anew since.
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

  -- Adds to \`changes\` what it takes to show \`new\` in place of \`old\`.
  function lib.replaceMembers(changes, old, new)
    for _, member in ipairs(old) do
      if not lib.contains(new, member) then table.insert(changes.remove, member) end
    end
    for _, member in ipairs(new) do
      if not lib.contains(old, member) then table.insert(changes.add, member) end
    end
  end

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
  own, tokens = lib, {
    runId = request[1],
    key = KEYS[request[6]],
    claims = KEYS[request[9]],
    options = options,
    held = {},
    before = {},
  }
  return own, tokens
end

local function ownerOf(command)
  local token = command[12]
  if not token then return nil end
  local lib, state = withTokens()
  return lib.ownerOf(state, token)
end

-- ---- what comes back

local shown, isShown = {}, {}
local function show(seq)
  if type(seq) ~= 'number' or seq < 1 or seq > length or isShown[seq] then return end
  isShown[seq] = true
  shown[#shown + 1] = redis.call('XRANGE', KEYS[2], seq .. '-0', seq .. '-0')[1]
end

local function subjectOf(command)
  if command[3] then return cells[command[2]][command[3]] end
  if not run and packedRun then run = cmsgpack.unpack(packedRun) end
  return run
end

local function packedCell(id)
  packedCells[id] = packedCells[id] or cmsgpack.pack(cells[id])
  return packedCells[id]
end

local function refusal(code, index, command, owner, conflict)
  local subject = command and command[3] and subjectOf(command)
  for _, field in ipairs(payloads) do show(subject and subject[field]) end
  return {
    'refused', code, index - 1, nowMs, packedTail or false, packedRun or false,
    subject and packedCell(command[2]) or false, owner or false, conflict or false, shown,
  }
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

-- Appends an event, and changes its subject. Returns the result.
local function write(command, index, variant, owner)
  local given = provenance and provenance[index]
  local seq, createdAt = tail and tail[1] + 1 or 1, given and given[2] or nowMs
  local eventId, ms
  if given then
    eventId, ms = given[1], given[3]
  else
    local tailId, tailMs = tail and tail[2], tail and tail[5] or -1
    local entropy = request[3][#events + 1]
    eventId, ms = lib.mintEventId(tailId, tailMs, nowMs, command[9], entropy)
  end
  local id, kind, patch, status = command[2], command[3], command[11], tail and tail[6]
  if id then correlate(id, seq) end
  if patch then
    local state = subjectOf(command)
    if kind and not state then
      local position = command[15]
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
    (command[8] or not tail) and eventId or tail[3],
    command[9] and ms or (tail and tail[4] or 0),
    ms,
    status,
  }
  packedTail = cmsgpack.pack(tail)
  events[#events + 1] = { command, { index - 1, variant, seq, eventId, createdAt, owner and owner[1] or false } }
  if command[12] or command[13] then
    local lib, state = withTokens()
    local entity = cells[id][kind]
    if command[12] then lib.hold(state, command[12], kind, id, entity) end
    if command[13] and entity.token then lib.letGo(state, entity.token, id) end
  end
  endsRun = endsRun or command[14]
  return { seq, packedTail, packedRun, kind and packedCell(id) or false }
end

-- A rule: what to do, and with what, then triples, each a condition: \`run\`, \`subject\` or \`token\`; what it is; and the
-- statuses, each between commas, or the field of a time.
local function applies(rule, command)
  for i = 3, #rule, 3 do
    local of, is, what = rule[i], rule[i + 1], rule[i + 2]
    local status
    if of == 'token' then
      status = ownerOf(command) and 'held'
    elseif of == 'run' or not command[3] then
      status = tail and tail[6]
    else
      local entity = cells[command[2]][command[3]]
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
  if action == 'append' and not provenance then return write(command[16], index, 'instead', owner) end
  if action ~= 'keep' then
    return nil, refusal(action == 'refuse' and what or 'TOKEN_HELD', index, command, owner)
  end
  if not tail then return nil, refusal('RUN_NOT_FOUND', index) end
  local seq = not command[3] and subjectOf(command)[what] or 0
  return { seq, packedTail, packedRun, command[3] and packedCell(command[2]) or false }
end

-- Returns a result, or nil and a refusal.
local function execute(command, index)
  if not tail and not command[7] then
    if not command[17] then return nil, refusal('RUN_NOT_FOUND', index) end
    write(command[17], index, 'first')
  end
  for _, rule in ipairs(cmsgpack.unpack(ARGV[command[10]])) do
    if applies(rule, command) then return otherwise(rule, command, index) end
  end
  return write(command, index, 'command')
end

-- ---- the run, then the fence, then the guard, then the commands one by one

if not tail and not commands[1][7] and not commands[1][17] then return refusal('RUN_NOT_FOUND', 1) end
if options.fence or options.fencedBelow then
  -- Most fences are the tail: nothing has to be looked for.
  if not tail or tail[2] ~= options.fence then
    local lib, log = withFences()
    if not lib.fenceIsCurrent(options, tail, log) then
      return refusal('FENCE_CONFLICT', 1, nil, nil, lib.missedBeyond(options, log))
    end
  end
end
local guard = options.stateUpdatedAt
if guard and tail and tail[4] > guard then return refusal('PRECONDITION_FAILED', 1) end

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
  logBefore = redis.call('XRANGE', KEYS[2], '-', '+', 'COUNT', options.logLimit + 1)
end
if options.inBand and tailBefore then
  local lib, log = withFences()
  passed = lib.readLog(log, lib.knownPosition(options, log), options.missedLimit + 1)
end

-- ---- writes: nothing from here on can fail

local index = KEYS[request[8]]
-- That the index is what it should be is seen before anything is written.
if index then redis.call('ZCARD', index) end

local appended, fields, claimed = {}, {}, {}
for i, event in ipairs(events) do
  local command, minted = event[1], event[2]
  local head = cmsgpack.pack({
    minted[4], command[1], minted[5], command[2], command[5], command[6], minted[6],
  })
  redis.call('XADD', KEYS[2], minted[3] .. '-0', 'e', head, 'd', ARGV[command[4]] or '')
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
  fields[#fields + 1] = (length + 1) .. '-' .. tail[1]
end
if fields[1] then redis.call('HSET', KEYS[1], unpack(fields)) end
for position, list in pairs(created) do redis.call('RPUSH', KEYS[position], unpack(list)) end
-- Its channel has the name of the log.
if tail ~= tailBefore then redis.call(request[5], KEYS[2], tail[1]) end

local left = #changes.add + #changes.remove + #changes.release > 0
if left and index then
  local lib, state = withTokens()
  lib.applyIndexChanges(index, state.claims, changes)
end
return {
  'committed', length, appended, results, shown, logBefore, passed,
  left and not index and cmsgpack.pack(changes) or false, claimed,
}
`,
  changeIndex: `-- Applies the changes that an append has left for the index, and strikes its intent.
--
-- KEYS    index (sorted set), claims (hash), intents (hash)
-- ARGV    nonce of the intent, or ''; changes (MessagePack: add, remove, release), or ''; tokens that were claimed and not used
local lib = {}
-- Changes of the index: add and remove, lists of members; release, a list of token and nonce in turn. They may be applied twice, and
-- late: what is removed never comes back by itself, what is added may be stale then, which readers see by the run. A token is
-- released unless it was claimed anew since.
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

-- Adds to \`changes\` what it takes to show \`new\` in place of \`old\`.
function lib.replaceMembers(changes, old, new)
  for _, member in ipairs(old) do
    if not lib.contains(new, member) then table.insert(changes.remove, member) end
  end
  for _, member in ipairs(new) do
    if not lib.contains(old, member) then table.insert(changes.add, member) end
  end
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
local lib = {}
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
local time = redis.call('TIME')
local nowMs = time[1] * 1000 + math.floor(time[2] / 1000)
local others, expected = {}, {}
for _, pair in ipairs(request.expected) do expected[pair[1]] = pair[2] end
for _, token in ipairs(request.tokens) do
  local claim = redis.call('HGET', CLAIMS, token)
  if claim and lib.nonceOf(claim) ~= request.nonce and expected[token] ~= lib.nonceOf(claim) then
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
local lib = {}
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
local time = redis.call('TIME')
local nowMs = time[1] * 1000 + math.floor(time[2] / 1000)
for i = 1, #intents, 2 do
  if cmsgpack.unpack(intents[i + 1])[2] < nowMs then
    overdue[#overdue + 1] = intents[i]
    overdue[#overdue + 1] = intents[i + 1]
  end
end
return { pages, overdue }
`,
  queueClaim: `-- Claims messages that are due.
--
-- KEYS    base of the queue's keys
-- ARGV    topic; how many; lease, ms; token; how many bytes of data, unless the first has more
-- RETURN  pairs of head and failures; ms until the next one is due, 0 when there was no room for all, or false
-- The messages of a namespace, all in one slot. What a worker is given (\`heads\`) is opaque here; a state is a table of state,
-- failures, due (epoch ms), topic, mergeable, size (bytes of data), and where there are such, run, lane, key, token, reason.
--
-- <base>:heads, <base>:states    hashes by id
-- <base>:ids, <base>:dead        sorted sets, all scores 0: every id, ids of the dead ones
-- <base>:due:<topic>             sorted set: ids by when they are due; of claimed ones by when the claim runs out. What waits
--                                for its lane may be missing
-- <base>:lane:<topic>:<lane>     sorted set: waiting ids of a lane by when they are due
-- <base>:lanes                   hash: lane -> id of the claimed one
-- <base>:keys                    hash: idempotency key -> id of the outstanding one
-- <base>:run:<run id>            sorted set, all scores 0: ids, dead ones included
-- <base>                         the channel that tells of what is due
--
-- While a namespace is removed, sets may still hold ids of which nothing else is left.
local messages = { base = KEYS[1], TOPICS = { 'workflow', 'step' } }
local clock = redis.call('TIME')
messages.now = clock[1] * 1000 + math.floor(clock[2] / 1000)

function messages.lane(topic, lane)
  return messages.base .. ':lane:' .. topic .. ':' .. lane
end

function messages.load(id)
  local packed = redis.call('HGET', messages.base .. ':states', id)
  return packed and cmsgpack.unpack(packed)
end

function messages.save(id, one)
  redis.call('HSET', messages.base .. ':states', id, cmsgpack.pack(one))
end

-- Makes it due, waiting or claimed.
function messages.await(id, one, due)
  one.due = due
  redis.call('ZADD', messages.base .. ':due:' .. one.topic, due, id)
  if one.lane and one.state == 'waiting' then
    redis.call('ZADD', messages.lane(one.topic, one.lane), due, id)
  end
  messages.save(id, one)
end

-- Makes an outstanding message one that waits.
function messages.admit(id, one, due)
  one.state = 'waiting'
  if one.key then redis.call('HSETNX', messages.base .. ':keys', one.key, id) end
  messages.await(id, one, due)
end

-- The claim, unless it ran out.
function messages.claimed(id, token)
  local one = messages.load(id)
  if one and one.state == 'claimed' and one.token == token and one.due > messages.now then
    return one
  end
end

-- Whether another message holds its lane.
function messages.isBlocked(id, one)
  if not one.lane then return false end
  local holder = redis.call('HGET', messages.base .. ':lanes', one.lane)
  if not holder or holder == id then return false end
  local other = messages.load(holder)
  return other and other.state == 'claimed' and other.due > messages.now
end

-- Whether it says no more than that its run should be looked at, and has never failed.
function messages.isWake(one)
  return one and one.mergeable and one.failures == 0
end

-- The first wake that is due and waits in a lane.
function messages.wakeOf(lane)
  local first, firstDue
  for _, topic in ipairs(messages.TOPICS) do
    for _, id in ipairs(redis.call('ZRANGEBYSCORE', messages.lane(topic, lane), '-inf', messages.now)) do
      local one = messages.load(id)
      if messages.isWake(one) then
        if not first or one.due < firstDue or (one.due == firstDue and id < first) then
          first, firstDue = id, one.due
        end
        break
      end
    end
  end
  return first
end

-- Lets the next one of a free lane be claimed, of either topic; true when one is due.
function messages.promote(lane)
  local isDue = false
  for _, topic in ipairs(messages.TOPICS) do
    local waiting = messages.lane(topic, lane)
    local found = redis.call('ZRANGEBYSCORE', waiting, '-inf', messages.now, 'WITHSCORES', 'LIMIT', 0, 1)
    if found[1] then
      redis.call('ZADD', messages.base .. ':due:' .. topic, found[2], found[1])
      isDue = true
    end
  end
  return isDue
end

-- Frees the lane that it held; true when another message is due there.
function messages.release(id, one)
  one.token = nil
  if not one.lane then return false end
  local lanes = messages.base .. ':lanes'
  local holder = redis.call('HGET', lanes, one.lane)
  if holder == id then
    redis.call('HDEL', lanes, one.lane)
  elseif holder then
    return false
  end
  return messages.promote(one.lane)
end

-- Makes it not outstanding any more.
function messages.dismiss(id, one)
  redis.call('ZREM', messages.base .. ':due:' .. one.topic, id)
  if one.lane then redis.call('ZREM', messages.lane(one.topic, one.lane), id) end
  local keys = messages.base .. ':keys'
  if one.key and redis.call('HGET', keys, one.key) == id then redis.call('HDEL', keys, one.key) end
end

-- Removes it; true when another message is due in its lane.
function messages.remove(id, one)
  messages.dismiss(id, one)
  for _, hash in ipairs({ ':heads', ':states' }) do redis.call('HDEL', messages.base .. hash, id) end
  for _, set in ipairs({ ':ids', ':dead' }) do redis.call('ZREM', messages.base .. set, id) end
  if one.run then redis.call('ZREM', messages.base .. ':run:' .. one.run, id) end
  return messages.release(id, one)
end
local topic, limit, leaseMs, token = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
local maxBytes = tonumber(ARGV[5])
local base, now = messages.base, messages.now
local due = base .. ':due:' .. topic

-- What says no more than the one that is claimed.
local function merge(lane)
  for _, of in ipairs(messages.TOPICS) do
    for _, id in ipairs(redis.call('ZRANGEBYSCORE', messages.lane(of, lane), '-inf', now)) do
      local one = messages.load(id)
      if messages.isWake(one) then messages.remove(id, one) end
    end
  end
end

-- Whether its lane is another's. Of a lane it is looked up once: nothing ends while this runs.
local held = {}
local function isBlocked(id, one)
  if one.lane and not held[one.lane] then held[one.lane] = messages.isBlocked(id, one) end
  return one.lane and held[one.lane]
end

local claimed = {}
local bytes, isFull = 0, false

-- Should the clock be set back, a claim that ran out must not be good again.
local function expireHolder(id, lane)
  local holder = redis.call('HGET', base .. ':lanes', lane)
  local other = holder and holder ~= id and messages.load(holder)
  if not other or other.state ~= 'claimed' then return end
  other.state, other.token, other.failures = 'waiting', nil, other.failures + 1
  messages.await(holder, other, other.due)
end

local function take(id, one)
  if one.lane then expireHolder(id, one.lane) end
  one.state, one.token = 'claimed', token
  messages.await(id, one, now + leaseMs)
  if one.lane then
    redis.call('ZREM', messages.lane(topic, one.lane), id)
    redis.call('HSET', base .. ':lanes', one.lane, id)
    held[one.lane] = true
    merge(one.lane)
  end
  table.insert(claimed, redis.call('HGET', base .. ':heads', id))
  table.insert(claimed, one.failures)
end

-- Whoever frees the lane makes it due again: until then it is not looked at.
local function putOff(id, one)
  if one.state == 'claimed' then
    one.state, one.token = 'waiting', nil
    messages.await(id, one, one.due)
  end
  redis.call('ZREM', due, id)
end

while #claimed < 2 * limit and not isFull do
  local ids = redis.call('ZRANGEBYSCORE', due, '-inf', now, 'LIMIT', 0, limit - #claimed / 2)
  if #ids == 0 then break end
  for _, id in ipairs(ids) do
    local one = messages.load(id)
    -- Its last worker was not heard of again.
    if one and one.state == 'claimed' then one.failures = one.failures + 1 end
    -- It may also have gone with another of this call.
    if not one then
      redis.call('ZREM', due, id)
    elseif isBlocked(id, one) then
      putOff(id, one)
    else
      bytes = bytes + one.size
      isFull = bytes > maxBytes and #claimed > 0
      if isFull then break end
      take(id, one)
    end
  end
end
if isFull or #claimed == 2 * limit then
  local more = redis.call('ZRANGEBYSCORE', due, '-inf', now, 'LIMIT', 0, 1)
  if more[1] then return { claimed, 0 } end
end
local following = redis.call('ZRANGEBYSCORE', due, '(' .. now, '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
return { claimed, following[2] and tonumber(following[2]) - now }
`,
  queueEnqueue: `-- Adds a message, unless another one stands for it.
--
-- KEYS    base of the queue's keys
-- ARGV    id; head; state of the new message (MessagePack); delay, ms; 1 when it is added only for an idle run; the command that tells of it
-- RETURN  id of the message that stands for it; 1 when it was added
-- The messages of a namespace, all in one slot. What a worker is given (\`heads\`) is opaque here; a state is a table of state,
-- failures, due (epoch ms), topic, mergeable, size (bytes of data), and where there are such, run, lane, key, token, reason.
--
-- <base>:heads, <base>:states    hashes by id
-- <base>:ids, <base>:dead        sorted sets, all scores 0: every id, ids of the dead ones
-- <base>:due:<topic>             sorted set: ids by when they are due; of claimed ones by when the claim runs out. What waits
--                                for its lane may be missing
-- <base>:lane:<topic>:<lane>     sorted set: waiting ids of a lane by when they are due
-- <base>:lanes                   hash: lane -> id of the claimed one
-- <base>:keys                    hash: idempotency key -> id of the outstanding one
-- <base>:run:<run id>            sorted set, all scores 0: ids, dead ones included
-- <base>                         the channel that tells of what is due
--
-- While a namespace is removed, sets may still hold ids of which nothing else is left.
local messages = { base = KEYS[1], TOPICS = { 'workflow', 'step' } }
local clock = redis.call('TIME')
messages.now = clock[1] * 1000 + math.floor(clock[2] / 1000)

function messages.lane(topic, lane)
  return messages.base .. ':lane:' .. topic .. ':' .. lane
end

function messages.load(id)
  local packed = redis.call('HGET', messages.base .. ':states', id)
  return packed and cmsgpack.unpack(packed)
end

function messages.save(id, one)
  redis.call('HSET', messages.base .. ':states', id, cmsgpack.pack(one))
end

-- Makes it due, waiting or claimed.
function messages.await(id, one, due)
  one.due = due
  redis.call('ZADD', messages.base .. ':due:' .. one.topic, due, id)
  if one.lane and one.state == 'waiting' then
    redis.call('ZADD', messages.lane(one.topic, one.lane), due, id)
  end
  messages.save(id, one)
end

-- Makes an outstanding message one that waits.
function messages.admit(id, one, due)
  one.state = 'waiting'
  if one.key then redis.call('HSETNX', messages.base .. ':keys', one.key, id) end
  messages.await(id, one, due)
end

-- The claim, unless it ran out.
function messages.claimed(id, token)
  local one = messages.load(id)
  if one and one.state == 'claimed' and one.token == token and one.due > messages.now then
    return one
  end
end

-- Whether another message holds its lane.
function messages.isBlocked(id, one)
  if not one.lane then return false end
  local holder = redis.call('HGET', messages.base .. ':lanes', one.lane)
  if not holder or holder == id then return false end
  local other = messages.load(holder)
  return other and other.state == 'claimed' and other.due > messages.now
end

-- Whether it says no more than that its run should be looked at, and has never failed.
function messages.isWake(one)
  return one and one.mergeable and one.failures == 0
end

-- The first wake that is due and waits in a lane.
function messages.wakeOf(lane)
  local first, firstDue
  for _, topic in ipairs(messages.TOPICS) do
    for _, id in ipairs(redis.call('ZRANGEBYSCORE', messages.lane(topic, lane), '-inf', messages.now)) do
      local one = messages.load(id)
      if messages.isWake(one) then
        if not first or one.due < firstDue or (one.due == firstDue and id < first) then
          first, firstDue = id, one.due
        end
        break
      end
    end
  end
  return first
end

-- Lets the next one of a free lane be claimed, of either topic; true when one is due.
function messages.promote(lane)
  local isDue = false
  for _, topic in ipairs(messages.TOPICS) do
    local waiting = messages.lane(topic, lane)
    local found = redis.call('ZRANGEBYSCORE', waiting, '-inf', messages.now, 'WITHSCORES', 'LIMIT', 0, 1)
    if found[1] then
      redis.call('ZADD', messages.base .. ':due:' .. topic, found[2], found[1])
      isDue = true
    end
  end
  return isDue
end

-- Frees the lane that it held; true when another message is due there.
function messages.release(id, one)
  one.token = nil
  if not one.lane then return false end
  local lanes = messages.base .. ':lanes'
  local holder = redis.call('HGET', lanes, one.lane)
  if holder == id then
    redis.call('HDEL', lanes, one.lane)
  elseif holder then
    return false
  end
  return messages.promote(one.lane)
end

-- Makes it not outstanding any more.
function messages.dismiss(id, one)
  redis.call('ZREM', messages.base .. ':due:' .. one.topic, id)
  if one.lane then redis.call('ZREM', messages.lane(one.topic, one.lane), id) end
  local keys = messages.base .. ':keys'
  if one.key and redis.call('HGET', keys, one.key) == id then redis.call('HDEL', keys, one.key) end
end

-- Removes it; true when another message is due in its lane.
function messages.remove(id, one)
  messages.dismiss(id, one)
  for _, hash in ipairs({ ':heads', ':states' }) do redis.call('HDEL', messages.base .. hash, id) end
  for _, set in ipairs({ ':ids', ':dead' }) do redis.call('ZREM', messages.base .. set, id) end
  if one.run then redis.call('ZREM', messages.base .. ':run:' .. one.run, id) end
  return messages.release(id, one)
end
local id, head, delayMs, onlyIfIdle, publish = ARGV[1], ARGV[2], tonumber(ARGV[4]), ARGV[5] == '1', ARGV[6]
local one = cmsgpack.unpack(ARGV[3])
local base = messages.base

local standing = redis.call('HEXISTS', base .. ':states', id) == 1 and id
if not standing and one.key then standing = redis.call('HGET', base .. ':keys', one.key) end
if not standing and onlyIfIdle and one.run then
  for _, other in ipairs(redis.call('ZRANGE', base .. ':run:' .. one.run, 0, -1)) do
    local state = (messages.load(other) or {}).state
    if state and state ~= 'dead' then
      standing = other
      break
    end
  end
end
if not standing and one.lane and one.mergeable and not one.key and delayMs == 0 then
  standing = messages.wakeOf(one.lane)
end
if standing then return { standing, 0 } end

redis.call('HSET', base .. ':heads', id, head)
redis.call('ZADD', base .. ':ids', 0, id)
if one.run then redis.call('ZADD', base .. ':run:' .. one.run, 0, id) end
messages.admit(id, one, messages.now + delayMs)
-- While its lane is another's nobody needs to look: whoever frees it tells.
if not messages.isBlocked(id, one) then redis.call(publish, base, '') end
return { id, 1 }
`,
  queueExtend: `-- Extends claims.
--
-- KEYS    base of the queue's keys
-- ARGV    lease, ms; pairs of id and token
-- RETURN  for each, 1 when it is still good
-- The messages of a namespace, all in one slot. What a worker is given (\`heads\`) is opaque here; a state is a table of state,
-- failures, due (epoch ms), topic, mergeable, size (bytes of data), and where there are such, run, lane, key, token, reason.
--
-- <base>:heads, <base>:states    hashes by id
-- <base>:ids, <base>:dead        sorted sets, all scores 0: every id, ids of the dead ones
-- <base>:due:<topic>             sorted set: ids by when they are due; of claimed ones by when the claim runs out. What waits
--                                for its lane may be missing
-- <base>:lane:<topic>:<lane>     sorted set: waiting ids of a lane by when they are due
-- <base>:lanes                   hash: lane -> id of the claimed one
-- <base>:keys                    hash: idempotency key -> id of the outstanding one
-- <base>:run:<run id>            sorted set, all scores 0: ids, dead ones included
-- <base>                         the channel that tells of what is due
--
-- While a namespace is removed, sets may still hold ids of which nothing else is left.
local messages = { base = KEYS[1], TOPICS = { 'workflow', 'step' } }
local clock = redis.call('TIME')
messages.now = clock[1] * 1000 + math.floor(clock[2] / 1000)

function messages.lane(topic, lane)
  return messages.base .. ':lane:' .. topic .. ':' .. lane
end

function messages.load(id)
  local packed = redis.call('HGET', messages.base .. ':states', id)
  return packed and cmsgpack.unpack(packed)
end

function messages.save(id, one)
  redis.call('HSET', messages.base .. ':states', id, cmsgpack.pack(one))
end

-- Makes it due, waiting or claimed.
function messages.await(id, one, due)
  one.due = due
  redis.call('ZADD', messages.base .. ':due:' .. one.topic, due, id)
  if one.lane and one.state == 'waiting' then
    redis.call('ZADD', messages.lane(one.topic, one.lane), due, id)
  end
  messages.save(id, one)
end

-- Makes an outstanding message one that waits.
function messages.admit(id, one, due)
  one.state = 'waiting'
  if one.key then redis.call('HSETNX', messages.base .. ':keys', one.key, id) end
  messages.await(id, one, due)
end

-- The claim, unless it ran out.
function messages.claimed(id, token)
  local one = messages.load(id)
  if one and one.state == 'claimed' and one.token == token and one.due > messages.now then
    return one
  end
end

-- Whether another message holds its lane.
function messages.isBlocked(id, one)
  if not one.lane then return false end
  local holder = redis.call('HGET', messages.base .. ':lanes', one.lane)
  if not holder or holder == id then return false end
  local other = messages.load(holder)
  return other and other.state == 'claimed' and other.due > messages.now
end

-- Whether it says no more than that its run should be looked at, and has never failed.
function messages.isWake(one)
  return one and one.mergeable and one.failures == 0
end

-- The first wake that is due and waits in a lane.
function messages.wakeOf(lane)
  local first, firstDue
  for _, topic in ipairs(messages.TOPICS) do
    for _, id in ipairs(redis.call('ZRANGEBYSCORE', messages.lane(topic, lane), '-inf', messages.now)) do
      local one = messages.load(id)
      if messages.isWake(one) then
        if not first or one.due < firstDue or (one.due == firstDue and id < first) then
          first, firstDue = id, one.due
        end
        break
      end
    end
  end
  return first
end

-- Lets the next one of a free lane be claimed, of either topic; true when one is due.
function messages.promote(lane)
  local isDue = false
  for _, topic in ipairs(messages.TOPICS) do
    local waiting = messages.lane(topic, lane)
    local found = redis.call('ZRANGEBYSCORE', waiting, '-inf', messages.now, 'WITHSCORES', 'LIMIT', 0, 1)
    if found[1] then
      redis.call('ZADD', messages.base .. ':due:' .. topic, found[2], found[1])
      isDue = true
    end
  end
  return isDue
end

-- Frees the lane that it held; true when another message is due there.
function messages.release(id, one)
  one.token = nil
  if not one.lane then return false end
  local lanes = messages.base .. ':lanes'
  local holder = redis.call('HGET', lanes, one.lane)
  if holder == id then
    redis.call('HDEL', lanes, one.lane)
  elseif holder then
    return false
  end
  return messages.promote(one.lane)
end

-- Makes it not outstanding any more.
function messages.dismiss(id, one)
  redis.call('ZREM', messages.base .. ':due:' .. one.topic, id)
  if one.lane then redis.call('ZREM', messages.lane(one.topic, one.lane), id) end
  local keys = messages.base .. ':keys'
  if one.key and redis.call('HGET', keys, one.key) == id then redis.call('HDEL', keys, one.key) end
end

-- Removes it; true when another message is due in its lane.
function messages.remove(id, one)
  messages.dismiss(id, one)
  for _, hash in ipairs({ ':heads', ':states' }) do redis.call('HDEL', messages.base .. hash, id) end
  for _, set in ipairs({ ':ids', ':dead' }) do redis.call('ZREM', messages.base .. set, id) end
  if one.run then redis.call('ZREM', messages.base .. ':run:' .. one.run, id) end
  return messages.release(id, one)
end
local leaseMs = tonumber(ARGV[1])
local good = {}
for i = 2, #ARGV, 2 do
  local one = messages.claimed(ARGV[i], ARGV[i + 1])
  if one then messages.await(ARGV[i], one, messages.now + leaseMs) end
  table.insert(good, one and 1 or 0)
end
return good
`,
  queueList: `-- Messages by id. It looks at 1,000 ids at most: others have to wait for a script.
--
-- KEYS    base of the queue's keys
-- ARGV    state, or ''; run id, or ''; id to begin behind, or ''; how many
-- RETURN  for each its head and its state (MessagePack); the id to go on behind, or false when there are no more
-- The messages of a namespace, all in one slot. What a worker is given (\`heads\`) is opaque here; a state is a table of state,
-- failures, due (epoch ms), topic, mergeable, size (bytes of data), and where there are such, run, lane, key, token, reason.
--
-- <base>:heads, <base>:states    hashes by id
-- <base>:ids, <base>:dead        sorted sets, all scores 0: every id, ids of the dead ones
-- <base>:due:<topic>             sorted set: ids by when they are due; of claimed ones by when the claim runs out. What waits
--                                for its lane may be missing
-- <base>:lane:<topic>:<lane>     sorted set: waiting ids of a lane by when they are due
-- <base>:lanes                   hash: lane -> id of the claimed one
-- <base>:keys                    hash: idempotency key -> id of the outstanding one
-- <base>:run:<run id>            sorted set, all scores 0: ids, dead ones included
-- <base>                         the channel that tells of what is due
--
-- While a namespace is removed, sets may still hold ids of which nothing else is left.
local messages = { base = KEYS[1], TOPICS = { 'workflow', 'step' } }
local clock = redis.call('TIME')
messages.now = clock[1] * 1000 + math.floor(clock[2] / 1000)

function messages.lane(topic, lane)
  return messages.base .. ':lane:' .. topic .. ':' .. lane
end

function messages.load(id)
  local packed = redis.call('HGET', messages.base .. ':states', id)
  return packed and cmsgpack.unpack(packed)
end

function messages.save(id, one)
  redis.call('HSET', messages.base .. ':states', id, cmsgpack.pack(one))
end

-- Makes it due, waiting or claimed.
function messages.await(id, one, due)
  one.due = due
  redis.call('ZADD', messages.base .. ':due:' .. one.topic, due, id)
  if one.lane and one.state == 'waiting' then
    redis.call('ZADD', messages.lane(one.topic, one.lane), due, id)
  end
  messages.save(id, one)
end

-- Makes an outstanding message one that waits.
function messages.admit(id, one, due)
  one.state = 'waiting'
  if one.key then redis.call('HSETNX', messages.base .. ':keys', one.key, id) end
  messages.await(id, one, due)
end

-- The claim, unless it ran out.
function messages.claimed(id, token)
  local one = messages.load(id)
  if one and one.state == 'claimed' and one.token == token and one.due > messages.now then
    return one
  end
end

-- Whether another message holds its lane.
function messages.isBlocked(id, one)
  if not one.lane then return false end
  local holder = redis.call('HGET', messages.base .. ':lanes', one.lane)
  if not holder or holder == id then return false end
  local other = messages.load(holder)
  return other and other.state == 'claimed' and other.due > messages.now
end

-- Whether it says no more than that its run should be looked at, and has never failed.
function messages.isWake(one)
  return one and one.mergeable and one.failures == 0
end

-- The first wake that is due and waits in a lane.
function messages.wakeOf(lane)
  local first, firstDue
  for _, topic in ipairs(messages.TOPICS) do
    for _, id in ipairs(redis.call('ZRANGEBYSCORE', messages.lane(topic, lane), '-inf', messages.now)) do
      local one = messages.load(id)
      if messages.isWake(one) then
        if not first or one.due < firstDue or (one.due == firstDue and id < first) then
          first, firstDue = id, one.due
        end
        break
      end
    end
  end
  return first
end

-- Lets the next one of a free lane be claimed, of either topic; true when one is due.
function messages.promote(lane)
  local isDue = false
  for _, topic in ipairs(messages.TOPICS) do
    local waiting = messages.lane(topic, lane)
    local found = redis.call('ZRANGEBYSCORE', waiting, '-inf', messages.now, 'WITHSCORES', 'LIMIT', 0, 1)
    if found[1] then
      redis.call('ZADD', messages.base .. ':due:' .. topic, found[2], found[1])
      isDue = true
    end
  end
  return isDue
end

-- Frees the lane that it held; true when another message is due there.
function messages.release(id, one)
  one.token = nil
  if not one.lane then return false end
  local lanes = messages.base .. ':lanes'
  local holder = redis.call('HGET', lanes, one.lane)
  if holder == id then
    redis.call('HDEL', lanes, one.lane)
  elseif holder then
    return false
  end
  return messages.promote(one.lane)
end

-- Makes it not outstanding any more.
function messages.dismiss(id, one)
  redis.call('ZREM', messages.base .. ':due:' .. one.topic, id)
  if one.lane then redis.call('ZREM', messages.lane(one.topic, one.lane), id) end
  local keys = messages.base .. ':keys'
  if one.key and redis.call('HGET', keys, one.key) == id then redis.call('HDEL', keys, one.key) end
end

-- Removes it; true when another message is due in its lane.
function messages.remove(id, one)
  messages.dismiss(id, one)
  for _, hash in ipairs({ ':heads', ':states' }) do redis.call('HDEL', messages.base .. hash, id) end
  for _, set in ipairs({ ':ids', ':dead' }) do redis.call('ZREM', messages.base .. set, id) end
  if one.run then redis.call('ZREM', messages.base .. ':run:' .. one.run, id) end
  return messages.release(id, one)
end
local state, run, after, limit = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local base = messages.base
local MAX_IDS = 1000

local set = state == 'dead' and ':dead' or ':ids'
if run ~= '' then set = ':run:' .. run end
local from = after == '' and '-' or '(' .. after
local ids = redis.call('ZRANGEBYLEX', base .. set, from, '+', 'LIMIT', 0, MAX_IDS)
local found = {}
for _, id in ipairs(ids) do
  if #found == 2 * limit then return { found, false } end
  local one = messages.load(id)
  if one and (state == '' or one.state == state) then
    table.insert(found, redis.call('HGET', base .. ':heads', id))
    table.insert(found, cmsgpack.pack(one))
  end
end
return { found, #ids == MAX_IDS and #found < 2 * limit and ids[#ids] }
`,
  queueRedrive: `-- Makes dead messages due again.
--
-- KEYS    base of the queue's keys
-- ARGV    the command that tells of it; how many at most; id of the only one, or ''
-- RETURN  how many
-- The messages of a namespace, all in one slot. What a worker is given (\`heads\`) is opaque here; a state is a table of state,
-- failures, due (epoch ms), topic, mergeable, size (bytes of data), and where there are such, run, lane, key, token, reason.
--
-- <base>:heads, <base>:states    hashes by id
-- <base>:ids, <base>:dead        sorted sets, all scores 0: every id, ids of the dead ones
-- <base>:due:<topic>             sorted set: ids by when they are due; of claimed ones by when the claim runs out. What waits
--                                for its lane may be missing
-- <base>:lane:<topic>:<lane>     sorted set: waiting ids of a lane by when they are due
-- <base>:lanes                   hash: lane -> id of the claimed one
-- <base>:keys                    hash: idempotency key -> id of the outstanding one
-- <base>:run:<run id>            sorted set, all scores 0: ids, dead ones included
-- <base>                         the channel that tells of what is due
--
-- While a namespace is removed, sets may still hold ids of which nothing else is left.
local messages = { base = KEYS[1], TOPICS = { 'workflow', 'step' } }
local clock = redis.call('TIME')
messages.now = clock[1] * 1000 + math.floor(clock[2] / 1000)

function messages.lane(topic, lane)
  return messages.base .. ':lane:' .. topic .. ':' .. lane
end

function messages.load(id)
  local packed = redis.call('HGET', messages.base .. ':states', id)
  return packed and cmsgpack.unpack(packed)
end

function messages.save(id, one)
  redis.call('HSET', messages.base .. ':states', id, cmsgpack.pack(one))
end

-- Makes it due, waiting or claimed.
function messages.await(id, one, due)
  one.due = due
  redis.call('ZADD', messages.base .. ':due:' .. one.topic, due, id)
  if one.lane and one.state == 'waiting' then
    redis.call('ZADD', messages.lane(one.topic, one.lane), due, id)
  end
  messages.save(id, one)
end

-- Makes an outstanding message one that waits.
function messages.admit(id, one, due)
  one.state = 'waiting'
  if one.key then redis.call('HSETNX', messages.base .. ':keys', one.key, id) end
  messages.await(id, one, due)
end

-- The claim, unless it ran out.
function messages.claimed(id, token)
  local one = messages.load(id)
  if one and one.state == 'claimed' and one.token == token and one.due > messages.now then
    return one
  end
end

-- Whether another message holds its lane.
function messages.isBlocked(id, one)
  if not one.lane then return false end
  local holder = redis.call('HGET', messages.base .. ':lanes', one.lane)
  if not holder or holder == id then return false end
  local other = messages.load(holder)
  return other and other.state == 'claimed' and other.due > messages.now
end

-- Whether it says no more than that its run should be looked at, and has never failed.
function messages.isWake(one)
  return one and one.mergeable and one.failures == 0
end

-- The first wake that is due and waits in a lane.
function messages.wakeOf(lane)
  local first, firstDue
  for _, topic in ipairs(messages.TOPICS) do
    for _, id in ipairs(redis.call('ZRANGEBYSCORE', messages.lane(topic, lane), '-inf', messages.now)) do
      local one = messages.load(id)
      if messages.isWake(one) then
        if not first or one.due < firstDue or (one.due == firstDue and id < first) then
          first, firstDue = id, one.due
        end
        break
      end
    end
  end
  return first
end

-- Lets the next one of a free lane be claimed, of either topic; true when one is due.
function messages.promote(lane)
  local isDue = false
  for _, topic in ipairs(messages.TOPICS) do
    local waiting = messages.lane(topic, lane)
    local found = redis.call('ZRANGEBYSCORE', waiting, '-inf', messages.now, 'WITHSCORES', 'LIMIT', 0, 1)
    if found[1] then
      redis.call('ZADD', messages.base .. ':due:' .. topic, found[2], found[1])
      isDue = true
    end
  end
  return isDue
end

-- Frees the lane that it held; true when another message is due there.
function messages.release(id, one)
  one.token = nil
  if not one.lane then return false end
  local lanes = messages.base .. ':lanes'
  local holder = redis.call('HGET', lanes, one.lane)
  if holder == id then
    redis.call('HDEL', lanes, one.lane)
  elseif holder then
    return false
  end
  return messages.promote(one.lane)
end

-- Makes it not outstanding any more.
function messages.dismiss(id, one)
  redis.call('ZREM', messages.base .. ':due:' .. one.topic, id)
  if one.lane then redis.call('ZREM', messages.lane(one.topic, one.lane), id) end
  local keys = messages.base .. ':keys'
  if one.key and redis.call('HGET', keys, one.key) == id then redis.call('HDEL', keys, one.key) end
end

-- Removes it; true when another message is due in its lane.
function messages.remove(id, one)
  messages.dismiss(id, one)
  for _, hash in ipairs({ ':heads', ':states' }) do redis.call('HDEL', messages.base .. hash, id) end
  for _, set in ipairs({ ':ids', ':dead' }) do redis.call('ZREM', messages.base .. set, id) end
  if one.run then redis.call('ZREM', messages.base .. ':run:' .. one.run, id) end
  return messages.release(id, one)
end
local publish, limit, only = ARGV[1], tonumber(ARGV[2]), ARGV[3]
local dead = messages.base .. ':dead'
local ids = only == '' and redis.call('ZRANGE', dead, 0, limit - 1) or { only }
local count = 0
for _, id in ipairs(ids) do
  local one = redis.call('ZREM', dead, id) == 1 and messages.load(id)
  if one then
    one.failures, one.reason = 0, nil
    messages.admit(id, one, messages.now)
    count = count + 1
  end
end
if count > 0 then redis.call(publish, messages.base, '') end
return count
`,
  queueRemove: `-- Removes all messages of runs.
--
-- KEYS    base of the queue's keys
-- ARGV    the command that tells of what is due then; run ids
-- The messages of a namespace, all in one slot. What a worker is given (\`heads\`) is opaque here; a state is a table of state,
-- failures, due (epoch ms), topic, mergeable, size (bytes of data), and where there are such, run, lane, key, token, reason.
--
-- <base>:heads, <base>:states    hashes by id
-- <base>:ids, <base>:dead        sorted sets, all scores 0: every id, ids of the dead ones
-- <base>:due:<topic>             sorted set: ids by when they are due; of claimed ones by when the claim runs out. What waits
--                                for its lane may be missing
-- <base>:lane:<topic>:<lane>     sorted set: waiting ids of a lane by when they are due
-- <base>:lanes                   hash: lane -> id of the claimed one
-- <base>:keys                    hash: idempotency key -> id of the outstanding one
-- <base>:run:<run id>            sorted set, all scores 0: ids, dead ones included
-- <base>                         the channel that tells of what is due
--
-- While a namespace is removed, sets may still hold ids of which nothing else is left.
local messages = { base = KEYS[1], TOPICS = { 'workflow', 'step' } }
local clock = redis.call('TIME')
messages.now = clock[1] * 1000 + math.floor(clock[2] / 1000)

function messages.lane(topic, lane)
  return messages.base .. ':lane:' .. topic .. ':' .. lane
end

function messages.load(id)
  local packed = redis.call('HGET', messages.base .. ':states', id)
  return packed and cmsgpack.unpack(packed)
end

function messages.save(id, one)
  redis.call('HSET', messages.base .. ':states', id, cmsgpack.pack(one))
end

-- Makes it due, waiting or claimed.
function messages.await(id, one, due)
  one.due = due
  redis.call('ZADD', messages.base .. ':due:' .. one.topic, due, id)
  if one.lane and one.state == 'waiting' then
    redis.call('ZADD', messages.lane(one.topic, one.lane), due, id)
  end
  messages.save(id, one)
end

-- Makes an outstanding message one that waits.
function messages.admit(id, one, due)
  one.state = 'waiting'
  if one.key then redis.call('HSETNX', messages.base .. ':keys', one.key, id) end
  messages.await(id, one, due)
end

-- The claim, unless it ran out.
function messages.claimed(id, token)
  local one = messages.load(id)
  if one and one.state == 'claimed' and one.token == token and one.due > messages.now then
    return one
  end
end

-- Whether another message holds its lane.
function messages.isBlocked(id, one)
  if not one.lane then return false end
  local holder = redis.call('HGET', messages.base .. ':lanes', one.lane)
  if not holder or holder == id then return false end
  local other = messages.load(holder)
  return other and other.state == 'claimed' and other.due > messages.now
end

-- Whether it says no more than that its run should be looked at, and has never failed.
function messages.isWake(one)
  return one and one.mergeable and one.failures == 0
end

-- The first wake that is due and waits in a lane.
function messages.wakeOf(lane)
  local first, firstDue
  for _, topic in ipairs(messages.TOPICS) do
    for _, id in ipairs(redis.call('ZRANGEBYSCORE', messages.lane(topic, lane), '-inf', messages.now)) do
      local one = messages.load(id)
      if messages.isWake(one) then
        if not first or one.due < firstDue or (one.due == firstDue and id < first) then
          first, firstDue = id, one.due
        end
        break
      end
    end
  end
  return first
end

-- Lets the next one of a free lane be claimed, of either topic; true when one is due.
function messages.promote(lane)
  local isDue = false
  for _, topic in ipairs(messages.TOPICS) do
    local waiting = messages.lane(topic, lane)
    local found = redis.call('ZRANGEBYSCORE', waiting, '-inf', messages.now, 'WITHSCORES', 'LIMIT', 0, 1)
    if found[1] then
      redis.call('ZADD', messages.base .. ':due:' .. topic, found[2], found[1])
      isDue = true
    end
  end
  return isDue
end

-- Frees the lane that it held; true when another message is due there.
function messages.release(id, one)
  one.token = nil
  if not one.lane then return false end
  local lanes = messages.base .. ':lanes'
  local holder = redis.call('HGET', lanes, one.lane)
  if holder == id then
    redis.call('HDEL', lanes, one.lane)
  elseif holder then
    return false
  end
  return messages.promote(one.lane)
end

-- Makes it not outstanding any more.
function messages.dismiss(id, one)
  redis.call('ZREM', messages.base .. ':due:' .. one.topic, id)
  if one.lane then redis.call('ZREM', messages.lane(one.topic, one.lane), id) end
  local keys = messages.base .. ':keys'
  if one.key and redis.call('HGET', keys, one.key) == id then redis.call('HDEL', keys, one.key) end
end

-- Removes it; true when another message is due in its lane.
function messages.remove(id, one)
  messages.dismiss(id, one)
  for _, hash in ipairs({ ':heads', ':states' }) do redis.call('HDEL', messages.base .. hash, id) end
  for _, set in ipairs({ ':ids', ':dead' }) do redis.call('ZREM', messages.base .. set, id) end
  if one.run then redis.call('ZREM', messages.base .. ':run:' .. one.run, id) end
  return messages.release(id, one)
end
local isDue = false
for i = 2, #ARGV do
  for _, id in ipairs(redis.call('ZRANGE', messages.base .. ':run:' .. ARGV[i], 0, -1)) do
    local one = messages.load(id)
    if one and messages.remove(id, one) then isDue = true end
  end
end
if isDue then redis.call(ARGV[1], messages.base, '') end
`,
  queueSettle: `-- Ends a claim.
--
-- KEYS    base of the queue's keys
-- ARGV    id; token; the command that tells of it; done | later | dead; for \`later\` the delay, ms, and 1 when it failed; for \`dead\` the reason
-- RETURN  1 when the claim was good
-- The messages of a namespace, all in one slot. What a worker is given (\`heads\`) is opaque here; a state is a table of state,
-- failures, due (epoch ms), topic, mergeable, size (bytes of data), and where there are such, run, lane, key, token, reason.
--
-- <base>:heads, <base>:states    hashes by id
-- <base>:ids, <base>:dead        sorted sets, all scores 0: every id, ids of the dead ones
-- <base>:due:<topic>             sorted set: ids by when they are due; of claimed ones by when the claim runs out. What waits
--                                for its lane may be missing
-- <base>:lane:<topic>:<lane>     sorted set: waiting ids of a lane by when they are due
-- <base>:lanes                   hash: lane -> id of the claimed one
-- <base>:keys                    hash: idempotency key -> id of the outstanding one
-- <base>:run:<run id>            sorted set, all scores 0: ids, dead ones included
-- <base>                         the channel that tells of what is due
--
-- While a namespace is removed, sets may still hold ids of which nothing else is left.
local messages = { base = KEYS[1], TOPICS = { 'workflow', 'step' } }
local clock = redis.call('TIME')
messages.now = clock[1] * 1000 + math.floor(clock[2] / 1000)

function messages.lane(topic, lane)
  return messages.base .. ':lane:' .. topic .. ':' .. lane
end

function messages.load(id)
  local packed = redis.call('HGET', messages.base .. ':states', id)
  return packed and cmsgpack.unpack(packed)
end

function messages.save(id, one)
  redis.call('HSET', messages.base .. ':states', id, cmsgpack.pack(one))
end

-- Makes it due, waiting or claimed.
function messages.await(id, one, due)
  one.due = due
  redis.call('ZADD', messages.base .. ':due:' .. one.topic, due, id)
  if one.lane and one.state == 'waiting' then
    redis.call('ZADD', messages.lane(one.topic, one.lane), due, id)
  end
  messages.save(id, one)
end

-- Makes an outstanding message one that waits.
function messages.admit(id, one, due)
  one.state = 'waiting'
  if one.key then redis.call('HSETNX', messages.base .. ':keys', one.key, id) end
  messages.await(id, one, due)
end

-- The claim, unless it ran out.
function messages.claimed(id, token)
  local one = messages.load(id)
  if one and one.state == 'claimed' and one.token == token and one.due > messages.now then
    return one
  end
end

-- Whether another message holds its lane.
function messages.isBlocked(id, one)
  if not one.lane then return false end
  local holder = redis.call('HGET', messages.base .. ':lanes', one.lane)
  if not holder or holder == id then return false end
  local other = messages.load(holder)
  return other and other.state == 'claimed' and other.due > messages.now
end

-- Whether it says no more than that its run should be looked at, and has never failed.
function messages.isWake(one)
  return one and one.mergeable and one.failures == 0
end

-- The first wake that is due and waits in a lane.
function messages.wakeOf(lane)
  local first, firstDue
  for _, topic in ipairs(messages.TOPICS) do
    for _, id in ipairs(redis.call('ZRANGEBYSCORE', messages.lane(topic, lane), '-inf', messages.now)) do
      local one = messages.load(id)
      if messages.isWake(one) then
        if not first or one.due < firstDue or (one.due == firstDue and id < first) then
          first, firstDue = id, one.due
        end
        break
      end
    end
  end
  return first
end

-- Lets the next one of a free lane be claimed, of either topic; true when one is due.
function messages.promote(lane)
  local isDue = false
  for _, topic in ipairs(messages.TOPICS) do
    local waiting = messages.lane(topic, lane)
    local found = redis.call('ZRANGEBYSCORE', waiting, '-inf', messages.now, 'WITHSCORES', 'LIMIT', 0, 1)
    if found[1] then
      redis.call('ZADD', messages.base .. ':due:' .. topic, found[2], found[1])
      isDue = true
    end
  end
  return isDue
end

-- Frees the lane that it held; true when another message is due there.
function messages.release(id, one)
  one.token = nil
  if not one.lane then return false end
  local lanes = messages.base .. ':lanes'
  local holder = redis.call('HGET', lanes, one.lane)
  if holder == id then
    redis.call('HDEL', lanes, one.lane)
  elseif holder then
    return false
  end
  return messages.promote(one.lane)
end

-- Makes it not outstanding any more.
function messages.dismiss(id, one)
  redis.call('ZREM', messages.base .. ':due:' .. one.topic, id)
  if one.lane then redis.call('ZREM', messages.lane(one.topic, one.lane), id) end
  local keys = messages.base .. ':keys'
  if one.key and redis.call('HGET', keys, one.key) == id then redis.call('HDEL', keys, one.key) end
end

-- Removes it; true when another message is due in its lane.
function messages.remove(id, one)
  messages.dismiss(id, one)
  for _, hash in ipairs({ ':heads', ':states' }) do redis.call('HDEL', messages.base .. hash, id) end
  for _, set in ipairs({ ':ids', ':dead' }) do redis.call('ZREM', messages.base .. set, id) end
  if one.run then redis.call('ZREM', messages.base .. ':run:' .. one.run, id) end
  return messages.release(id, one)
end
local id, token, publish, kind = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local base = messages.base
local one = messages.claimed(id, token)
if not one then return 0 end

local isDue = kind == 'later'
if kind == 'done' then
  isDue = messages.remove(id, one)
elseif kind == 'later' then
  if ARGV[6] == '1' then one.failures = one.failures + 1 end
  messages.release(id, one)
  one.state = 'waiting'
  messages.await(id, one, messages.now + tonumber(ARGV[5]))
else
  messages.dismiss(id, one)
  isDue = messages.release(id, one)
  one.state, one.reason = 'dead', ARGV[5]
  messages.save(id, one)
  redis.call('ZADD', base .. ':dead', 0, id)
end
if isDue then redis.call(publish, base, '') end
return 1
`,
  reindex: `-- What the index has to hold for a run, by the run's own slot; leases on it up to a deadline become void first. For
-- appends whose writer is gone.
--
-- KEYS    run (hash), tokens (hash), void (string)
-- ARGV    run id; deadline, epoch ms; tokens that the append had claimed
-- RETURN  changes (MessagePack: add, remove, release), then those tokens that the run does not hold
local lib = {}
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
  remove: `-- Removes a run that has ended, with all that belongs to it in its slot. Its streams lie in others: their names stay, until
-- they are removed too.
--
-- KEYS    run (hash), log, names of its streams (set), names of streams that have to go (set), then all other keys of the run
-- ARGV    run id; the command that tells of it; epoch ms that it must have ended before; statuses
-- RETURN  1 when it was removed, 2 when there was none, 0 when it stays; its members of the index; names of streams that have to go
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
local RUN, LOG, STREAMS, LOST = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local runId, publish, endedBefore = ARGV[1], ARGV[2], tonumber(ARGV[3])

local function isOneOf(statuses, status)
  for i = statuses, #ARGV do
    if ARGV[i] == status then return true end
  end
  return false
end

local packed = redis.call('HGET', RUN, 'run')
local run = packed and cmsgpack.unpack(packed)
if not run then return { 2, {}, redis.call('SMEMBERS', LOST) } end
if not isOneOf(4, run.status) then return { 0, {}, {} } end
if not run.completedAt or run.completedAt >= endedBefore then return { 0, {}, {} } end
redis.call('UNLINK', RUN, LOG, unpack(KEYS, 5))
-- Not before something is removed: a server without memory refuses it then.
if redis.call('EXISTS', STREAMS) == 1 then
  redis.call('SUNIONSTORE', LOST, LOST, STREAMS)
  redis.call('UNLINK', STREAMS)
end
redis.call(publish, LOG, 0)
return { 1, lib.membersOfRun(runId, run), redis.call('SMEMBERS', LOST) }
`,
  streamRead: `-- A slice of a stream. The sizes say beforehand how many chunks are within its bytes: no others are read.
--
-- KEYS    meta (hash), chunks (list), sizes (string)
-- ARGV    position of the first chunk; how many at most; bytes at most, unless the first one is larger
-- RETURN  length, 1 when the stream has ended, chunks
local META, CHUNKS, SIZES = KEYS[1], KEYS[2], KEYS[3]
local from, limit, maxBytes = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])

local found = redis.call('HMGET', META, 'length', 'ended')
local length, ended = tonumber(found[1] or 0), found[2] and 1 or 0
if from >= length then return { length, ended, {} } end
local sizes = redis.call('GETRANGE', SIZES, 4 * from, 4 * math.min(length, from + limit) - 1)
local count, bytes = 0, 0
for i = 1, #sizes - 3, 4 do
  bytes = bytes + struct.unpack('>I4', sizes, i)
  if count > 0 and bytes > maxBytes then break end
  count = count + 1
end
if count == 0 then return { length, ended, {} } end
return { length, ended, redis.call('LRANGE', CHUNKS, from, from + count - 1) }
`,
  streamRemove: `-- Removes a stream of a run that is gone, and tells its readers; one of another run stays.
--
-- KEYS    meta (hash), chunks (list), sizes (string)
-- ARGV    run id; the command that tells of it
local META, CHUNKS, SIZES = KEYS[1], KEYS[2], KEYS[3]
local run, publish = ARGV[1], ARGV[2]
if redis.call('HGET', META, 'run') ~= run then return end
redis.call('UNLINK', META, CHUNKS, SIZES)
redis.call(publish, CHUNKS, '')
`,
  streamWrite: `-- Writes to a stream: chunks, its end, or both. Whoever makes it has named it in its run before: without that name a run
-- would leave its stream behind.
--
-- KEYS    meta (hash), chunks (list), sizes (string); where it is on this server, the names of the run's streams (set)
-- ARGV    run id; name; 1 when it was named in the run just now; 1 when the stream ends here; writer, or ''; number of this write;
--         the command that tells of it; then chunks
-- RETURN  'written' | 'known' | 'ended', or 'unnamed' when nothing was done, and the run has to be told first
local META, CHUNKS, SIZES, NAMES = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local run, name, isNamed, ends = ARGV[1], ARGV[2], ARGV[3] == '1', ARGV[4] == '1'
local writer, number, publish, FIRST = ARGV[5], ARGV[6], ARGV[7], 8

local found = redis.call('HMGET', META, 'run', 'length', 'ended', 'w:' .. writer)
local exists, length, ended, known = found[1], tonumber(found[2] or 0), found[3], found[4]
if writer ~= '' and tonumber(number) <= tonumber(known or 0) then return 'known' end
if ended then return 'ended' end
if not exists and not NAMES and not isNamed then return 'unnamed' end

-- First what a server without memory refuses: once a script has written, it may go on.
if not exists and NAMES then redis.call('SADD', NAMES, name) end
redis.call('HSET', META, 'run', exists or run, 'length', length + #ARGV - FIRST + 1)
if ends then redis.call('HSET', META, 'ended', 1) end
if writer ~= '' then redis.call('HSET', META, 'w:' .. writer, number) end
-- Left of a stream whose removal was cut off.
if not exists then redis.call('UNLINK', CHUNKS, SIZES) end
local sizes = {}
for i = FIRST, #ARGV do
  redis.call('RPUSH', CHUNKS, ARGV[i])
  sizes[#sizes + 1] = struct.pack('>I4', #ARGV[i])
end
if sizes[1] then redis.call('APPEND', SIZES, table.concat(sizes)) end
redis.call(publish, CHUNKS, '')
return 'written'
`,
} as const;
