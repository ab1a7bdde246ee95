//! A chain in one SQLite file, for one machine.
//!
//! WAL, and `synchronous=FULL` unless the journal is the local venue's: an append that is done is
//! on disk. The file carries our `application_id`, so that another program's database is never
//! written to, and a schema version in `user_version`. It reads with the `sqlite3` tool: bodies of
//! records are text. Entries can only be added: triggers stop an update or a removal, and the head
//! is kept in a table of its own, so that a tail removed by hand shows.
//!
//! Calls block, and are made on the caller's thread. Measured by `benches/append.rs` on two busy
//! cores, an observation with its raw body: 0.4 ms to seal and check, 0.2 ms to compress, 0.1 ms
//! for SQLite when relaxed, and when full one flush of the disk more (0.4 to 3 ms there). A program
//! that can do nothing else until its append is won gains nothing from another thread.

mod care;
mod error;
mod file;
mod write;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, params};
use trading::record::{Hash, Head};

pub use error::SqliteError;

use crate::body::expand;
use crate::row::Row;
use crate::store::{Batch, Put, Store, StoreError};

/// What an append survives once it is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// A power cut. For every broker but the local venue.
    #[default]
    Full,
    /// A crash or kill of the program, not a power cut; the file stays whole in any case. For the
    /// local venue, whose account ends with the run.
    Relaxed,
}

impl Durability {
    /// The value of SQLite's `synchronous`.
    fn synchronous(self) -> &'static str {
        match self {
            Self::Full => "FULL",
            Self::Relaxed => "NORMAL",
        }
    }
}

impl fmt::Display for Durability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "full (every append on disk before it counts)",
            Self::Relaxed => "relaxed (survives a crash of the program, not a power cut)",
        })
    }
}

/// A journal file, open. A clone is another handle on the same connection; another process or a
/// second open is another connection on the same chain.
#[derive(Debug, Clone)]
pub struct Sqlite {
    connection: Arc<Mutex<Connection>>,
    path: PathBuf,
}

impl Sqlite {
    /// Opens the journal at `path` to append to, and makes it if there is none.
    ///
    /// # Errors
    /// [`SqliteError`]; nothing foreign is changed.
    pub fn create(path: &Path, durability: Durability) -> Result<Self, SqliteError> {
        Ok(Self::over(file::create(path, durability)?, path))
    }

    /// Opens the journal at `path` to append to; there must be one.
    ///
    /// # Errors
    /// [`SqliteError`]; nothing foreign is changed.
    pub fn open(path: &Path, durability: Durability) -> Result<Self, SqliteError> {
        Ok(Self::over(file::open(path, durability)?, path))
    }

    /// Opens the journal at `path` to read only; there must be one, and a runner may be at work
    /// on it.
    ///
    /// # Errors
    /// [`SqliteError`].
    pub fn read_only(path: &Path) -> Result<Self, SqliteError> {
        Ok(Self::over(file::read_only(path)?, path))
    }

    /// Where the file is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn over(connection: Connection, path: &Path) -> Self {
        Self {
            connection: Arc::new(Mutex::new(connection)),
            path: path.to_owned(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        self.connection
            .lock()
            .expect("no holder of this lock panics while it is held")
    }

    /// The connection beneath, for tests that damage it.
    #[cfg(test)]
    pub(crate) fn with_connection<T>(&self, act: impl FnOnce(&Connection) -> T) -> T {
        act(&self.lock())
    }

    fn failed(&self, error: rusqlite::Error) -> StoreError {
        SqliteError::from_sqlite(&self.path, error).into()
    }
}

/// The newest entry, by the entries and by the head table, which must agree.
fn newest(connection: &Connection) -> rusqlite::Result<Result<Option<Head>, StoreError>> {
    let kept = one_head(connection, "SELECT seq, hash FROM head")?;
    let last = one_head(
        connection,
        "SELECT seq, hash FROM entries ORDER BY seq DESC LIMIT 1",
    )?;
    if kept != last {
        let text = |end: &Option<(u64, String)>| match end {
            Some((seq, hash)) => format!("record {seq} with hash {hash}"),
            None => "no record at all".to_owned(),
        };
        return Ok(Err(StoreError::Corrupt(format!(
            "the newest record should be {}, but it is {}: records were removed or altered",
            text(&kept),
            text(&last)
        ))));
    }
    let Some((seq, text)) = last else {
        return Ok(Ok(None));
    };
    Ok(text
        .parse::<Hash>()
        .map(|hash| Some(Head { seq, hash }))
        .map_err(|error| {
            StoreError::Corrupt(format!("the hash of record {seq} cannot be read: {error}"))
        }))
}

fn one_head(connection: &Connection, sql: &str) -> rusqlite::Result<Option<(u64, String)>> {
    connection
        .prepare_cached(sql)?
        .query_row([], |row| Ok((number(row, 0)?, lossless(row.get_ref(1)?))))
        .optional()
}

/// A column's text; of damaged bytes a text that no sound row has, for the hash to trip over.
fn lossless(value: rusqlite::types::ValueRef<'_>) -> String {
    match value.as_str() {
        Ok(text) => text.to_owned(),
        Err(_) => format!("{value:?}"),
    }
}

fn number(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<u64> {
    let stored: i64 = row.get(column)?;
    u64::try_from(stored).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, stored))
}

fn row_of(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    let text = |column: usize| row.get_ref(column).map(lossless);
    Ok(Row {
        seq: number(row, 0)?,
        format: row.get(1)?,
        slot: match row.get_ref(2)? {
            rusqlite::types::ValueRef::Null => None,
            value => Some(lossless(value)),
        },
        run: text(3)?,
        at: text(4)?,
        kind: text(5)?,
        body: text(6)?,
        prev: text(7)?,
        hash: text(8)?,
    })
}

fn rows_from(connection: &Connection, from: i64, count: i64) -> rusqlite::Result<Vec<Row>> {
    connection
        .prepare_cached(
            "SELECT seq, format, slot, run, at, kind, body, prev, hash
             FROM entries WHERE seq >= ?1 ORDER BY seq LIMIT ?2",
        )?
        .query_map([from, count], row_of)?
        .collect()
}

#[async_trait]
impl Store for Sqlite {
    async fn head(&self) -> Result<Option<Head>, StoreError> {
        let connection = self.lock();
        // Both reads of one moment: another process may append between them.
        let read = connection
            .unchecked_transaction()
            .and_then(|_moment| newest(&connection));
        read.map_err(|error| self.failed(error))?
    }

    async fn get(&self, from: u64, count: usize) -> Result<Vec<Row>, StoreError> {
        let Ok(from) = i64::try_from(from) else {
            return Ok(Vec::new());
        };
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        rows_from(&self.lock(), from, count).map_err(|error| self.failed(error))
    }

    async fn put(&self, batch: Batch<'_>) -> Put {
        write::put(&mut self.lock(), &self.path, batch)
    }

    async fn body(&self, hash: Hash) -> Result<Option<Vec<u8>>, StoreError> {
        let compressed: Option<Vec<u8>> = self
            .lock()
            .prepare_cached("SELECT compressed FROM bodies WHERE hash = ?1")
            .and_then(|mut statement| {
                statement
                    .query_row(params![hash.to_string()], |row| row.get(0))
                    .optional()
            })
            .map_err(|error| self.failed(error))?;
        compressed
            .map(|bytes| expand(&bytes))
            .transpose()
            .map_err(|error| StoreError::Corrupt(format!("body {hash}: {error}")))
    }
}

#[cfg(test)]
mod tests;
