-- ARGV: as said, above which key id or '-', how many at most
-- Answers the facts of each key's secrets, the secrets excepted.
local found = {}
for index, key_id in ipairs(redis.call('ZRANGE', KEY_IDS, ARGV[2], '+', 'BYLEX', 'LIMIT', 0, ARGV[3])) do
  found[index] = { key_id, facts_of(key_id) }
end
return found
