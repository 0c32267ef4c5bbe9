-- Calls a command with any number of arguments, some at a time: Lua passes no more than about 8,000 at once.
-- @include lib
function lib.callMany(command, key, args)
  for first = 1, #args, 4000 do
    redis.call(command, key, unpack(args, first, math.min(first + 3999, #args)))
  end
end
