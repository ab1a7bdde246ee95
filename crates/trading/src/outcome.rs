//! How a slot ends: exactly one outcome each, every refusal with the limit, its value and what
//! was seen.

use std::fmt;

use serde::{Deserialize, Serialize};

pub use crate::reason::{Effect, Reason};

/// What became of a slot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", content = "detail", rename_all = "snake_case")]
pub enum Outcome {
    /// Orders were filled, in whole or in part.
    Traded,
    /// Nothing was to be done, and this is why.
    Held(Held),
    /// Something was to be done, or might have been, and a rule forbade it.
    Refused(Refusal),
    /// The slot could not be carried through.
    Failed(String),
    /// Nobody ran the slot in time.
    Missed,
}

impl Outcome {
    /// The outcome's one word: `traded`, `held`, `refused`, `failed`, `missed`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Traded => "traded",
            Self::Held(_) => "held",
            Self::Refused(_) => "refused",
            Self::Failed(_) => "failed",
            Self::Missed => "missed",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Traded => f.write_str("traded"),
            Self::Held(why) => write!(f, "held: {why}"),
            Self::Refused(refusal) => write!(f, "refused: {refusal}"),
            Self::Failed(error) => write!(f, "failed: {error}"),
            Self::Missed => f.write_str("missed"),
        }
    }
}

/// Why nothing was to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Held {
    /// The signal is neutral and no sale is open.
    NoSignal,
    /// The portfolio already is what the target asks for.
    AtTarget,
    /// What could be bought is smaller than the rebalance band or one dollar or one share.
    InsideBand,
    /// The session's one top-up was made.
    ToppedUp,
    /// Bullish on the primary source, not on another: agreement is wanted to buy.
    Disagreed,
    /// Nothing was filled before its deadline.
    Unfilled,
    /// What is to be sold is reserved at the broker and no open order shows why.
    Unavailable,
    /// The traded symbol has no price to size an order with.
    NoPrice,
    /// The account's holdings are foreign and the owner has not adopted them.
    NotAdopted,
}

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoSignal => "no signal",
            Self::AtTarget => "already at the target",
            Self::InsideBand => "too little to buy",
            Self::ToppedUp => "topped up once this session",
            Self::Disagreed => "sources disagree",
            Self::Unfilled => "nothing filled in time",
            Self::Unavailable => "the shares to sell are not free",
            Self::NoPrice => "no price to size an order with",
            Self::NotAdopted => "the account's holdings are not adopted",
        })
    }
}

/// A rule that said no: which, its value, and the value seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The rule.
    pub reason: Reason,
    /// What the rule allows.
    pub limit: String,
    /// What was seen instead.
    pub seen: String,
}

impl Refusal {
    /// A refusal by `reason`.
    #[must_use]
    pub fn new(reason: Reason, limit: impl Into<String>, seen: impl Into<String>) -> Self {
        Self {
            reason,
            limit: limit.into(),
            seen: seen.into(),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}; seen: {})", self.reason, self.limit, self.seen)
    }
}
