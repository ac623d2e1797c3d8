-- ARGV: as said, key id, until when the older ones live, facts by name
local key, til = versions(ARGV[2]), ARGV[3]
local older = redis.call('HKEYS', key)
if not add(ARGV[2], { unpack(ARGV, 4) }) then return { 0, 0, '' } end
for _, field in ipairs(older) do
  local number = field:match('^(%d+):secret$')
  if number then
    local ends = redis.call('HGET', key, number .. ':not_after')
    if not ends or before(til, ends) then redis.call('HSET', key, number .. ':not_after', til) end
  end
end
announce('k' .. ARGV[2])
return { 1, unwritten(), '' }
