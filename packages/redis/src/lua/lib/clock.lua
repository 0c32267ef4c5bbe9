-- The server's clock, epoch ms.
-- @include lib
function lib.readClock()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
