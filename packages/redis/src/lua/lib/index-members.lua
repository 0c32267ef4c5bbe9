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
    's' .. state.status .. '\0' .. at,
    'w' .. (state.workflowName or '') .. '\0' .. at,
  }
  if state.completedAt then
    members[3] = 'e' .. state.status .. '\0' .. lib.sortTime(state.completedAt) .. runId
  end
  return members
end

-- What stands for an entity that holds a token: h kind NUL createdAt runId createdSeq id.
function lib.memberOfHolder(runId, kind, id, state)
  local seq = string.format('%016.0f', state.createdSeq)
  return 'h' .. kind .. '\0' .. lib.sortTime(state.createdAt) .. runId .. seq .. id
end

function lib.idOfHolder(member)
  -- Behind the kind: 17 bytes of time, 31 of a run id, 16 of a position.
  return string.sub(member, string.find(member, '\0', 1, true) + 65)
end

-- The same, found by id: i kind NUL id NUL runId.
function lib.memberOfId(runId, member)
  local kind = string.sub(member, 2, string.find(member, '\0', 1, true) - 1)
  return 'i' .. kind .. '\0' .. lib.idOfHolder(member) .. '\0' .. runId
end
