//! One trade: from the first share bought to the last one sold.

use market::{Money, Price, Shares};

/// Shares bought and, unless it is still open, sold again. Bars are indices into the series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trade {
    /// The bar of the first purchase.
    pub entry_bar: usize,
    /// Shares bought.
    pub shares: Shares,
    /// What they cost before slippage and fees.
    pub entry_value: Money,
    /// What was paid, slippage and fees included.
    pub cost: Money,
    /// What came back so far, slippage and fees taken off.
    pub proceeds: Money,
    /// What the shares sold so far were worth before slippage and fees.
    pub exit_value: Money,
    /// How it ended; `None` while shares are held.
    pub exit: Option<Exit>,
}

/// The end of a trade.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exit {
    /// The bar of the last sale.
    pub bar: usize,
    /// Proceeds less cost.
    pub pnl: Money,
}

impl Trade {
    /// Average price paid, before slippage and fees, in dollars.
    #[must_use]
    pub fn entry_price(&self) -> f64 {
        average(self.entry_value, self.shares)
    }

    /// Average price sold at, before slippage and fees, in dollars; `None` while open.
    #[must_use]
    pub fn exit_price(&self) -> Option<f64> {
        self.exit.map(|_| average(self.exit_value, self.shares))
    }

    /// Gain over cost; `None` while open.
    #[must_use]
    pub fn return_on_cost(&self) -> Option<f64> {
        self.exit.map(|exit| exit.pnl.to_f64() / self.cost.to_f64())
    }
}

/// Value over shares. One fill's value divides back to its price exactly.
fn average(value: Money, shares: Shares) -> f64 {
    let price = value
        .decimal()
        .checked_div(shares.decimal())
        .and_then(|price| Price::new(price).ok());
    price.map_or(f64::NAN, Price::to_f64)
}
