-- ARGV: as said, the filter (5), when, why, how many to look at and to announce singly at most
local at, reason, most, singly = ARGV[7], ARGV[8], tonumber(ARGV[9]), tonumber(ARGV[10])
local list, length = narrowest()
if length > most then return { -length, 0, '' } end

local count, digests, from = 0, {}, '-'
while true do
  local ids = redis.call('ZRANGE', list, from, '+', 'BYLEX', 'LIMIT', 0, 1000)
  if #ids == 0 then break end
  for _, id in ipairs(ids) do
    local digest = redis.call('HGET', IDS, id)
    local token = record(digest)
    local facts = facts_of(token)
    if not facts.revoked_at and picks(facts) then
      redis.call('HSET', token, 'revoked_at', at, 'revoked_reason', reason)
      note_end(id, facts.expires_at, at)
      count = count + 1
      if count <= singly then digests[count] = digest end
    end
  end
  from = '(' .. ids[#ids]
end

digests = count <= singly and table.concat(digests) or ''
if count > singly then announce('*') elseif count > 0 then announce('t' .. digests) end
return { count, unwritten(), digests }
