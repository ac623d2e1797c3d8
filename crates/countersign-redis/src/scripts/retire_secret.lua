-- ARGV: as said, key id, label
local key_id = ARGV[2]
local key = versions(key_id)
local number = labelled(key, ARGV[3])
if not number then return { 0, 0, '' } end
for _, name in ipairs({ 'secret', 'label', 'not_before', 'not_after', 'last_matched' }) do
  redis.call('HDEL', key, number .. ':' .. name)
end
if redis.call('HLEN', key) == 1 then
  redis.call('DEL', key)
  redis.call('ZREM', KEY_IDS, key_id)
end
announce('k' .. key_id)
return { 1, unwritten(), '' }
