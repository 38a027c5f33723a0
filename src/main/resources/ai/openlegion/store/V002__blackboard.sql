-- The blackboard. A removed entry stays for a while as a row without a value, so that its version never goes back.
CREATE TABLE board_entry (
  key         TEXT   NOT NULL PRIMARY KEY,
  value       TEXT,
  written_by  TEXT   NOT NULL,
  workflow_id TEXT,
  created_ms  BIGINT NOT NULL,
  updated_ms  BIGINT NOT NULL,
  ttl_s       BIGINT NOT NULL,
  expires_ms  BIGINT NOT NULL,
  version     BIGINT NOT NULL
);

-- Who gets a notice of which keys.
CREATE TABLE board_watch (
  agent   TEXT NOT NULL,
  pattern TEXT NOT NULL,
  PRIMARY KEY (agent, pattern)
);

-- Notices written with the change they tell of, until they are in their inboxes.
CREATE TABLE board_notice (
  id      INTEGER NOT NULL PRIMARY KEY,
  agent   TEXT    NOT NULL,
  sender  TEXT    NOT NULL,
  item    TEXT    NOT NULL,
  payload TEXT    NOT NULL
);
