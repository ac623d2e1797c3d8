-- ARGV: as said, the filter (5), below which id or '+', how many to find and to look at at most
-- Answers where to go on, and the records.
local from, wanted, most = ARGV[7], tonumber(ARGV[8]), tonumber(ARGV[9])
local found, list = {}, narrowest()
local ids = redis.call('ZRANGE', list, from, '-', 'BYLEX', 'REV', 'LIMIT', 0, most)
for _, id in ipairs(ids) do
  from = '(' .. id
  local token = record(redis.call('HGET', IDS, id))
  if picks(facts_of(token)) then
    found[#found + 1] = redis.call('HGETALL', token)
    if #found == wanted then return { '', found } end
  end
end
return { #ids == most and from or '', found }
