-- Jobs that agents and the operator made, and for each job, also those of schedules.yaml, how it stands.
CREATE TABLE cron_job (
  id         TEXT   NOT NULL PRIMARY KEY,
  owner      TEXT,
  spec       TEXT   NOT NULL,
  created_ms BIGINT NOT NULL
);

CREATE TABLE cron_state (
  id           TEXT   NOT NULL PRIMARY KEY,
  timetable    TEXT   NOT NULL,
  due_ms       BIGINT NOT NULL,
  covered      TEXT   NOT NULL,
  last_run_ms  BIGINT NOT NULL,
  runs         BIGINT NOT NULL,
  errors       BIGINT NOT NULL,
  last_error   TEXT
);
