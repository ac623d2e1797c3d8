-- KEYS[1] is what all keys of the store begin with. Its hash tag puts them into one slot.
local base = KEYS[1]

local function announce(what)
  redis.call('PUBLISH', base .. 'invalidations', what)
end

-- A change answers what it came to, how many writes are waiting as said below, and what it was about.

-- What INFO says, of which ARGV[1] is nothing where an append-only file is demanded, 'volatile' where it is not, and
-- 'blind' where INFO may not be asked: how many syncs of that file are under way, and -1 where it is demanded and not
-- written. During a sync Redis may hold a change back in its memory, and answers nevertheless.
local function held_back(info)
  if ARGV[1] == '' and not info:find('aof_enabled:1', 1, true) then return -1 end
  return tonumber(info:match('aof_pending_bio_fsync:(%d+)') or 0)
end

local function unwritten()
  return ARGV[1] == 'blind' and 0 or held_back(redis.call('INFO', 'persistence'))
end

-- Compares two times, written as decimal numbers, exactly: Lua's own numbers would round.
local function before(a, b)
  local a_negative, b_negative = a:sub(1, 1) == '-', b:sub(1, 1) == '-'
  if a_negative ~= b_negative then return a_negative end
  if a_negative then a, b = b:sub(2), a:sub(2) end
  if #a ~= #b then return #a < #b end
  return a < b
end
