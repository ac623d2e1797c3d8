-- ARGV: as said, our version of the layout
local version = redis.call('HGET', STATE, 'version')
if version and version ~= ARGV[2] then return version end
if ARGV[1] ~= 'blind' then recognise() end
if not version then redis.call('HSET', STATE, 'version', ARGV[2]) end
return ARGV[2]
