//! What is asked of the venue: submit, cancel, close, settings and transfers.

use market::time::{Duration, Time, new_york, new_york_date};
use market::{Instant, Money, Shares};

use super::Venue;
use super::admission::Admission;
use super::agenda::Event;
use super::book::Place;
use super::config::Settings;
use super::order::{Happening, Kind, Order, OrderRequest, Side, Size, Status, TimeInForce, Times};
use super::refusal::Refusal;
use super::uuid::Uuid;

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
        match self.admit(&request) {
            Ok(admission) => {
                let place = self.take_in(request, &admission);
                Ok(self.book.get(place))
            }
            Err(refusal) => {
                if self.config.unconfirmed.refusal_burns_id {
                    self.burnt_ids.extend(request.client_order_id);
                }
                Err(refusal)
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
            self.look_later(place, self.now + self.config.fill_delay);
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
        let now = self.now;
        let status = self.book.get(place).status;
        let happening = match status {
            Status::Accepted => Happening::CancelDone,
            _ => Happening::CancelAsked,
        };
        if !self.book.change(place, |order| order.apply(happening, now)) {
            return Err(Refusal::AlreadyIn { status });
        }
        if happening == Happening::CancelAsked {
            let done = now + self.config.cancel_delay;
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
        self.account.cash += amount;
    }
}
