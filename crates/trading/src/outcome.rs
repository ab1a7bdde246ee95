//! How a slot ends: exactly one outcome each, every refusal with the limit, its value and what
//! was seen.

use std::fmt;

use serde::{Deserialize, Serialize};

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

/// Which rule stopped an order or a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Reason {
    /// Fewer closed hours than the averages need.
    NotWarm,
    /// No price of today, or none near the slot.
    Stale,
    /// No trade in the symbol for minutes.
    NotTrading,
    /// No source is usable.
    NoData,
    /// Fewer usable sources than an entry asks for.
    MinSources,
    /// The two prices lie too far apart.
    PriceDisagreement,
    /// The price jumped too far from the last close.
    PriceJump,
    /// A jump that looks like a split nobody has announced.
    SuspectedSplit,
    /// The account's movements of cash could not be read.
    FlowsUnread,
    /// The opening of an ex-date.
    ExDate,
    /// An asset class this program never trades is held.
    ForeignAsset,
    /// Holdings of others are in the account and were not adopted.
    ForeignHoldings,
    /// The market is closed by a clock or a calendar.
    MarketClosed,
    /// The calendars name different sessions.
    CalendarDisagreement,
    /// The broker's clock and ours lie apart.
    ClockSkew,
    /// The broker has blocked the account or the owner suspended it.
    AccountBlocked,
    /// The account is not the one the journal is bound to.
    WrongAccount,
    /// The broker's settings allow leverage or shorts.
    LeveredAccount,
    /// The owner's halt: reduce-only.
    Halted,
    /// The owner's freeze: nothing at all.
    Frozen,
    /// Live and not armed, or the arming ran out.
    NotArmed,
    /// An order of an earlier slot in this symbol has no known end.
    UnsettledIntent,
    /// The symbol cannot be traded at the broker.
    NotTradable,
    /// Orders this slot.
    OrdersPerSlot,
    /// Orders today.
    OrdersPerDay,
    /// Reduce-only orders today.
    ReduceOnlyPerDay,
    /// Round trips today.
    RoundTripsPerDay,
    /// One order's value against equity.
    OrderNotional,
    /// Exposure against equity.
    Exposure,
    /// Loss since the previous close.
    DailyLoss,
    /// Loss from the high-water mark.
    Drawdown,
    /// Bid and ask too far apart.
    Spread,
    /// An invariant was breached: reduce-only.
    InvariantBreached,
    /// The time left does not reach for another order.
    OutOfTime,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
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
