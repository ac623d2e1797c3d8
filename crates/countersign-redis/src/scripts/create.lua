-- ARGV: as said, our version of the layout, the beginning of time
for _, name in ipairs({ 'state', 'tokens', 'ids', 'secrets', 'nonce-keys' }) do
  if redis.call('EXISTS', base .. name) == 1 then return 0 end
end
if ARGV[1] ~= 'blind' then recognise() end
redis.call('HSET', STATE, 'version', ARGV[2], 'since', ARGV[3])
return 1
