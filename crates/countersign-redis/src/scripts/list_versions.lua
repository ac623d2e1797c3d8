-- ARGV: as said, key id
-- Answers the facts of its secrets, the secrets excepted.
return facts_of(ARGV[2])
