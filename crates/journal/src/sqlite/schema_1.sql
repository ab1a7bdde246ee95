-- The chain, one row a record; the hash is over the other columns (see row.rs).
CREATE TABLE entries (
  seq    INTEGER PRIMARY KEY CHECK (seq > 0),
  format INTEGER NOT NULL,
  slot   TEXT,
  run    TEXT NOT NULL,
  at     TEXT NOT NULL,
  kind   TEXT NOT NULL,
  body   TEXT NOT NULL,
  prev   TEXT NOT NULL,
  hash   TEXT NOT NULL
) STRICT;

CREATE TRIGGER entries_are_never_changed BEFORE UPDATE ON entries
BEGIN SELECT RAISE(ABORT, 'the journal only grows: a record is never changed'); END;

CREATE TRIGGER entries_are_never_removed BEFORE DELETE ON entries
BEGIN SELECT RAISE(ABORT, 'the journal only grows: a record is never removed'); END;

-- The newest record once more, so that a tail removed by hand shows.
CREATE TABLE head (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  seq  INTEGER NOT NULL,
  hash TEXT NOT NULL
) STRICT;

-- Raw bodies that records cite by the SHA-256 of their bytes; zlib streams. They may be pruned.
CREATE TABLE bodies (
  hash       TEXT PRIMARY KEY,
  compressed BLOB NOT NULL
) STRICT;
