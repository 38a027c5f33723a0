-- The current start of each agent that the mesh runs: by this a mesh finds again what runs since before it began.
CREATE TABLE agent_start (
  agent        TEXT   NOT NULL PRIMARY KEY,
  start        TEXT   NOT NULL,
  runtime      TEXT   NOT NULL,
  instance     TEXT,
  token_hash   TEXT   NOT NULL,
  program_hash TEXT   NOT NULL,
  started_ms   BIGINT NOT NULL,
  spawned      INTEGER NOT NULL
);
