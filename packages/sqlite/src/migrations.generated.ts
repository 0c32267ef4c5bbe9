// Generated from src/migrations/*.sql by scripts/embed-migrations.mjs. Do not edit.

/** The migrations in the order in which they are applied; `version` counts from 1 without gaps. */
export const migrations: readonly {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
}[] = [
  {
    version: 1,
    name: 'initial',
    sql: `-- Runs, their logs, their entities. Everything of a run hangs on its number, so that its id stands once.
-- Times are epoch ms; \`state\` and \`data\` are CBOR.

CREATE TABLE runs (
  run INTEGER PRIMARY KEY,
  namespace TEXT NOT NULL,
  run_id TEXT NOT NULL,
  status TEXT NOT NULL,
  workflow_name TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  ended_at INTEGER,
  state BLOB NOT NULL,
  -- The tail: changes with every append, while nothing that is indexed does.
  seq INTEGER NOT NULL,
  event_id TEXT NOT NULL,
  decision_id TEXT NOT NULL,
  outcome_at INTEGER NOT NULL,
  UNIQUE (namespace, run_id)
);
CREATE INDEX runs_by_time ON runs (namespace, created_at, run_id);
CREATE INDEX runs_by_status ON runs (namespace, status, created_at, run_id);
CREATE INDEX runs_by_workflow ON runs (namespace, workflow_name, created_at, run_id);
CREATE INDEX runs_by_end ON runs (namespace, ended_at, run_id) WHERE ended_at IS NOT NULL;

-- The log, clustered by run and position. Ids ascend with seq, so they need no index.
CREATE TABLE events (
  run INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  event_id TEXT NOT NULL,
  event_type TEXT NOT NULL,
  correlation_id TEXT,
  spec_version INTEGER,
  created_at INTEGER NOT NULL,
  occurred_at INTEGER,
  conflicting_run_id TEXT,
  data BLOB,
  PRIMARY KEY (run, seq)
) WITHOUT ROWID;
CREATE INDEX events_by_correlation ON events (correlation_id, run, seq)
  WHERE correlation_id IS NOT NULL;

-- Steps, hooks and waits. An entity holds its token while it is live.
CREATE TABLE entities (
  run INTEGER NOT NULL,
  kind TEXT NOT NULL,
  id TEXT NOT NULL,
  namespace TEXT NOT NULL,
  created_seq INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  status TEXT NOT NULL,
  token TEXT,
  state BLOB NOT NULL,
  PRIMARY KEY (run, kind, id)
) WITHOUT ROWID;
CREATE INDEX entities_in_order ON entities (run, kind, created_seq);
CREATE UNIQUE INDEX entities_by_token ON entities (namespace, token) WHERE token IS NOT NULL;
CREATE INDEX entities_with_token ON entities (namespace, kind, created_at)
  WHERE token IS NOT NULL;

-- What an idempotency key stands for: the events of its first outcome.
CREATE TABLE keys (
  run INTEGER NOT NULL,
  key TEXT NOT NULL,
  first_seq INTEGER NOT NULL,
  last_seq INTEGER NOT NULL,
  PRIMARY KEY (run, key)
) WITHOUT ROWID;
`,
  },
  {
    version: 2,
    name: 'queue',
    sql: `-- Messages of the queue. \`due_at\` is when a message is due, and for a claimed one, when its claim runs out.

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
`,
  },
  {
    version: 3,
    name: 'streams',
    sql: `-- Streams of chunks. A stream is found by its name, and goes with the run that it belongs to, which need not exist.

CREATE TABLE streams (
  stream INTEGER PRIMARY KEY,
  namespace TEXT NOT NULL,
  name TEXT NOT NULL,
  run_id TEXT NOT NULL,
  -- Number of chunks, and of their bytes.
  length INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  ended INTEGER NOT NULL,
  UNIQUE (namespace, name)
);
CREATE INDEX streams_by_run ON streams (namespace, run_id, name);

-- Has row ids: a search in a clustered table would read whole chunks on its way. \`upto\` is the number of bytes to the
-- end of the chunk; with it the index alone tells how many chunks fit into a page.
CREATE TABLE chunks (
  chunk INTEGER PRIMARY KEY,
  stream INTEGER NOT NULL,
  position INTEGER NOT NULL,
  upto INTEGER NOT NULL,
  data BLOB NOT NULL
);
CREATE UNIQUE INDEX chunks_in_order ON chunks (stream, position, upto);

-- The number of each writer's last write, for writes that are sent again.
CREATE TABLE stream_writers (
  stream INTEGER NOT NULL,
  writer TEXT NOT NULL,
  seq INTEGER NOT NULL,
  PRIMARY KEY (stream, writer)
) WITHOUT ROWID;
`,
  },
];
