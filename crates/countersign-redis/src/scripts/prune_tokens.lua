-- ARGV: as said, what has to have ended before when, how many of those that end first to pass over and to
-- look at
local limit = ARGV[2]
local ids = redis.call('ZRANGE', ENDS, '-inf', limit, 'BYSCORE', 'LIMIT', ARGV[3], ARGV[4])
local digests = {}
for _, id in ipairs(ids) do
  local digest = redis.call('HGET', IDS, id)
  local ends = redis.call('HMGET', record(digest), 'expires_at', 'revoked_at')
  -- The order is by rounded numbers: this is what counts.
  if (ends[1] and before(ends[1], limit)) or (ends[2] and before(ends[2], limit)) then
    remove(digest, id)
    digests[#digests + 1] = digest
  end
end
if #digests > 0 then announce('t' .. table.concat(digests)) end
return { #ids, unwritten(), table.concat(digests) }
