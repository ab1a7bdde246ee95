//! Money that moved without an order: what loss limits must not take for a loss or a gain.

use market::{Instant, Money};
use serde::{Deserialize, Serialize};

/// One movement of cash that no order of ours made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CashFlow {
    /// The broker's id of it; never twice for two movements.
    pub id: String,
    /// What it was.
    pub kind: FlowKind,
    /// Dollars into the account; below zero out of it.
    pub amount: Money,
    /// When the broker booked it; New York midnight of the day where it tells only that.
    pub at: Instant,
}

/// Why cash moved.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FlowKind {
    /// The owner's deposit or withdrawal.
    Transfer,
    /// A distribution of a holding, or tax on one.
    Dividend,
    /// The broker's or a regulator's charge.
    Fee,
    /// On cash, or on cash owed.
    Interest,
    /// Something else, in the broker's word for it.
    Other(String),
}

impl std::fmt::Display for FlowKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Self::Transfer => "transfer",
            Self::Dividend => "dividend",
            Self::Fee => "fee",
            Self::Interest => "interest",
            Self::Other(word) => word,
        })
    }
}
