//! Journal files, opened for what a command needs of them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use connectors::clock::SystemClock;
use cycle::port::{Clock, Journal};
use journal::Chain;
use journal::sqlite::{Durability, Sqlite, SqliteError};
use trading::record::{Binding, Record};

use crate::chronicle::unreadable;
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
        Ok(Self { path, chain: Chain::new(store, Arc::new(SystemClock::new())) })
    }
}

/// Opens or begins the journal at `path` for a runner.
///
/// # Errors
/// When it cannot be written or is something else.
pub(crate) fn for_runner(path: &Path, durability: Durability, clock: Arc<dyn Clock>) -> Outcome<Chain<Sqlite>> {
    let store = Sqlite::create(path, durability).map_err(refused)?;
    Ok(Chain::new(store, clock))
}

/// The newest numbered journal bound to this account and host; files that cannot be read are
/// passed by.
pub(crate) async fn newest_bound_to(account: &str, host: &str) -> Option<PathBuf> {
    for path in places::numbered() {
        let Ok(found) = ReadOnly::open(path) else { continue };
        if let Ok(Some(binding)) = binding(&found.chain).await
            && binding.account.as_str() == account
            && binding.host == host
        {
            return Some(found.path);
        }
    }
    None
}

/// Whose chain it is; `None` for an empty one.
///
/// # Errors
/// When the chain cannot be read.
pub(crate) async fn binding(journal: &dyn Journal) -> Outcome<Option<Binding>> {
    let first = journal.read(1, 1).await.map_err(unreadable)?;
    Ok(first.into_iter().find_map(|entry| match entry.record {
        Record::Bound(binding) => Some(binding),
        _ => None,
    }))
}

#[expect(clippy::needless_pass_by_value, reason = "handed over by map_err")]
fn refused(error: SqliteError) -> Fault {
    Fault::input(&error).hint(error.hint())
}
