-- Items of inboxes in the order they were accepted, one row for all who get it; a row goes when its last reader is done.
-- recipients holds agent and place in its inbox, pair by pair.
CREATE TABLE inbox_item (
  id         INTEGER NOT NULL PRIMARY KEY,
  time_ms    BIGINT  NOT NULL,
  expires_ms BIGINT  NOT NULL,
  kind       TEXT    NOT NULL,
  item       TEXT    NOT NULL,
  sender     TEXT    NOT NULL,
  type       TEXT,
  topic      TEXT,
  reply_to   TEXT,
  priority   TEXT,
  bytes      BIGINT  NOT NULL,
  recipients TEXT    NOT NULL,
  payload    TEXT    NOT NULL
);

-- Up to where an agent has dealt with its inbox; places are never given twice, so a mark outlives its agent.
-- last is at least the highest place whose item is gone; kept are places up to pushed whose items were not pushed.
CREATE TABLE inbox_mark (
  agent  TEXT   NOT NULL PRIMARY KEY,
  acked  BIGINT NOT NULL,
  last   BIGINT NOT NULL,
  pushed BIGINT NOT NULL,
  kept   TEXT   NOT NULL
);

CREATE TABLE topic_subscription (
  topic TEXT NOT NULL,
  agent TEXT NOT NULL,
  PRIMARY KEY (topic, agent)
);

CREATE TABLE agent_registration (
  agent         TEXT   NOT NULL PRIMARY KEY,
  capabilities  TEXT   NOT NULL,
  port          BIGINT NOT NULL,
  registered_ms BIGINT NOT NULL
);
