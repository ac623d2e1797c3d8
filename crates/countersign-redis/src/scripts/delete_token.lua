-- ARGV: as said, id
local digest = redis.call('HGET', IDS, ARGV[2])
if not digest then return { 0, 0, '' } end
remove(digest, ARGV[2])
announce('t' .. digest)
return { 1, unwritten(), digest }
