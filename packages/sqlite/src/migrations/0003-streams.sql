-- Streams of chunks. A stream is found by its name, and goes with the run that it belongs to, which need not exist.

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

-- Has row ids: a search in a clustered table would read whole chunks on its way. `upto` is the number of bytes to the
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
