-- States of runs and entities: fields by name, and what an event does to them.
-- @include lib

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
