-- Event ids as `mintEventId` of the contract makes them: evnt_, 10 base32 characters of ms, 16 more.
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
