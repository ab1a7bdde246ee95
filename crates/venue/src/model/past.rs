//! What the account was worth at earlier moments, told from the ledger and the prices.

use market::{Instant, Money};

use super::Venue;
use super::account::Books;

impl Venue {
    /// Dollars in all at each of some moments, in the order asked for, oldest first. A moment to
    /// come counts as now; before anything happened there is the cash of the start.
    #[must_use]
    pub fn equities(&self, moments: impl IntoIterator<Item = Instant>) -> Vec<Money> {
        let mut books = Books::of_cash(self.config.cash);
        let mut ledger = self.ledger.iter().peekable();
        let value = |at: Instant| {
            let at = at.min(self.now);
            while let Some(row) = ledger.next_if(|row| row.at <= at) {
                books.take(row);
            }
            let (long, short) = self.market_values(&books, at);
            books.cash + long + short
        };
        moments.into_iter().map(value).collect()
    }
}
