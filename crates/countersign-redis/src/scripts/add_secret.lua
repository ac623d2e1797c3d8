-- ARGV: as said, key id, facts by name
if not add(ARGV[2], { unpack(ARGV, 3) }) then return { 0, 0, '' } end
announce('k' .. ARGV[2])
return { 1, unwritten(), '' }
