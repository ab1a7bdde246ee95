//! Where a chain is: in a file, or in a table on AWS (feature `aws`).
//!
//! A table is named like a file, `dynamodb:TABLE`, by the configuration and by `--journal`. What
//! looks at a chain or throws a switch works on both; what copies or prunes a file says what a table
//! has instead.

use std::path::Path;

use async_trait::async_trait;
use journal::sqlite::Sqlite;
use journal::{Batch, Put, Row, Store, StoreError};
use trading::record::{Hash, Head};

use crate::fault::{Fault, Outcome};

/// What a table's name begins with.
const TABLE: &str = "dynamodb:";

/// A file or a table.
#[derive(Clone)]
pub(crate) enum LedgerStore {
    /// A file.
    File(Sqlite),
    /// A table.
    #[cfg(feature = "aws")]
    Table(Box<aws::Table>),
}

/// The table that a journal's name stands for; `None` for a file's path.
pub(crate) fn table_in(journal: &Path) -> Option<&str> {
    journal.to_str()?.strip_prefix(TABLE)
}

/// A fault where `journal` is a table: what only files have is asked for.
///
/// # Errors
/// Then.
pub(crate) fn refuse_table(journal: &Path, hint: &str) -> Outcome<()> {
    match table_in(journal) {
        Some(table) => {
            Err(Fault::input(format!("{table}: the journal is a table on AWS")).hint(hint))
        }
        None => Ok(()),
    }
}

impl LedgerStore {
    /// The table called `name`, by the environment's access to AWS.
    ///
    /// # Errors
    /// When this build reads no tables, or the environment says nothing of an account.
    #[cfg(feature = "aws")]
    pub(crate) fn table(name: &str) -> Outcome<Self> {
        let access = crate::environment::aws_access().map_err(Fault::input)?;
        let clock = std::sync::Arc::new(connectors::clock::SystemClock::new());
        let client = aws::Client::new(access, clock).map_err(Fault::input)?;
        Ok(Self::Table(Box::new(aws::Table::new(client, name))))
    }

    /// The same, where it cannot be.
    ///
    /// # Errors
    /// Always.
    #[cfg(not(feature = "aws"))]
    pub(crate) fn table(name: &str) -> Outcome<Self> {
        Err(Fault::input(format!(
            "dynamodb:{name}: this build reads no tables on AWS"
        ))
        .hint("build it in: cargo install --path crates/cli --features aws"))
    }

    /// The file.
    ///
    /// # Errors
    /// For a table, with what a table has instead.
    #[cfg_attr(
        not(feature = "aws"),
        expect(clippy::unnecessary_wraps, reason = "a build with tables needs it")
    )]
    pub(crate) fn file(&self) -> Outcome<&Sqlite> {
        match self {
            Self::File(store) => Ok(store),
            #[cfg(feature = "aws")]
            Self::Table(table) => Err(Fault::input(format!(
                "{}: the journal is a table on AWS",
                table.name()
            ))
            .hint("a table can be restored to any second of the last 35 days, and keeps every body: docs/aws.md")),
        }
    }
}

#[async_trait]
impl Store for LedgerStore {
    async fn head(&self) -> Result<Option<Head>, StoreError> {
        match self {
            Self::File(store) => store.head().await,
            #[cfg(feature = "aws")]
            Self::Table(table) => table.head().await,
        }
    }

    async fn get(&self, from: u64, count: usize) -> Result<Vec<Row>, StoreError> {
        match self {
            Self::File(store) => store.get(from, count).await,
            #[cfg(feature = "aws")]
            Self::Table(table) => table.get(from, count).await,
        }
    }

    async fn put(&self, batch: Batch<'_>) -> Put {
        match self {
            Self::File(store) => store.put(batch).await,
            #[cfg(feature = "aws")]
            Self::Table(table) => table.put(batch).await,
        }
    }

    async fn body(&self, hash: Hash) -> Result<Option<Vec<u8>>, StoreError> {
        match self {
            Self::File(store) => store.body(hash).await,
            #[cfg(feature = "aws")]
            Self::Table(table) => table.body(hash).await,
        }
    }
}
