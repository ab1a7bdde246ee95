//! Journal files, opened for what a command needs of them.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chronicle::{ChronicleError, standing};
use connectors::clock::SystemClock;
use cycle::port::{Clock, Journal, JournalError};
use journal::sqlite::{Durability, Sqlite, SqliteError};
use journal::{Chain, Memory};
use trading::account::AccountId;
use trading::record::Record;
use trading::state::State;

use crate::fault::{Fault, Outcome};
use crate::ledger_store::{LedgerStore, refuse_table, table_in};
use crate::places;

/// What to do about a journal that is not what was written.
pub(crate) const DAMAGED: &str = "keep this file aside and restore a backup of it; `tqqq journal verify` counts the records before the damage";

/// What to do about a journal that cannot be reached.
const UNREACHABLE: &str = "see that disk and folder can be written and have room, and that no other program holds the file; then try again";

/// A chain that cannot be read, as the end of a command.
pub(crate) fn unreadable(error: JournalError) -> Fault {
    match error {
        JournalError::Corrupt(why) => Fault::input(why).hint(DAMAGED),
        other => Fault::failed(other).hint_unless_there(UNREACHABLE),
    }
}

impl From<ChronicleError> for Fault {
    fn from(error: ChronicleError) -> Self {
        match error {
            ChronicleError::Journal(error) => unreadable(error),
            ChronicleError::Calendar(error) => error.into(),
        }
    }
}

/// A chain that is only read, and the file it is in, or `dynamodb:` and the table.
pub(crate) struct ReadOnly {
    /// The file.
    pub(crate) path: PathBuf,
    /// The chain.
    pub(crate) chain: Chain<LedgerStore>,
}

impl ReadOnly {
    /// The fault, said to be in this file where it does not say so itself.
    pub(crate) fn locate(&self, fault: Fault) -> Fault {
        let place = self.path.display().to_string();
        if fault.to_string().contains(&place) {
            fault
        } else {
            fault.at(place)
        }
    }

    /// Opens the journal at `path`; a runner may be at work on it.
    ///
    /// # Errors
    /// When it is not there or no journal.
    pub(crate) fn open(path: PathBuf) -> Outcome<Self> {
        let store = match table_in(&path) {
            Some(table) => LedgerStore::table(table)?,
            None => LedgerStore::File(Sqlite::read_only(&path).map_err(refused)?),
        };
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

/// Opens or begins the journal at `path` for a runner, every link of it checked: an engine reads
/// back no further than to the newest closed slot, and would trade on a chain damaged before it.
///
/// # Errors
/// When it cannot be written, is something else, or is damaged.
pub(crate) async fn for_runner(
    path: &Path,
    durability: Durability,
    clock: Arc<dyn Clock>,
) -> Outcome<Chain<Sqlite>> {
    refuse_table(
        path,
        "the Lambda trades on it; give a runner on this machine a journal in a file",
    )?;
    refuse_emptied(path)?;
    let store = Sqlite::create(path, durability).map_err(refused)?;
    let chain = Chain::new(store, clock);
    match journal::check_links(chain.store()).await {
        Ok(None) => Ok(chain),
        Ok(Some(defect)) => {
            let held = by_hand(&chain).await;
            Err(
                Fault::input(format!("{}: {defect}", path.display())).hint(format!(
                    "no order is sent on a damaged journal; {held}; {DAMAGED}"
                )),
            )
        }
        Err(error) => Err(Fault::failed(error)),
    }
}

/// A file that is there and holds nothing was emptied, or cut off in its first moment. To begin a
/// chain in it would forget orders that may stand at the broker.
fn refuse_emptied(path: &Path) -> Outcome<()> {
    match fs::metadata(path) {
        Ok(facts) if facts.is_file() && facts.len() == 0 => {
            let path = path.to_owned();
            Err(Fault::input(SqliteError::Empty { path }).hint(
                "if it was a journal, restore a backup of it; if it never was one, remove the file",
            ))
        }
        // What is not there is made, and what cannot be looked at says so when it is opened.
        _ => Ok(()),
    }
}

/// What the owner must know of the holdings when the chain is damaged: from its end, where that
/// can still be read.
async fn by_hand(chain: &Chain<Sqlite>) -> String {
    let newest = match chain.head().await {
        Ok(head) => standing::state(chain, head).await.ok(),
        Err(_) => None,
    };
    match newest.as_ref().map(State::by_hand) {
        Some(Some(held)) => held,
        Some(None) => "nothing was held when it was last written".to_owned(),
        None => "look at the broker what the account holds".to_owned(),
    }
}

/// Opens the journal at `path` for a switch: it must be there, and a runner may be at work on it.
/// Whatever the venue, a switch that is done is on disk.
///
/// # Errors
/// When it is not there, cannot be written or is something else.
pub(crate) fn for_switch(path: &Path) -> Outcome<Chain<LedgerStore>> {
    let store = match table_in(path) {
        Some(table) => LedgerStore::table(table)?,
        None => LedgerStore::File(Sqlite::open(path, Durability::Full).map_err(refused)?),
    };
    Ok(Chain::new(store, Arc::new(SystemClock::new())))
}

/// The newest numbered journal of `account` at `host`. Files that cannot be read are passed by.
pub(crate) async fn newest_of(account: &AccountId, host: &str) -> Option<PathBuf> {
    for path in places::numbered() {
        let Ok(found) = ReadOnly::open(path) else {
            continue;
        };
        if is_of(&found.chain, account, host).await.unwrap_or(false) {
            return Some(found.path);
        }
    }
    None
}

/// The words beside the binding are for people: an exchange is the same by whatever name of this
/// machine it is reached.
async fn is_of(
    journal: &dyn Journal,
    account: &AccountId,
    host: &str,
) -> Result<bool, JournalError> {
    let first = journal.read(1, 1).await?;
    Ok(first.iter().any(|entry| {
        matches!(&entry.record, Record::Bound(bound) if &bound.account == account && bound.host == host)
    }))
}

/// What is wrong with a journal's file, as the end of a command.
#[expect(clippy::needless_pass_by_value, reason = "handed over by map_err")]
pub(crate) fn refused(error: SqliteError) -> Fault {
    Fault::input(&error).hint(error.hint())
}
