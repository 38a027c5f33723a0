-- What runs were made of, by the SHA-256 of its text: a file may change while a run of it is under way.
CREATE TABLE run_definition (
  hash TEXT NOT NULL PRIMARY KEY,
  text TEXT NOT NULL
);

-- Runs in the order they came, as they stand; owes = 1 until the topic that follows a complete one is published.
CREATE TABLE run (
  number      INTEGER NOT NULL PRIMARY KEY,
  id          TEXT    NOT NULL UNIQUE,
  workflow    TEXT    NOT NULL,
  definition  TEXT    NOT NULL,
  started_by  TEXT    NOT NULL,
  started_ms  BIGINT  NOT NULL,
  status      TEXT    NOT NULL,
  error       TEXT,
  finished_ms BIGINT  NOT NULL,
  tokens      BIGINT  NOT NULL,
  spent       BIGINT  NOT NULL,
  steps_done  BIGINT  NOT NULL,
  steps_total BIGINT  NOT NULL,
  owes        BIGINT  NOT NULL
);
CREATE INDEX run_finished ON run (finished_ms);
CREATE INDEX run_workflow ON run (workflow, number);
CREATE INDEX run_status ON run (status, number);
CREATE INDEX run_owes ON run (owes) WHERE owes > 0;

-- All that a run is made of, in order; name and data are what its watchers get, null where that is nothing.
CREATE TABLE run_event (
  run        TEXT   NOT NULL,
  seq        BIGINT NOT NULL,
  time_ms    BIGINT NOT NULL,
  transition TEXT   NOT NULL,
  name       TEXT,
  data       TEXT,
  PRIMARY KEY (run, seq)
);
