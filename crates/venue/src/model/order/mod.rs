//! Orders: what is asked for, and what became of it.

mod life;
mod rules;

use market::{Instant, Money, Price, Shares, Symbol};
use rust_decimal::{Decimal, RoundingStrategy};

pub use life::{Happening, Status};
pub use rules::{CLIENT_ORDER_ID_LENGTH_MAX, NOTIONAL_MIN_CENTS};
pub(super) use rules::{check, is_sub_penny};

use super::config::{HaltShown, NotionalFill};
use super::uuid::Uuid;
use crate::fault::Stuck;

/// What a notional order may keep back, in cents.
const KEPT_BACK_CENTS: i64 = 1;
/// Digits behind the point in an average fill price.
const AVERAGE_PRICE_DECIMALS: u32 = 6;

/// Which way an order trades.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// Shares for dollars.
    Buy,
    /// Dollars for shares.
    Sell,
}

impl Side {
    /// The other one.
    #[must_use]
    pub const fn opposite(self) -> Self {
        match self {
            Self::Buy => Self::Sell,
            Self::Sell => Self::Buy,
        }
    }
}

/// How much is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// So many shares.
    Shares(Shares),
    /// As many shares as so many dollars buy, floored to nine decimals.
    Notional(Money),
}

impl Size {
    /// Whether it can leave a fraction of a share.
    #[must_use]
    pub fn is_fractional(self) -> bool {
        match self {
            Self::Shares(count) => count.whole() != count,
            Self::Notional(_) => true,
        }
    }
}

/// At what price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Whatever the market gives.
    Market,
    /// At most (to buy) or at least (to sell) this.
    Limit(Price),
}

/// For how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeInForce {
    /// Until the close of the session it trades in.
    Day,
    /// For 90 days.
    GoodTillCanceled,
}

/// Whether an order builds a position up or takes it down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PositionIntent {
    /// Buys what is not yet held.
    BuyToOpen,
    /// Buys back what was sold short.
    BuyToClose,
    /// Sells what is not held.
    SellToOpen,
    /// Sells what is held.
    SellToClose,
}

impl PositionIntent {
    /// Whether it builds a position up.
    #[must_use]
    pub const fn opens(self) -> bool {
        matches!(self, Self::BuyToOpen | Self::SellToOpen)
    }
}

/// An order as somebody asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderRequest {
    /// What to trade.
    pub symbol: Symbol,
    /// Which way.
    pub side: Side,
    /// How much.
    pub size: Size,
    /// At what price.
    pub kind: Kind,
    /// For how long.
    pub time_in_force: TimeInForce,
    /// Asks for the hours around the session; the venue has none and fills in session only.
    pub extended_hours: bool,
    /// The client's name for it; made up when absent.
    pub client_order_id: Option<String>,
}

/// What is to change in an order; what is absent stays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Replacement {
    /// Whole shares of the new order.
    pub quantity: Option<Shares>,
    /// Its limit.
    pub limit_price: Option<Price>,
    /// How long it stands.
    pub time_in_force: Option<TimeInForce>,
    /// The client's name for it; made up when absent.
    pub client_order_id: Option<String>,
}

/// An order and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The venue's name for it.
    pub id: Uuid,
    /// The client's name for it.
    pub client_order_id: String,
    /// What is traded.
    pub symbol: Symbol,
    /// The venue's name for that.
    pub asset_id: Uuid,
    /// Which way.
    pub side: Side,
    /// How much.
    pub size: Size,
    /// At what price.
    pub kind: Kind,
    /// For how long.
    pub time_in_force: TimeInForce,
    /// As asked; without effect.
    pub extended_hours: bool,
    /// Seen from the position held when it came.
    pub intent: PositionIntent,
    /// Where it stands.
    pub status: Status,
    /// Shares done.
    pub filled: Shares,
    /// Dollars of the shares done.
    pub filled_value: Money,
    /// When it came, and what happened since.
    pub times: Times,
    /// The order it took the place of.
    pub replaces: Option<Uuid>,
    /// The order that took its place.
    pub replaced_by: Option<Uuid>,
    /// What the entry check reckoned with, dollars per share.
    pub(super) reference: Price,
    /// Shares this order holds in all, done or not.
    pub(super) shares_held: Shares,
    /// The one moment at which it will be looked at; a look at another moment is void.
    pub(super) next_look: Option<Instant>,
    /// Where it stays for ever.
    pub(super) stuck: Option<Stuck>,
    /// How it is shown while a halt keeps it waiting.
    pub(super) halted: Option<HaltShown>,
    /// Its next fill does all of it, since it races a cancel.
    pub(super) races: bool,
}

/// The moments of an order's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    /// It came.
    pub created: Instant,
    /// It last changed.
    pub updated: Instant,
    /// It went to the market; equal to `created` until then.
    pub submitted: Instant,
    /// Its time will be over.
    pub expires: Instant,
    /// It was done.
    pub filled: Option<Instant>,
    /// Its time was over.
    pub expired: Option<Instant>,
    /// It was withdrawn.
    pub canceled: Option<Instant>,
    /// It was rejected.
    pub failed: Option<Instant>,
    /// Another took its place.
    pub replaced: Option<Instant>,
}

