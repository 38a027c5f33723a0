-- Tasks in the order they came; times of what has not happened are 0.
CREATE TABLE task (
  number        INTEGER NOT NULL PRIMARY KEY,
  id            TEXT    NOT NULL UNIQUE,
  agent         TEXT    NOT NULL,
  workflow      TEXT    NOT NULL,
  step          TEXT    NOT NULL,
  type          TEXT    NOT NULL,
  input         TEXT    NOT NULL,
  context       TEXT    NOT NULL,
  timeout_s     BIGINT  NOT NULL,
  max_tokens    BIGINT,
  max_pico      BIGINT,
  dispatched_by TEXT    NOT NULL,
  status        TEXT    NOT NULL,
  result        TEXT,
  error         TEXT,
  promote       TEXT,
  queued_ms     BIGINT  NOT NULL,
  started_ms    BIGINT  NOT NULL,
  ended_ms      BIGINT  NOT NULL,
  item          BIGINT  NOT NULL
);
CREATE INDEX task_ended ON task (ended_ms);

-- What a task may use; token_mark is the most tokens it may have used, so that a crash gives it none back.
CREATE TABLE task_account (
  task       TEXT   NOT NULL PRIMARY KEY,
  agent      TEXT   NOT NULL,
  max_tokens BIGINT NOT NULL,
  max_pico   BIGINT NOT NULL,
  token_mark BIGINT NOT NULL,
  opened_ms  BIGINT NOT NULL,
  closed_ms  BIGINT NOT NULL,
  refused    BIGINT NOT NULL
);
CREATE INDEX task_account_open ON task_account (closed_ms);

-- The settlements of calls that were charged to a task, summed; doubt_tokens may have been used besides.
CREATE TABLE usage_task (
  task          TEXT   NOT NULL,
  agent         TEXT   NOT NULL,
  day           BIGINT NOT NULL,
  calls         BIGINT NOT NULL,
  input_tokens  BIGINT NOT NULL,
  output_tokens BIGINT NOT NULL,
  cached_tokens BIGINT NOT NULL,
  doubt_tokens  BIGINT NOT NULL,
  spent         BIGINT NOT NULL,
  unreconciled  BIGINT NOT NULL,
  PRIMARY KEY (task, day)
);
