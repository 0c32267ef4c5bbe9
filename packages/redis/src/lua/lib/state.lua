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
