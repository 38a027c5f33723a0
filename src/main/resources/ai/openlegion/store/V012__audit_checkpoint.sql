-- Places of the audit's chain, each with a signature of the mesh. The beginning of what is kept, signed too, stands in
-- meta under audit_base.
CREATE TABLE audit_checkpoint (
  seq       INTEGER NOT NULL PRIMARY KEY,
  time_ms   BIGINT NOT NULL,
  hash      BLOB   NOT NULL,
  key_id    TEXT   NOT NULL,
  signature BLOB   NOT NULL
);
-- The chain does not cover it, so it proves nothing.
ALTER TABLE audit_group DROP COLUMN time_ms;
