//! What happened on the account: fills, transfers, dividends, fees and splits.

use market::{Date, Instant, Money, Price, Shares, Symbol};
use rust_decimal::Decimal;

use super::order::{Side, Status};
use super::uuid::Uuid;

/// Something that happened on the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activity {
    /// The venue's name for it.
    pub id: Uuid,
    /// When it was booked.
    pub at: Instant,
    /// What.
    pub entry: Entry,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// Shares for dollars, or the other way round.
    Fill(Fill),
    /// Dollars alone.
    Cash(Cash),
    /// Shares alone.
    Split(SplitBooked),
}

/// One execution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fill {
    /// The order.
    pub order: Uuid,
    /// What was traded.
    pub symbol: Symbol,
    /// Which way.
    pub side: Side,
    /// Dollars per share.
    pub price: Price,
    /// Shares of this execution.
    pub quantity: Shares,
    /// Shares of the order so far.
    pub cumulative: Shares,
    /// Shares still to do, at this price.
    pub left: Shares,
    /// Where the order stood afterwards.
    pub status: Status,
}

/// Why dollars moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CashKind {
    /// Paid in.
    Deposit,
    /// Paid out.
    Withdrawal,
    /// A fund's dividend.
    Dividend,
    /// A fee of the broker or a regulator.
    Fee,
}

impl CashKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Deposit, Self::Withdrawal, Self::Dividend, Self::Fee];

    /// The broker's word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Deposit => "CSD",
            Self::Withdrawal => "CSW",
            Self::Dividend => "DIV",
            Self::Fee => "FEE",
        }
    }

    /// Whether dollars of this kind come in.
    #[must_use]
    pub const fn comes_in(self) -> bool {
        matches!(self, Self::Deposit | Self::Dividend)
    }
}

/// Dollars that came or went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cash {
    /// Why.
    pub kind: CashKind,
    /// Above zero when they came in.
    pub amount: Money,
    /// New York's date.
    pub date: Date,
    /// For which shares.
    pub shares: Option<(Symbol, Decimal)>,
}

/// Shares that a split added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SplitBooked {
    /// What was split.
    pub symbol: Symbol,
    /// Shares added; below zero when it took some.
    pub quantity: Decimal,
    /// New York's date.
    pub date: Date,
}

/// Dollars that cannot be booked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BookingError {
    /// The sign contradicts the kind.
    #[error("{} of {amount}: what comes in (CSD, DIV) is above zero, what goes out (CSW, FEE) below", kind.word())]
    Sign {
        /// The kind.
        kind: CashKind,
        /// What was given.
        amount: Money,
    },
}

impl Activity {
    /// The broker's word for it.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match &self.entry {
            Entry::Fill(_) => "FILL",
            Entry::Cash(cash) => cash.kind.word(),
            Entry::Split(_) => "SPLIT",
        }
    }
}
