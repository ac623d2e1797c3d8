-- ARGV: as said, id
local digest = redis.call('HGET', IDS, ARGV[2])
return digest and redis.call('HGETALL', record(digest)) or {}
