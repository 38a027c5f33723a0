-- Signatures that were accepted, for as long as their timestamps are.
CREATE TABLE webhook_signature (
  signature TEXT   NOT NULL PRIMARY KEY,
  time_ms   BIGINT NOT NULL
);
