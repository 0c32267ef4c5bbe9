-- Functions are fields of one table: a function that captures many locals costs more to make than most do to run.
local lib = {}
