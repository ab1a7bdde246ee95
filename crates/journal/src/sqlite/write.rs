//! One batch into the file, whole or not at all.

use std::path::Path;

use cycle::port::Body;
use rusqlite::ffi::ErrorCode;
use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use super::error::{code, is_lock};
use super::{SqliteError, newest};
use crate::body::compress;
use crate::store::{Batch, Put, StoreError};

/// How far a put had come when it failed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Before the commit: whatever happened, the transaction is rolled back.
    Before,
    /// In the commit: it may have reached the disk.
    Commit,
}

/// A put that is not done.
enum Stopped {
    Conflict,
    Unavailable(StoreError),
    Sqlite(Stage, rusqlite::Error),
}

impl From<rusqlite::Error> for Stopped {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(Stage::Before, error)
    }
}

pub(super) fn put(connection: &mut Connection, path: &Path, batch: Batch<'_>) -> Put {
    match try_put(connection, batch) {
        Ok(()) => Put::Done,
        Err(Stopped::Conflict) => Put::Conflict,
        Err(Stopped::Unavailable(error)) => Put::Unavailable(error),
        Err(Stopped::Sqlite(stage, error)) => answer(path, stage, error),
    }
}

fn try_put(connection: &mut Connection, batch: Batch<'_>) -> Result<(), Stopped> {
    // Compressing is the longest part and needs no lock.
    let packed = pack_new(connection, batch.bodies)?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    match newest(&transaction)? {
        Err(error) => return Err(Stopped::Unavailable(error)),
        Ok(head) if head != batch.expected => return Err(Stopped::Conflict),
        Ok(_) => {}
    }
    insert(&transaction, batch, &packed)?;
    transaction
        .commit()
        .map_err(|error| Stopped::Sqlite(Stage::Commit, error))
}

/// Hash and compressed bytes of the bodies that are not kept yet.
fn pack_new(connection: &Connection, bodies: &[Body]) -> rusqlite::Result<Vec<(String, Vec<u8>)>> {
    let mut packed = Vec::new();
    for body in bodies {
        let hash = body.reference.hash.to_string();
        let is_kept = connection
            .prepare_cached("SELECT 1 FROM bodies WHERE hash = ?1")?
            .exists(params![hash])?;
        if !is_kept {
            packed.push((hash, compress(&body.bytes)));
        }
    }
    Ok(packed)
}

fn insert(
    transaction: &Transaction<'_>,
    batch: Batch<'_>,
    packed: &[(String, Vec<u8>)],
) -> rusqlite::Result<()> {
    for (hash, compressed) in packed {
        transaction
            .prepare_cached("INSERT OR IGNORE INTO bodies (hash, compressed) VALUES (?1, ?2)")?
            .execute(params![hash, compressed])?;
    }
    for row in batch.rows {
        transaction
            .prepare_cached(
                "INSERT INTO entries (seq, format, slot, run, at, kind, body, prev, hash)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )?
            .execute(params![
                number(row.seq),
                row.format,
                row.slot,
                row.run,
                row.at,
                row.kind,
                row.body,
                row.prev,
                row.hash
            ])?;
    }
    if let Some(last) = batch.rows.last() {
        transaction
            .prepare_cached("INSERT OR REPLACE INTO head (only, seq, hash) VALUES (1, ?1, ?2)")?
            .execute(params![number(last.seq), last.hash])?;
    }
    Ok(())
}

/// SQLite counts in 63 bits; a chain that long ends in a refusal, not in a wrong number.
fn number(seq: u64) -> Option<i64> {
    i64::try_from(seq).ok()
}

/// What an error of SQLite says about the batch. A full disk and a read-only file leave nothing
/// behind even in a commit: the frames that would make it count were not written.
fn answer(path: &Path, stage: Stage, error: rusqlite::Error) -> Put {
    match code(&error) {
        Some(ErrorCode::ConstraintViolation) => Put::Conflict,
        Some(lock) if is_lock(lock) => {
            let error = SqliteError::from_sqlite(path, error);
            Put::Doubtful(format!("{error}; {}", error.hint()))
        }
        Some(ErrorCode::DiskFull | ErrorCode::ReadOnly) => {
            Put::Unavailable(SqliteError::from_sqlite(path, error).into())
        }
        _ if stage == Stage::Commit => {
            Put::Doubtful(SqliteError::from_sqlite(path, error).to_string())
        }
        _ => Put::Unavailable(SqliteError::from_sqlite(path, error).into()),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use rusqlite::ffi;

    use super::*;

    /// What a put answers to this code before and in its commit.
    pub(crate) fn answer_to(extended: i32) -> [&'static str; 2] {
        [Stage::Before, Stage::Commit].map(|stage| {
            let error = rusqlite::Error::SqliteFailure(ffi::Error::new(extended), None);
            match answer(Path::new("a.journal"), stage, error) {
                Put::Done => "done",
                Put::Conflict => "conflict",
                Put::Doubtful(_) => "doubtful",
                Put::Unavailable(_) => "unavailable",
            }
        })
    }
}
