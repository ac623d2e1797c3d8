-- ARGV: as said, id, when, what to take away (a list of names), facts by name
local id = ARGV[2]
local digest = redis.call('HGET', IDS, id)
if not digest then return { 0, 0, '' } end
local token = record(digest)
for name in ARGV[4]:gmatch('[%w_]+') do redis.call('HDEL', token, name) end
redis.call('HSET', token, 'updated_at', ARGV[3], unpack(ARGV, 5))
note_end_of(token, id)
announce('t' .. digest)
return { 1, unwritten(), digest }
