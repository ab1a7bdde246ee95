//! The account as the broker shows it.

use std::fmt;

use market::{Decimal, Money};
use serde::{Deserialize, Serialize};

/// The broker's id of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AccountId(String);

impl AccountId {
    /// An id as the broker writes it.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The id's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Balances and state. What a broker may leave out is optional; what sizing needs is not: an
/// account without it is an error of the reader, never a zero.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// The broker's id.
    pub id: AccountId,
    /// Whether orders are accepted: active and not blocked in any of the broker's ways.
    pub block: Option<AccountBlock>,
    /// Settled and unsettled dollars; below zero when borrowed.
    pub cash: Money,
    /// Cash and market value of all holdings.
    pub equity: Money,
    /// What the broker would let us buy, possibly levered; only ever lowers a size.
    pub buying_power: Money,
    /// Recorded, never used for sizing.
    pub non_marginable_buying_power: Option<Money>,
    /// Fees owed and not yet booked.
    pub fees: Money,
    /// Leverage the broker grants: 1, 2 or 4.
    pub multiplier: Option<Decimal>,
    /// Equity at the previous close.
    pub last_equity: Option<Money>,
}

/// Why an account takes no orders.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AccountBlock(pub String);

impl fmt::Display for AccountBlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The owner's settings at the broker: the last fence against leverage and shorts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountConfiguration {
    /// Most leverage granted; 1 is an unlevered account.
    pub max_margin_multiplier: Option<Decimal>,
    /// Whether short sales are refused.
    pub no_shorting: Option<bool>,
    /// Whether fractions of shares may be traded.
    pub fractional_trading: Option<bool>,
    /// Whether the owner has suspended trading.
    pub suspend_trade: Option<bool>,
}

impl AccountConfiguration {
    /// Nothing is known of them.
    pub const UNKNOWN: Self = Self {
        max_margin_multiplier: None,
        no_shorting: None,
        fractional_trading: None,
        suspend_trade: None,
    };

    /// Whether a late duplicate buy or sell would meet "insufficient" at the broker.
    #[must_use]
    pub fn is_unlevered(&self) -> bool {
        self.max_margin_multiplier == Some(Decimal::ONE) && self.no_shorting == Some(true)
    }
}
