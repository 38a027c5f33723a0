-- Money is in pico-USD; days are counted from 1970-01-01, UTC; times are milliseconds since then.
-- INTEGER PRIMARY KEY is SQLite's own row number (64 bits): such a table needs no index beside it.

CREATE TABLE meta (
  name  TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
);

-- The ledger: what an agent spent on a day, what may have been spent, and what is leased for calls in flight.
CREATE TABLE account_day (
  agent        TEXT   NOT NULL,
  day          BIGINT NOT NULL,
  spent        BIGINT NOT NULL,
  unreconciled BIGINT NOT NULL,
  leased       BIGINT NOT NULL,
  PRIMARY KEY (agent, day)
);

-- Accounts that refuse every call until the operator acts, because a provider billed more than was held.
CREATE TABLE account_frozen (
  agent    TEXT   NOT NULL PRIMARY KEY,
  since_ms BIGINT NOT NULL
);

-- Every settlement, one row a commit group.
CREATE TABLE usage_group (
  seq     INTEGER NOT NULL PRIMARY KEY,
  from_ms BIGINT NOT NULL,
  to_ms   BIGINT NOT NULL,
  entries BIGINT NOT NULL,
  data    BLOB   NOT NULL
);

-- The same settlements, summed for reports.
CREATE TABLE usage_day (
  agent         TEXT   NOT NULL,
  model         TEXT   NOT NULL,
  day           BIGINT NOT NULL,
  calls         BIGINT NOT NULL,
  input_tokens  BIGINT NOT NULL,
  output_tokens BIGINT NOT NULL,
  cached_tokens BIGINT NOT NULL,
  spent         BIGINT NOT NULL,
  unreconciled  BIGINT NOT NULL,
  PRIMARY KEY (agent, model, day)
);

-- Limits an operator set at run time; each holds until the value in the file is no longer the one it replaced.
CREATE TABLE limit_override (
  agent        TEXT   NOT NULL PRIMARY KEY,
  daily        BIGINT NOT NULL,
  monthly      BIGINT NOT NULL,
  file_daily   BIGINT NOT NULL,
  file_monthly BIGINT NOT NULL
);

-- The audit, one row a commit group; hash is that of its last entry, previous_hash that of the entry before its first.
CREATE TABLE audit_group (
  first_seq     INTEGER NOT NULL PRIMARY KEY,
  last_seq      BIGINT NOT NULL,
  time_ms       BIGINT NOT NULL,
  previous_hash BLOB   NOT NULL,
  hash          BLOB   NOT NULL,
  data          BLOB   NOT NULL
);
