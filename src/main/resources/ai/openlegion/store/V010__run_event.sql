-- What set a run going, for one workflow: an event that is told again starts none twice. NULL = no event did.
ALTER TABLE run ADD COLUMN event TEXT;
CREATE UNIQUE INDEX run_of_event ON run (event);
