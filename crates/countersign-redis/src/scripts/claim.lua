-- ARGV: as said, fingerprint, key id, now, expires, longest window, capacity, capacity for one key
-- Times are whole microseconds that a double holds exactly.
local fingerprint, key_id = ARGV[2], ARGV[3]
local own = base .. 'nonces:' .. key_id
local SEEN, FRESH, FULL, CLOSED, VOLATILE = 0, 1, 2, 3, 4
local KEYS_BY_END = base .. 'nonce-keys'

local waiting = 0
if ARGV[1] ~= 'blind' then
  local server = redis.call('INFO', 'server', 'persistence')
  if server:match('run_id:(%x+)') ~= redis.call('HGET', STATE, 'run') then recognise() end
  waiting = held_back(server)
  if waiting < 0 then return { VOLATILE, 0 } end
end

local state = redis.call('HMGET', STATE, 'since', 'newest', 'spent')
local told, newest = ARGV[4], state[2]
if not newest or tonumber(told) > tonumber(newest) then
  newest = told
  redis.call('HSET', STATE, 'newest', newest)
end
local now, expires = tonumber(newest), tonumber(ARGV[5])
if expires <= now then return { SEEN, 0 } end

local known = redis.call('ZSCORE', own, fingerprint)
if known and tonumber(known) > now then return { SEEN, 0 } end

-- What was claimed before the nonces were lost is over once the longest window has passed since.
local since = state[1]
if not since then
  since = newest
  redis.call('HSET', STATE, 'since', since)
end
local window = math.max(expires - tonumber(told), tonumber(ARGV[6]))
if now < tonumber(since) + window then
  return { CLOSED, math.ceil((tonumber(since) + window - now) / 1000000) }
end

-- Forgets some nonces of a key that are over, and notes when the next of them will be.
local function forget(key, name)
  local over = redis.call('ZRANGE', key, '-inf', newest, 'BYSCORE', 'LIMIT', 0, 32)
  if #over == 0 then return end
  redis.call('ZREM', key, unpack(over))
  redis.call('HINCRBY', STATE, 'spent', -#over)
  local next = redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')[2]
  if next then redis.call('ZADD', KEYS_BY_END, next, name) else redis.call('ZREM', KEYS_BY_END, name) end
end

forget(own, key_id)
local idle = redis.call('ZRANGE', KEYS_BY_END, '-inf', newest, 'BYSCORE', 'LIMIT', 0, 1)[1]
if idle then forget(base .. 'nonces:' .. idle, idle) end

local spent = tonumber(redis.call('HGET', STATE, 'spent') or 0)
if spent >= tonumber(ARGV[7]) or redis.call('ZCARD', own) >= tonumber(ARGV[8]) then return { FULL, 0 } end
redis.call('ZADD', own, ARGV[5], fingerprint)
redis.call('HINCRBY', STATE, 'spent', 1)
redis.call('ZADD', KEYS_BY_END, 'LT', ARGV[5], key_id)
return { FRESH, waiting }
