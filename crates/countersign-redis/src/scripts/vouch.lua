-- ARGV: as said, the beginning of time
if ARGV[1] ~= 'blind' then recognise() end
redis.call('HSET', STATE, 'since', ARGV[2])
return { 1, unwritten(), '' }
