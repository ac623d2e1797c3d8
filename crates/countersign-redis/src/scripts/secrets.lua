-- The secrets of a key are one hash: of the nth secret 'n:secret' and, where it has them, 'n:label', 'n:not_before',
-- 'n:not_after' and 'n:last_matched'. The newest has the largest number; 'last' is the largest ever given.
local KEY_IDS = base .. 'secrets'

local function versions(key_id)
  return base .. 'secret:' .. key_id
end

-- The number of the secret of this label.
local function labelled(key, label)
  local fields = redis.call('HGETALL', key)
  for index = 1, #fields, 2 do
    local number = fields[index]:match('^(%d+):label$')
    if number and fields[index + 1] == label then return number end
  end
end

-- Whether it was added: not when there is one of this label already.
local function add(key_id, facts)
  local key = versions(key_id)
  for index = 1, #facts, 2 do
    if facts[index] == 'label' and labelled(key, facts[index + 1]) then return false end
  end
  local number = redis.call('HINCRBY', key, 'last', 1)
  for index = 1, #facts, 2 do redis.call('HSET', key, number .. ':' .. facts[index], facts[index + 1]) end
  redis.call('ZADD', KEY_IDS, 0, key_id)
  return true
end

-- All that is known of a key, the secrets excepted.
local function facts_of(key_id)
  local facts = redis.call('HGETALL', versions(key_id))
  for field = 1, #facts, 2 do
    if facts[field]:match('^%d+:secret$') then facts[field + 1] = '' end
  end
  return facts
end
