//! Why a rule says no: every reason there is, and what it may stop.
//!
//! One list: a reason cannot be added without saying whether an exit may be stopped by it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a reason may stop (EXECUTION §6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// Every order, exits too.
    StopsAll,
    /// Orders that take risk; never one that reduces it.
    StopsEntries,
    /// No order of its own: no decision can be made, and what was decided before goes on.
    LeavesUndecided,
    /// Reduce-only orders, by the two rules they have of their own.
    BoundsExits,
}

/// Makes the reasons, the list of all of them and their effects from one table.
macro_rules! reasons {
    ($($(#[doc = $words:literal])+ $name:ident: $effect:ident,)+) => {
        /// Which rule stopped an order or a slot.
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize,
        )]
        pub enum Reason {
            $($(#[doc = $words])+ $name,)+
        }

        impl Reason {
            /// Every reason, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// What it may stop.
            #[must_use]
            pub const fn effect(self) -> Effect {
                match self {
                    $(Self::$name => Effect::$effect,)+
                }
            }
        }
    };
}

reasons! {
    /// Fewer closed hours than the averages need.
    NotWarm: LeavesUndecided,
    /// No price of today, or none near the slot.
    Stale: LeavesUndecided,
    /// No trade in the symbol for minutes.
    NotTrading: StopsAll,
    /// No source is usable.
    NoData: LeavesUndecided,
    /// Fewer usable sources than an entry asks for.
    MinSources: StopsEntries,
    /// Bars are missing that were perhaps never traded, perhaps lost.
    MissingBars: StopsEntries,
    /// The two prices lie too far apart.
    PriceDisagreement: StopsEntries,
    /// The price jumped too far from the last close.
    PriceJump: StopsEntries,
    /// A jump that looks like a split nobody has announced.
    SuspectedSplit: StopsAll,
    /// The account's movements of cash could not be read.
    FlowsUnread: StopsEntries,
    /// The account's settings at the broker could not be read.
    ConfigurationUnread: StopsEntries,
    /// The opening of an ex-date.
    ExDate: StopsAll,
    /// An asset class this program never trades is held.
    ForeignAsset: StopsEntries,
    /// Holdings of others are in the account and were not adopted.
    ForeignHoldings: StopsEntries,
    /// The market is closed by a clock or a calendar.
    MarketClosed: StopsAll,
    /// The calendars name different sessions.
    CalendarDisagreement: StopsEntries,
    /// The broker's clock and ours lie apart.
    ClockSkew: StopsEntries,
    /// The broker has blocked the account or the owner suspended it.
    AccountBlocked: StopsAll,
    /// The account is not the one the journal is bound to.
    WrongAccount: StopsAll,
    /// The broker's settings allow leverage or shorts.
    LeveredAccount: StopsEntries,
    /// The owner's halt: reduce-only.
    Halted: StopsEntries,
    /// The owner's freeze: nothing at all.
    Frozen: StopsAll,
    /// Live and not armed, or the arming ran out.
    NotArmed: StopsEntries,
    /// An order of an earlier slot in this symbol has no known end.
    UnsettledIntent: StopsAll,
    /// The symbol cannot be traded: not at the broker, or not by this program.
    NotTradable: StopsAll,
    /// The order's side is not the one of its leg.
    WrongSide: StopsAll,
    /// Attempts at one step of one slot.
    AttemptsPerStep: StopsAll,
    /// Orders this slot.
    OrdersPerSlot: StopsEntries,
    /// Orders today.
    OrdersPerDay: StopsEntries,
    /// Reduce-only orders today.
    ReduceOnlyPerDay: BoundsExits,
    /// A reduce-only order of more than is held or owed.
    NotReducing: BoundsExits,
    /// Round trips today.
    RoundTripsPerDay: StopsEntries,
    /// One order's value against equity.
    OrderNotional: StopsEntries,
    /// Exposure against equity.
    Exposure: StopsEntries,
    /// Loss since the previous close.
    DailyLoss: StopsEntries,
    /// Loss from the high-water mark.
    Drawdown: StopsEntries,
    /// Bid and ask too far apart, or not known.
    Spread: StopsEntries,
    /// An invariant was breached: reduce-only.
    InvariantBreached: StopsEntries,
    /// The time left does not reach for another order.
    OutOfTime: StopsAll,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}
