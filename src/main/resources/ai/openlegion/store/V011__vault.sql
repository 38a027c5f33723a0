-- Credentials that were set while the mesh ran, each under a key of its own that is wrapped by the master key. Both are
-- a nonce of 12 bytes and what AES-256-GCM made; stored_by is an agent's id or operator.
CREATE TABLE vault_secret (
  name        TEXT   NOT NULL PRIMARY KEY,
  stored_by   TEXT   NOT NULL,
  stored_ms   BIGINT NOT NULL,
  key_id      TEXT   NOT NULL,
  wrapped_key BLOB   NOT NULL,
  sealed      BLOB   NOT NULL
);
