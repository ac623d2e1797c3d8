-- A token is a hash, found by its digest. Beside it are the digests by id, the ids in order (of all tokens and of those of
-- each subject, organisation and application), and the ids by when tokens end.
local IDS, ENDS = base .. 'ids', base .. 'ends'

local function record(digest)
  return base .. 'token:' .. digest
end

local function lists(token)
  local facts = redis.call('HMGET', token, 'subject', 'organisation', 'client_id')
  local keys = { base .. 'tokens' }
  for index, kind in ipairs({ 'subject:', 'organisation:', 'client:' }) do
    if facts[index] then keys[#keys + 1] = base .. kind .. facts[index] end
  end
  return keys
end

-- Notes when a token ends, in whichever way it does so first.
local function note_end(id, expires_at, revoked_at)
  local first = expires_at or revoked_at
  if first and revoked_at and before(revoked_at, first) then first = revoked_at end
  if first then redis.call('ZADD', ENDS, first, id) else redis.call('ZREM', ENDS, id) end
end

local function note_end_of(token, id)
  note_end(id, unpack(redis.call('HMGET', token, 'expires_at', 'revoked_at')))
end

-- Whether it was added: not when there is one of this digest or this id already.
local function add(digest, id, facts)
  local token = record(digest)
  if redis.call('EXISTS', token) == 1 or redis.call('HEXISTS', IDS, id) == 1 then return false end
  redis.call('HSET', token, unpack(facts))
  redis.call('HSET', IDS, id, digest)
  for _, list in ipairs(lists(token)) do redis.call('ZADD', list, 0, id) end
  note_end_of(token, id)
  return true
end

local function remove(digest, id)
  local token = record(digest)
  for _, list in ipairs(lists(token)) do redis.call('ZREM', list, id) end
  redis.call('ZREM', ENDS, id)
  redis.call('HDEL', IDS, id)
  redis.call('DEL', token)
end
