-- The run that a task belongs to, and the most that all tasks of that run may cost together.
ALTER TABLE task ADD COLUMN run_max_pico BIGINT;
ALTER TABLE task_account ADD COLUMN run TEXT NOT NULL DEFAULT '';
ALTER TABLE task_account ADD COLUMN run_max_pico BIGINT NOT NULL DEFAULT 9223372036854775807;

-- Whether everything that is charged to a task is stored; a crash charges what it strands to all others.
ALTER TABLE task_account ADD COLUMN settled BIGINT NOT NULL DEFAULT 0;
UPDATE task_account SET settled = 1 WHERE closed_ms > 0;

CREATE INDEX task_account_settled ON task_account (settled);
CREATE INDEX task_account_run ON task_account (run);
