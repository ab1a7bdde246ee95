//! What is asked of the venue: submit, cancel, close, settings and transfers.

use market::time::{Duration, Time, milliseconds, new_york, new_york_date};
use market::{Instant, Money, Shares, Symbol};

use super::Venue;
use super::account::Count;
use super::admission::Admission;
use super::agenda::Event;
use super::book::Place;
use super::config::Settings;
use super::ledger::{Activity, BookingError, Cash, CashKind, Entry};
use super::order::{Happening, Kind, Order, OrderRequest, Side, Size, Status, TimeInForce, Times};
use super::refusal::Refusal;
use super::uuid::Uuid;
use crate::fault::Reading;

/// How long a good-till-canceled order stands, in days.
const GOOD_TILL_CANCELED_DAYS: i32 = 90;
/// New York time at which good-till-canceled orders end.
const GOOD_TILL_CANCELED_END: Time = Time::constant(16, 15, 0, 0);
const DAY: Duration = Duration::from_hours(24);

impl Venue {
    /// Takes an order in: `pending_new` during a session, else `accepted` until the next open.
    ///
    /// # Errors
    /// The first [`Refusal`] that applies; nothing then changed, but for the client id where
    /// refused orders use theirs up.
    pub fn submit(&mut self, request: OrderRequest) -> Result<&Order, Refusal> {
        self.meet_order(&request);
        let admitted = match self.is_blocked_now() {
            true => Err(Refusal::Blocked),
            false => self.admit(&request),
        };
        match admitted {
            Ok(admission) => {
                let place = self.take_in(request, &admission);
                Ok(self.book.get(place))
            }
            Err(refusal) => {
                self.met(|reading| matches!(reading, Reading::RefusalBurnsId(_)));
                if self.unconfirmed.refusal_burns_id {
                    self.burnt_ids.extend(request.client_order_id);
                }
                Err(refusal)
            }
        }
    }

    /// Counts the unconfirmed facts that a new order meets.
    fn meet_order(&mut self, request: &OrderRequest) {
        let used = |id: &String| self.book.by_client_id(id).is_some();
        if request.client_order_id.as_ref().is_some_and(used) {
            self.met(|reading| matches!(reading, Reading::ClientIds(_)));
        }
        if request.side == Side::Buy {
            self.met(|reading| matches!(reading, Reading::EntryMargin(_)));
            if request.kind == Kind::Market {
                self.met(|reading| matches!(reading, Reading::MarketCheck(_)));
            }
        }
    }

    fn take_in(&mut self, request: OrderRequest, admission: &Admission) -> Place {
        let id = Uuid::next(&mut self.ids);
        let made_up = Uuid::next(&mut self.ids);
        let order = Order {
            id,
            client_order_id: request
                .client_order_id
                .unwrap_or_else(|| made_up.to_string()),
            symbol: request.symbol,
            asset_id: admission.asset_id,
            side: request.side,
            size: request.size,
            kind: request.kind,
            time_in_force: request.time_in_force,
            extended_hours: request.extended_hours,
            intent: admission.intent,
            status: match self.session {
                Some(_) => Status::PendingNew,
                None => Status::Accepted,
            },
            filled: Shares::ZERO,
            filled_value: Money::ZERO,
            times: Times::of_arrival(self.now, self.expiry(request.time_in_force)),
            replaces: None,
            replaced_by: None,
            reference: admission.reference,
            shares_held: admission.shares_held,
            next_look: None,
            stuck: None,
            halted: None,
            races: false,
        };
        self.enter(order)
    }

    /// Puts an order into the book and, during a session, on its way to the market.
    pub(super) fn enter(&mut self, order: Order) -> Place {
        let (expires, time_in_force) = (order.times.expires, order.time_in_force);
        let place = self.book.add(order);
        if time_in_force == TimeInForce::GoodTillCanceled {
            self.agenda.add(expires, Event::Expire(place));
        }
        if self.session.is_some() {
            let acknowledged = self.now + self.config.acknowledge_delay;
            self.agenda.add(acknowledged, Event::Acknowledge(place));
            self.first_look(place);
        }
        place
    }

