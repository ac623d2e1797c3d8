-- What is known of the store as a whole:
--   version     of the keys' layout
--   since       from when on, by the clocks told, every claim is remembered; without it, since some time to come
--   newest      the largest time told
--   spent       how many nonces there are, those included that are over and not yet forgotten
--   run         which process of Redis has the data
--   kept        whether that process has written an append-only file all along, and nobody took it without one
--   replicated  whether that process was ever seen with a replica
local STATE = base .. 'state'

local function info(section)
  local facts = {}
  for name, value in redis.call('INFO', section):gmatch('([%w_]+):([^\r\n]*)') do facts[name] = value end
  return facts
end

-- Notes which process of Redis this is. When it is another one than before, and it may not have everything that the other
-- one had acknowledged, the nonces count as lost.
local function recognise()
  local run = info('server').run_id
  local persistence, replication = info('persistence'), info('replication')
  local kept = ARGV[1] == '' and persistence.aof_enabled == '1'
  local replicated = (tonumber(replication.connected_slaves) or 0) > 0
  local known = redis.call('HMGET', STATE, 'run', 'kept', 'replicated')
  if known[1] == run then
    if known[2] == '1' and not kept then redis.call('HSET', STATE, 'kept', '0') end
    if known[3] ~= '1' and replicated then redis.call('HSET', STATE, 'replicated', '1') end
    return
  end
  local promoted = (replication.master_replid2 or ''):find('[^0]') ~= nil
  if not (known[2] == '1' and kept and known[3] ~= '1' and not promoted) then redis.call('HDEL', STATE, 'since') end
  redis.call('HSET', STATE, 'run', run, 'kept', kept and '1' or '0', 'replicated', replicated and '1' or '0')
end
