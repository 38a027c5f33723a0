-- The blackboard. A removed entry stays for a while as a row without a value, so that its version never goes back.
-- The value stands last: what a write needs to know of the row before it is read without it.
CREATE TABLE board_entry (
  key         TEXT   NOT NULL PRIMARY KEY,
  version     BIGINT NOT NULL,
  written_by  TEXT   NOT NULL,
  workflow_id TEXT,
  created_ms  BIGINT NOT NULL,
  updated_ms  BIGINT NOT NULL,
  ttl_s       BIGINT NOT NULL,
  expires_ms  BIGINT,
  bytes       BIGINT NOT NULL,
  value       TEXT
);

CREATE INDEX board_entry_expiry ON board_entry (expires_ms) WHERE expires_ms IS NOT NULL;
CREATE INDEX board_entry_removed ON board_entry (updated_ms) WHERE value IS NULL;

-- What the limits count: entries with a value, by who wrote them last.
CREATE TABLE board_usage (
  author  TEXT   NOT NULL PRIMARY KEY,
  entries BIGINT NOT NULL,
  bytes   BIGINT NOT NULL
);

-- Who gets a notice of which keys.
CREATE TABLE board_watch (
  agent   TEXT NOT NULL,
  pattern TEXT NOT NULL,
  PRIMARY KEY (agent, pattern)
);

-- Notices written with the change they tell of, until they are in the inboxes of all who get one.
CREATE TABLE board_notice (
  id         INTEGER NOT NULL PRIMARY KEY,
  item       TEXT    NOT NULL UNIQUE,
  key        TEXT    NOT NULL,
  version    BIGINT  NOT NULL,
  kind       TEXT    NOT NULL,
  author     TEXT    NOT NULL,
  recipients TEXT    NOT NULL
);
