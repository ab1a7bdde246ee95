//! The journal: log, lock, audit and replay in one append-only chain.
//!
//! The journal is the lock. An append is a compare-and-swap on the head, all its records or none.
//! The adapter resolves doubt itself: a conflict, throttle or time-out is read back until that
//! number shows our record (won), another (lost), or nothing (the same record is put again).

use async_trait::async_trait;
use market::Instant;
use market::calendar::Slot;
use trading::record::{Entry, Hash, Head, Record, RunId};

use super::Body;

/// What is to be appended, in one piece.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// The head it stands on; `None` begins the chain.
    pub expected: Option<Head>,
    /// The slot, where there is one.
    pub slot: Option<Slot>,
    /// Who writes.
    pub run: RunId,
    /// When.
    pub at: Instant,
    /// The records, in order; at least one.
    pub records: Vec<Record>,
    /// Raw bodies the records cite, kept beside the chain once per content.
    pub bodies: Vec<Body>,
}

/// Why an append or a read came to nothing, by what the caller must do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JournalError {
    /// Another record stands where ours was to be: read it and decide anew.
    #[error("another run wrote record {seq} first")]
    Lost {
        /// The number that was taken.
        seq: u64,
    },
    /// Whether the append happened is not known, and reading back did not tell in time. Nothing
    /// may be sent and nothing appended elsewhere.
    #[error("whether record {seq} was written is not known: {why}")]
    Unknown {
        /// The number in doubt.
        seq: u64,
        /// What went wrong.
        why: String,
    },
    /// The store cannot be read or written: disk full, read-only, permissions, connection.
    #[error("{0}")]
    Unavailable(String),
    /// What stands there is not what was written: a broken chain, a foreign file.
    #[error("{0}")]
    Corrupt(String),
}

/// The chain, as the cycle uses it.
#[async_trait]
pub trait Journal: Send + Sync {
    /// The newest record's number and hash; `None` for an empty chain. A consistent read.
    ///
    /// # Errors
    /// [`JournalError`].
    async fn head(&self) -> Result<Option<Head>, JournalError>;

    /// Up to `count` records from number `from` on, in order; fewer only at the end of the
    /// chain. A consistent read; each link read is checked against its hash.
    ///
    /// # Errors
    /// [`JournalError`].
    async fn read(&self, from: u64, count: usize) -> Result<Vec<Entry>, JournalError>;

    /// Appends all records of `draft` or none; returns the entries as they now stand.
    ///
    /// # Errors
    /// [`JournalError::Lost`] when another was first, [`JournalError::Unknown`] when doubt
    /// remains after reading back.
    async fn append(&self, draft: &Draft) -> Result<Vec<Entry>, JournalError>;

    /// A raw body by its hash; `None` when pruned or never kept.
    ///
    /// # Errors
    /// [`JournalError`].
    async fn body(&self, hash: Hash) -> Result<Option<Vec<u8>>, JournalError>;
}
