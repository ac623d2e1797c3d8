-- ARGV: as said, id, when, why
local id = ARGV[2]
local digest = redis.call('HGET', IDS, id)
if not digest then return { 0, 0, '' } end
local token = record(digest)
if redis.call('HEXISTS', token, 'revoked_at') == 1 then return { 0, 0, '' } end
redis.call('HSET', token, 'revoked_at', ARGV[3], 'revoked_reason', ARGV[4])
note_end_of(token, id)
announce('t' .. digest)
return { 1, unwritten(), digest }
