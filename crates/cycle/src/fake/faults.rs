//! What a [`super::FakeBroker`] can be told to do wrong.

use market::Duration;

/// A kind of question to the broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Endpoint {
    /// Balances.
    Account,
    /// The owner's settings.
    Configuration,
    /// The market's clock.
    Clock,
    /// The calendar.
    Session,
    /// A symbol.
    Asset,
    /// Holdings.
    Positions,
    /// Listings of orders.
    Orders,
    /// One order by the broker's id.
    Order,
    /// One order by our id.
    OrderByClientId,
    /// Movements of cash.
    Flows,
}

/// What shall go wrong when the next order is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SubmitFault {
    /// No answer, and the order never arrived.
    LostBefore,
    /// No answer, and the order was taken.
    LostAfter,
    /// No answer; a frozen packet delivers the order so much later.
    Late(Duration),
    /// Refused, and not taken.
    Refused(&'static str),
    /// Refused by the answer, and taken all the same.
    RefusedButTaken(&'static str),
    /// The answer takes so long; the order is taken at once.
    Slow(Duration),
    /// Somebody has used the id for twice the amount.
    IdTaken,
}

/// What shall go wrong when the next cancel is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CancelFault {
    /// No answer, and nothing was cancelled.
    LostBefore,
    /// The cancel is taken and the order fills all the same.
    FillsFirst,
    /// The cancel is taken and nothing ever comes of it.
    Ignored,
}

/// How an order behaves once taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behaviour {
    /// Fills whole after the exchange's delay.
    Fills,
    /// Fills so many percent after the delay and then no more.
    FillsPart(u8),
    /// Stands and never fills.
    Stuck,
    /// Is refused by the exchange after the broker has taken it.
    Rejected,
    /// Is replaced by the owner by a like one after so many percent were filled; that one fills.
    Replaced(u8),
}
