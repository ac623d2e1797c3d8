-- ARGV: as said, key id, label and time of each match
for index = 2, #ARGV, 3 do
  local key, at = versions(ARGV[index]), ARGV[index + 2]
  local number = labelled(key, ARGV[index + 1])
  if number then
    local known = redis.call('HGET', key, number .. ':last_matched')
    if not known or before(known, at) then redis.call('HSET', key, number .. ':last_matched', at) end
  end
end
return { 1, 0, '' }
