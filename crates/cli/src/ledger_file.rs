//! Journal files, opened for what a command needs of them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use connectors::clock::SystemClock;
use cycle::port::{Clock, Journal, JournalError};
use journal::sqlite::{Durability, Sqlite, SqliteError};
use journal::{Chain, Memory};
use market::Instant;
use trading::record::{Binding, Record};

use crate::fault::{Fault, Outcome};
use crate::places;

/// A chain that is only read, and the file it is in.
pub(crate) struct ReadOnly {
    /// The file.
    pub(crate) path: PathBuf,
    /// The chain.
    pub(crate) chain: Chain<Sqlite>,
}

impl ReadOnly {
    /// Opens the journal at `path`; a runner may be at work on it.
    ///
    /// # Errors
    /// When it is not there or no journal.
    pub(crate) fn open(path: PathBuf) -> Outcome<Self> {
        let store = Sqlite::read_only(&path).map_err(refused)?;
        Ok(Self {
            path,
            chain: Chain::new(store, Arc::new(SystemClock::new())),
        })
    }
}

/// The chain at `path` to look at, else an empty one in memory: nothing is written either way.
///
/// # Errors
/// As [`ReadOnly::open`].
pub(crate) fn to_look_at(
    path: Option<PathBuf>,
    clock: &Arc<dyn Clock>,
) -> Outcome<Arc<dyn Journal>> {
    match path {
        Some(path) => Ok(Arc::new(ReadOnly::open(path)?.chain)),
        None => Ok(Arc::new(Chain::new(Memory::new(), clock.clone()))),
    }
}

/// Opens or begins the journal at `path` for a runner.
///
/// # Errors
/// When it cannot be written or is something else.
pub(crate) fn for_runner(
    path: &Path,
    durability: Durability,
    clock: Arc<dyn Clock>,
) -> Outcome<Chain<Sqlite>> {
    let store = Sqlite::create(path, durability).map_err(refused)?;
    Ok(Chain::new(store, clock))
}

/// Opens the journal at `path` for a switch: it must be there, and a runner may be at work on it.
/// Whatever the venue, a switch that is done is on disk.
///
/// # Errors
/// When it is not there, cannot be written or is something else.
pub(crate) fn for_switch(path: &Path) -> Outcome<Chain<Sqlite>> {
    let store = Sqlite::open(path, Durability::Full).map_err(refused)?;
    Ok(Chain::new(store, Arc::new(SystemClock::new())))
}

/// The newest numbered journal that `wanted` begins and that does not lie ahead of `now`.
///
/// An exchange started anew with the same seed has the same account, its clock set back: a journal
/// whose newest record lies ahead of that clock is of an earlier one. Files that cannot be read are
/// passed by.
pub(crate) async fn newest_of(wanted: &Binding, now: Instant) -> Option<PathBuf> {
    for path in places::numbered() {
        let Ok(found) = ReadOnly::open(path) else {
            continue;
        };
        if is_of(&found.chain, wanted, now).await.unwrap_or(false) {
            return Some(found.path);
        }
    }
    None
}

async fn is_of(
    journal: &dyn Journal,
    wanted: &Binding,
    now: Instant,
) -> Result<bool, JournalError> {
    let Some(head) = journal.head().await? else {
        return Ok(false);
    };
    let first = journal.read(1, 1).await?;
    let newest = journal.read(head.seq, 1).await?;
    let is_bound = first
        .iter()
        .any(|entry| matches!(&entry.record, Record::Bound(binding) if binding == wanted));
    Ok(is_bound && newest.iter().all(|entry| entry.at <= now))
}

#[expect(clippy::needless_pass_by_value, reason = "handed over by map_err")]
fn refused(error: SqliteError) -> Fault {
    Fault::input(&error).hint(error.hint())
}
