-- ARGV: as said, digest, id, facts by name
local digest, id = ARGV[2], ARGV[3]
if not add(digest, id, { unpack(ARGV, 4) }) then return { 0, 0, '' } end
announce('t' .. digest)
return { 1, unwritten(), '' }
