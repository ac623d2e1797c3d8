-- ARGV: as said, digest and time of each use
for index = 2, #ARGV, 2 do
  local token, at = record(ARGV[index]), ARGV[index + 1]
  if redis.call('EXISTS', token) == 1 then
    local known = redis.call('HGET', token, 'last_used_at')
    if not known or before(known, at) then redis.call('HSET', token, 'last_used_at', at) end
  end
end
return { 1, 0, '' }