impl Times {
    pub(super) const fn of_arrival(now: Instant, expires: Instant) -> Self {
        Self {
            created: now,
            updated: now,
            submitted: now,
            expires,
            filled: None,
            expired: None,
            canceled: None,
            failed: None,
            replaced: None,
        }
    }
}

impl Order {
    /// Where it stands, in the broker's word.
    #[must_use]
    pub fn shown(&self) -> &'static str {
        match (self.status, self.halted) {
            (Status::New, Some(shown)) => shown.word(),
            (status, _) => status.word(),
        }
    }

    /// Average dollars per share done, to six decimals; `None` while none is.
    #[must_use]
    pub fn average_price(&self) -> Option<Decimal> {
        let average = self
            .filled_value
            .decimal()
            .checked_div(self.filled.decimal())?;
        let rounded = average.round_dp_with_strategy(
            AVERAGE_PRICE_DECIMALS,
            RoundingStrategy::MidpointAwayFromZero,
        );
        Some(rounded.normalize())
    }

    /// Moves along the table.
    ///
    /// Returns whether it moved; an impossible happening leaves the order as it was, since a
    /// cancel and a fill may both be on their way when one of them wins.
    pub(super) fn apply(&mut self, happening: Happening, now: Instant) -> bool {
        let Some(status) = self.status.after(happening) else {
            return false;
        };
        self.status = status;
        self.times.updated = now;
        match happening {
            Happening::Acknowledged => self.times.submitted = now,
            Happening::RestFilled => self.times.filled = Some(now),
            Happening::CancelDone => self.times.canceled = Some(now),
            Happening::TimeOver => self.times.expired = Some(now),
            Happening::Superseded => self.times.replaced = Some(now),
            Happening::Refused => self.times.failed = Some(now),
            Happening::PartFilled | Happening::CancelAsked => {}
        }
        true
    }

    /// Shares still to do at `price`.
    pub(super) fn left_at(&self, price: Price, rule: NotionalFill) -> Shares {
        match self.size {
            Size::Shares(count) => count.saturating_sub(self.filled),
            Size::Notional(dollars) => {
                let kept_back = match (rule, self.side) {
                    (NotionalFill::LessACent, Side::Buy) => Money::from_cents(KEPT_BACK_CENTS),
                    _ => Money::ZERO,
                };
                let left = (dollars - kept_back - self.filled_value).shares_at(price);
                // A falling price makes dollars into more shares than are held for the sale.
                match self.side {
                    Side::Buy => left,
                    Side::Sell => left.min(self.shares_left_held()),
                }
            }
        }
    }

    /// Shares that this order keeps from other sales.
    pub(super) fn shares_left_held(&self) -> Shares {
        self.shares_held.saturating_sub(self.filled)
    }

    /// Dollars that this order keeps from other purchases.
    pub(super) fn dollars_held(&self) -> Money {
        if !self.intent.opens() {
            return Money::ZERO;
        }
        match self.size {
            Size::Shares(count) => count.saturating_sub(self.filled) * self.reference,
            Size::Notional(dollars) => dollars - self.filled_value,
        }
    }
}

/// Which orders to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderQuery {
    /// By where they stand.
    pub scope: Scope,
    /// At most so many.
    pub limit: usize,
    /// Submitted strictly after this.
    pub after: Option<Instant>,
    /// Submitted strictly before this.
    pub until: Option<Instant>,
    /// Newest first.
    pub newest_first: bool,
    /// In these symbols; in all when empty.
    pub symbols: Vec<String>,
    /// Of this side.
    pub side: Option<Side>,
}

/// By where orders stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Not terminal.
    Open,
    /// Terminal.
    Closed,
    /// All.
    All,
}

impl OrderQuery {
    /// Orders a reply holds unless asked otherwise.
    pub const LIMIT_DEFAULT: usize = 50;
    /// Most orders a reply holds.
    pub const LIMIT_MAX: usize = 500;

    /// All orders of the scope, newest first, as far as one reply goes.
    #[must_use]
    pub const fn new(scope: Scope) -> Self {
        Self {
            scope,
            limit: Self::LIMIT_MAX,
            after: None,
            until: None,
            newest_first: true,
            symbols: Vec::new(),
            side: None,
        }
    }

    /// Whether an order is wanted, but for the limit.
    #[must_use]
    pub fn wants(&self, order: &Order) -> bool {
        let in_scope = match self.scope {
            Scope::Open => !order.status.is_terminal(),
            Scope::Closed => order.status.is_terminal(),
            Scope::All => true,
        };
        let submitted = order.times.submitted;
        in_scope
            && self.after.is_none_or(|after| submitted > after)
            && self.until.is_none_or(|until| submitted < until)
            && self.side.is_none_or(|side| order.side == side)
            && (self.symbols.is_empty() || self.symbols.iter().any(|s| s == order.symbol.as_str()))
    }
}
