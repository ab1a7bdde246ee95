//! Where the price comes from: only from sources that tell its time.

use async_trait::async_trait;
use market::Symbol;
use trading::observation::{PricePoint, SourceName};

use super::{ReadError, Reply};

/// A vendor of timed prices.
#[async_trait]
pub trait PriceSource: Send + Sync {
    /// Its name in configuration and records.
    fn name(&self) -> SourceName;

    /// The newest trade or one-minute close; `None` when the vendor says there is none.
    ///
    /// # Errors
    /// [`ReadError`], by whether asking again can help.
    async fn price(&self, symbol: &Symbol) -> Result<Reply<Option<PricePoint>>, ReadError>;
}
