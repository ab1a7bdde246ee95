//! The switches within reach of a page: a port, so that the pages own no store.

use async_trait::async_trait;
use trading::record::HaltLevel;

/// A halt that the owner asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Halt {
    /// How far.
    pub level: HaltLevel,
    /// Whether everything held is sold first.
    pub flatten: bool,
    /// Why, in the owner's words.
    pub reason: String,
}

/// Why a switch was not thrown, for the owner's eyes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unswitched(pub String);

/// Throws switches in the journal that the desk shows.
#[async_trait]
pub trait Switchboard: Send + Sync {
    /// Halts; holds already when it did.
    ///
    /// # Errors
    /// [`Unswitched`], in words with a remedy.
    async fn halt(&self, halt: Halt) -> Result<(), Unswitched>;

    /// Lifts the halt, with a note for the record.
    ///
    /// # Errors
    /// [`Unswitched`], in words with a remedy.
    async fn resume(&self, note: String) -> Result<(), Unswitched>;
}
