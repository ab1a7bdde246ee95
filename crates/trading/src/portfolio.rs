//! Everything held and everything open, seen at one moment.

use market::{Decimal, Instant, Money, Price, Shares, Symbol};
use serde::{Deserialize, Serialize};

use crate::account::Account;
use crate::order::OrderReport;

/// Long or short.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Shares held.
    Long,
    /// Shares owed.
    Short,
}

/// One holding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// What is held.
    pub symbol: Symbol,
    /// Whether it is a US equity; options, crypto and the rest are never traded.
    pub is_us_equity: bool,
    /// Held or owed.
    pub direction: Direction,
    /// Shares held or owed.
    pub quantity: Shares,
    /// Shares not reserved by open orders.
    pub available: Shares,
    /// Average price paid, where the broker tells.
    pub average_entry_price: Option<Price>,
    /// Value, negative when short, where the broker tells.
    pub market_value: Option<Money>,
}

/// Account, holdings and open orders together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Portfolio {
    /// When the last of its parts was asked for.
    pub at: Instant,
    /// Balances and state.
    pub account: Account,
    /// All holdings, by symbol.
    pub positions: Vec<Position>,
    /// All open orders, ours and foreign.
    pub open_orders: Vec<OrderReport>,
}

impl Portfolio {
    /// The holding in `symbol`.
    #[must_use]
    pub fn position(&self, symbol: &Symbol) -> Option<&Position> {
        self.positions
            .iter()
            .find(|position| &position.symbol == symbol)
    }

    /// Shares of `symbol` held long; none when flat or short.
    #[must_use]
    pub fn long(&self, symbol: &Symbol) -> Shares {
        self.position(symbol)
            .filter(|position| position.direction == Direction::Long)
            .map_or(Shares::ZERO, |position| position.quantity)
    }

    /// Shares of `symbol` owed; none when flat or long.
    #[must_use]
    pub fn short(&self, symbol: &Symbol) -> Shares {
        self.position(symbol)
            .filter(|position| position.direction == Direction::Short)
            .map_or(Shares::ZERO, |position| position.quantity)
    }

    /// Whether anything is held that this program never trades.
    pub fn foreign_assets(&self) -> impl Iterator<Item = &Position> {
        self.positions
            .iter()
            .filter(|position| !position.is_us_equity)
    }

    /// US equities held other than `symbol`.
    pub fn other_equities<'a>(&'a self, symbol: &'a Symbol) -> impl Iterator<Item = &'a Position> {
        self.positions
            .iter()
            .filter(move |position| position.is_us_equity && &position.symbol != symbol)
    }

    /// Value of `symbol` held, at `price`, as a ratio of equity; `None` without equity.
    #[must_use]
    pub fn exposure(&self, symbol: &Symbol, price: Price) -> Option<Decimal> {
        (price * self.long(symbol)).ratio_of(self.account.equity)
    }
}
