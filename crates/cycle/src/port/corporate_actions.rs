//! What companies and funds did to their shares.

use async_trait::async_trait;
use market::{Date, Split, Symbol};

use super::{ReadError, Reply};

/// A vendor that announces splits.
#[async_trait]
pub trait CorporateActions: Send + Sync {
    /// The splits of `symbol` with ex-dates from `from` to `to`, both included, oldest first. None
    /// is an empty list only when the vendor said so.
    ///
    /// # Errors
    /// [`ReadError`], by whether asking again can help.
    async fn splits(
        &self,
        symbol: &Symbol,
        from: Date,
        to: Date,
    ) -> Result<Reply<Vec<Split>>, ReadError>;
}
