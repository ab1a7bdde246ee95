//! Outcomes as people read them. `Display` names the rule as programs and this manual know it; these
//! sentences are for tables, closing lines and alerts.

use crate::outcome::{Outcome, Reason, Refusal};

impl Outcome {
    /// The outcome as people read it; `Display` names the rule as programs know it.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Refused(refusal) => format!("refused: {}", refusal.words()),
            other => other.to_string(),
        }
    }
}

impl Refusal {
    /// The refusal as people read it: what was found, and against which limit where that tells
    /// them something.
    #[must_use]
    pub fn words(&self) -> String {
        let Self {
            reason,
            limit,
            seen,
        } = self;
        let found = reason.words();
        match reason {
            Reason::NotWarm => format!("{found}: {seen} of {limit}"),
            // Their limit is that there be none.
            Reason::Halted
            | Reason::Frozen
            | Reason::NoData
            | Reason::FlowsUnread
            | Reason::ConfigurationUnread
            | Reason::SuspectedSplit => format!("{found}: {seen}"),
            _ => format!("{found}: {limit}; seen: {seen}"),
        }
    }
}

impl Reason {
    /// What the rule found, as people say it.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::NotWarm => "still warming up",
            Self::Stale => "no fresh price",
            Self::NotTrading => "the symbol is not trading",
            Self::NoData => "no source of bars is usable",
            Self::MinSources => "too few usable sources to buy on",
            Self::MissingBars => "bars are missing and may have been lost",
            Self::PriceDisagreement => "two prices lie too far apart",
            Self::PriceJump => "the price jumped too far",
            Self::SuspectedSplit => "a jump that looks like a split",
            Self::FlowsUnread => "the account's movements of cash could not be read",
            Self::ConfigurationUnread => "the account's settings could not be read",
            Self::ExDate => "the opening of an ex-date",
            Self::ForeignAsset => "the account holds what is never traded here",
            Self::ForeignHoldings => "the account holds what nobody has adopted",
            Self::MarketClosed => "the market is closed",
            Self::CalendarDisagreement => "the broker names other hours for the session",
            Self::ClockSkew => "this machine's clock is off",
            Self::AccountBlocked => "the account is blocked",
            Self::WrongAccount => "this is another account",
            Self::LeveredAccount => "the account allows margin or shorts",
            Self::Halted => "halted",
            Self::Frozen => "frozen",
            Self::NotArmed => "not armed for real money",
            Self::UnsettledIntent => "an earlier order has no known end",
            Self::NotTradable => "the broker does not trade the symbol",
            Self::WrongSide => "the order's side is not its leg's",
            Self::AttemptsPerStep => "too many attempts at one step",
            Self::NotReducing => "a sale of more than is held",
            Self::OrdersPerSlot => "too many orders in one slot",
            Self::OrdersPerDay => "too many orders today",
            Self::ReduceOnlyPerDay => "too many sales today",
            Self::RoundTripsPerDay => "too many round trips today",
            Self::OrderNotional => "the order is too large",
            Self::Exposure => "more than the account may hold",
            Self::DailyLoss => "too much lost today",
            Self::Drawdown => "too far below the highest value",
            Self::Spread => "bid and ask lie too far apart",
            Self::InvariantBreached => "an invariant was breached",
            Self::OutOfTime => "no time left for another order",
        }
    }

    /// Whether the rule stops sales as well and goes on doing so until the owner has acted.
    #[must_use]
    pub const fn strands(self) -> bool {
        matches!(
            self,
            Self::SuspectedSplit
                | Self::AccountBlocked
                | Self::WrongAccount
                | Self::Frozen
                | Self::UnsettledIntent
                | Self::NotTradable
                | Self::ReduceOnlyPerDay
        )
    }
}
