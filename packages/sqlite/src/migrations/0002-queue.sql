-- Messages of the queue. `due_at` is when a message is due, and for a claimed one, when its claim runs out.

CREATE TABLE messages (
  message INTEGER PRIMARY KEY,
  namespace TEXT NOT NULL,
  message_id TEXT NOT NULL,
  queue_name TEXT NOT NULL,
  topic TEXT NOT NULL,
  run_id TEXT,
  lane TEXT,
  mergeable INTEGER NOT NULL,
  idempotency_key TEXT,
  state TEXT NOT NULL,
  failures INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  token TEXT,
  reason TEXT,
  data BLOB NOT NULL,
  UNIQUE (namespace, message_id)
);
CREATE INDEX messages_due ON messages (namespace, topic, due_at, message_id) WHERE state <> 'dead';
CREATE INDEX messages_dead ON messages (namespace, message_id) WHERE state = 'dead';
CREATE INDEX messages_by_key ON messages (namespace, idempotency_key)
  WHERE idempotency_key IS NOT NULL AND state <> 'dead';
CREATE INDEX messages_by_run ON messages (namespace, run_id) WHERE run_id IS NOT NULL;
-- Who waits in a lane, and who holds it.
CREATE INDEX messages_of_lane ON messages (namespace, lane, due_at)
  WHERE lane IS NOT NULL AND state = 'waiting';
CREATE INDEX messages_in_lane ON messages (namespace, lane)
  WHERE lane IS NOT NULL AND state = 'claimed';

-- What deliveries are signed with.
CREATE TABLE secrets (
  namespace TEXT PRIMARY KEY,
  secret BLOB NOT NULL
) WITHOUT ROWID;