    /// When an order that comes now will be over.
    ///
    /// Past the calendar's last session no order ever trades, so it is over at once.
    pub(super) fn expiry(&self, time_in_force: TimeInForce) -> Instant {
        match time_in_force {
            TimeInForce::Day => {
                let session = self.session.or_else(|| self.upcoming_session());
                session.map_or(self.now, |session| session.close)
            }
            TimeInForce::GoodTillCanceled => {
                let later = DAY * GOOD_TILL_CANCELED_DAYS;
                let date = new_york_date(self.now.saturating_add(later).unwrap_or(self.now));
                new_york(date, GOOD_TILL_CANCELED_END)
            }
        }
    }

    /// Asks for an order to be withdrawn. It is `pending_cancel` for a moment, in which it may
    /// still fill; an order that waits for the open is withdrawn at once.
    ///
    /// # Errors
    /// [`Refusal::OrderNotFound`]; [`Refusal::AlreadyIn`] when it is over or being withdrawn.
    pub fn cancel(&mut self, id: &str) -> Result<(), Refusal> {
        let place = self.place(id)?;
        self.fill_before_cancel(place);
        let now = self.now;
        let status = self.book.get(place).status;
        let happening = match status {
            Status::Accepted => Happening::CancelDone,
            _ => Happening::CancelAsked,
        };
        if !self.book.change(place, |order| order.apply(happening, now)) {
            return Err(Refusal::AlreadyIn { status });
        }
        if happening == Happening::CancelAsked && !self.cancel_gets_stuck() {
            let done = match self.fills_after_cancel(place) {
                Some(filled) => filled + milliseconds(1),
                None => now + self.config.cancel_delay,
            };
            self.agenda.add(done, Event::Cancel(place));
        }
        Ok(())
    }

    /// Sells (or buys back) so many shares of a position at the market; all of it for `None`.
    ///
    /// # Errors
    /// [`Refusal::PositionNotFound`] when nothing is held; else as [`Venue::submit`].
    pub fn close_position(
        &mut self,
        symbol: &str,
        count: Option<Shares>,
    ) -> Result<&Order, Refusal> {
        let position = self.position(symbol)?;
        let symbol = position.listing.symbol;
        let holding = self.account.holding(&symbol);
        self.submit(OrderRequest {
            side: match holding.quantity.is_sign_negative() {
                false => Side::Sell,
                true => Side::Buy,
            },
            size: Size::Shares(count.unwrap_or_else(|| holding.count())),
            symbol,
            kind: Kind::Market,
            time_in_force: TimeInForce::Day,
            extended_hours: false,
            client_order_id: None,
        })
    }

    /// The owner's settings.
    #[must_use]
    pub const fn settings(&self) -> &Settings {
        &self.account.settings
    }

    /// Changes the owner's settings; open orders stay as they are.
    pub const fn set_settings(&mut self, settings: Settings) {
        self.account.settings = settings;
    }

    /// Pays money in (above zero) or out.
    pub fn transfer(&mut self, amount: Money) {
        let kind = match amount < Money::ZERO {
            true => CashKind::Withdrawal,
            false => CashKind::Deposit,
        };
        self.book_now(kind, amount, None);
    }

    /// Books dollars that came in (above zero) or went, for shares or for none.
    ///
    /// # Errors
    /// [`BookingError`] when the sign contradicts the kind.
    pub fn book_cash(
        &mut self,
        kind: CashKind,
        amount: Money,
        symbol: Option<Symbol>,
    ) -> Result<(), BookingError> {
        let comes_in = amount > Money::ZERO;
        if comes_in != kind.comes_in() || amount == Money::ZERO {
            return Err(BookingError::Sign { kind, amount });
        }
        self.book_now(kind, amount, symbol);
        Ok(())
    }

    pub(super) fn book_now(&mut self, kind: CashKind, amount: Money, symbol: Option<Symbol>) {
        self.account.books.cash += amount;
        let shares = symbol.map(|symbol| {
            let held = self.account.holding(&symbol).quantity;
            (symbol, held)
        });
        self.write(Entry::Cash(Cash {
            kind,
            amount,
            date: new_york_date(self.now),
            shares,
        }));
    }

    /// Writes into the ledger.
    pub(super) fn write(&mut self, entry: Entry) {
        let id = Uuid::next(&mut self.activity_ids);
        self.ledger.push(Activity {
            id,
            at: self.now,
            entry,
        });
    }

    /// What happened on the account, oldest first.
    #[must_use]
    pub fn activities(&self) -> &[Activity] {
        &self.ledger
    }

    /// What was counted at every close since the start, oldest first.
    #[must_use]
    pub fn counts(&self) -> &[Count] {
        &self.account.counts
    }
}
