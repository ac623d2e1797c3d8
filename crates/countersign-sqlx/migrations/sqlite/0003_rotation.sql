-- When a version of a secret last matched a signature.
ALTER TABLE secret ADD COLUMN last_matched INTEGER;
