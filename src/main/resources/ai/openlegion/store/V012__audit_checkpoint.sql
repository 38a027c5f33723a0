-- Places of the audit's chain, each with a signature of the mesh.
CREATE TABLE audit_checkpoint (
  seq       INTEGER NOT NULL PRIMARY KEY,
  time_ms   BIGINT NOT NULL,
  hash      BLOB   NOT NULL,
  key_id    TEXT   NOT NULL,
  signature BLOB   NOT NULL
);
