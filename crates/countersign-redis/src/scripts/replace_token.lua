-- ARGV: as said, digest, id, the old token's id, until when that one lives, facts by name
local digest, id, old_id, til = ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local old_digest = redis.call('HGET', IDS, old_id)
if not old_digest then return { 0, 0, '' } end
local old = record(old_digest)
if redis.call('HEXISTS', old, 'revoked_at') == 1 then return { 0, 0, '' } end
if not add(digest, id, { unpack(ARGV, 6) }) then return { 2, 0, '' } end
local ends = redis.call('HGET', old, 'expires_at')
if not ends or before(til, ends) then
  redis.call('HSET', old, 'expires_at', til)
  note_end_of(old, old_id)
end
announce('t' .. old_digest .. digest)
return { 1, unwritten(), old_digest }
