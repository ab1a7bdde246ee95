//! Where quotes come from: bid and ask, for the limit on the spread.

use async_trait::async_trait;
use market::Symbol;
use trading::spread::Quote;

use super::{ReadError, Reply};

/// A vendor of quotes.
#[async_trait]
pub trait QuoteSource: Send + Sync {
    /// The newest quote, whatever it is worth; `None` when the vendor says there is none.
    ///
    /// # Errors
    /// [`ReadError`], by whether asking again can help.
    async fn quote(&self, symbol: &Symbol) -> Result<Reply<Option<Quote>>, ReadError>;
}
