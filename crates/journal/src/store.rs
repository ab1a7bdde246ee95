//! What a place for rows must do: four calls, honest about what they do not know.
//!
//! A store knows nothing of records. It keeps rows in order, takes a batch whole or not at all,
//! and only on the head the batch was made for. It never retries: [`crate::Chain`] does, once for
//! all stores.

use std::sync::Arc;

use async_trait::async_trait;
use cycle::port::Body;
use trading::record::{Hash, Head};

use crate::row::Row;

/// What goes in one piece.
#[derive(Debug, Clone, Copy)]
pub struct Batch<'a> {
    /// The head it stands on, by number and hash; `None` for an empty chain.
    pub expected: Option<Head>,
    /// At least one row; numbers follow `expected` without gaps.
    pub rows: &'a [Row],
    /// Raw bodies to keep, each once per content. Their references are checked already.
    pub bodies: &'a [Body],
}

/// How a put was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Put {
    /// All of it is written, as durably as the store promises.
    Done,
    /// A condition failed or a row of that number exists. The cause may be an earlier put of the
    /// same batch whose answer was lost.
    Conflict,
    /// It may have been written, may be written yet, or may not: time-out, throttle, lock, lost
    /// connection. The text says which, for people.
    Doubtful(String),
    /// Certainly nothing was written and nothing will be, and this is why.
    Unavailable(StoreError),
}

/// Why a store cannot serve.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// It cannot be reached, read or written now; the text ends in what to do about it.
    #[error("{0}")]
    Unavailable(String),
    /// It holds what no store of this kind wrote.
    #[error("{0}")]
    Corrupt(String),
}

/// A place for rows and bodies.
#[async_trait]
pub trait Store: Send + Sync {
    /// Number and hash of the newest row; `None` when there is none. A consistent read.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn head(&self) -> Result<Option<Head>, StoreError>;

    /// The first `count` rows whose number is at least `from`, ascending; fewer only when there
    /// are no more. A consistent read. Rows come as they stand; the reader checks them.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn get(&self, from: u64, count: usize) -> Result<Vec<Row>, StoreError>;

    /// Writes all of `batch` or nothing, and only if the newest row is `batch.expected` by number
    /// **and** hash.
    async fn put(&self, batch: Batch<'_>) -> Put;

    /// The raw bytes kept under `hash`, expanded but unchecked; `None` when there are none.
    ///
    /// # Errors
    /// [`StoreError`]; bytes that cannot be expanded are [`StoreError::Corrupt`].
    async fn body(&self, hash: Hash) -> Result<Option<Vec<u8>>, StoreError>;
}

#[async_trait]
impl<S: Store + ?Sized> Store for Arc<S> {
    async fn head(&self) -> Result<Option<Head>, StoreError> {
        (**self).head().await
    }

    async fn get(&self, from: u64, count: usize) -> Result<Vec<Row>, StoreError> {
        (**self).get(from, count).await
    }

    async fn put(&self, batch: Batch<'_>) -> Put {
        (**self).put(batch).await
    }

    async fn body(&self, hash: Hash) -> Result<Option<Vec<u8>>, StoreError> {
        (**self).body(hash).await
    }
}
