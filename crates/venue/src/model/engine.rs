//! What the venue does by itself: opens, closes, and filling orders.

use market::calendar::Session;
use market::{Instant, Price, Shares};
use rand_core::Rng;
use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};

use super::Venue;
use super::account::Count;
use super::agenda::Event;
use super::book::Place;
use super::config::DayEnd;
use super::order::{Happening, Kind, Order, Side, Size, Status, TimeInForce};

/// What a look at an order finds.
enum Finding {
    /// It can be done at this price, so many shares are left.
    Fillable { price: Price, left: Shares },
    /// Nothing to do before that trade; never again when the prices are used up.
    Waits(Option<Instant>),
    /// It can no longer be paid for.
    Unaffordable,
}

impl Venue {
    /// Moves to `to`, doing all that falls due on the way. A moment already past changes nothing.
    pub fn advance(&mut self, to: Instant) {
        while let Some((at, event)) = self.agenda.take(to) {
            self.now = self.now.max(at);
            self.happen(event);
        }
        self.now = self.now.max(to);
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Open => self.open_session(),
            Event::Close => self.close_session(),
            Event::Expire(place) => self.expire(place),
            Event::Acknowledge(place) => self.acknowledge(place),
            Event::Cancel(place) => self.finish_cancel(place),
            Event::Look(place) => self.look(place),
        }
    }

    /// Notes the next open; past the calendar's end there is none.
    pub(super) fn await_open(&mut self) {
        if let Some(session) = self.upcoming_session() {
            self.agenda.add(session.open, Event::Open);
        }
    }

    fn open_session(&mut self) {
        let calendar = &self.config.calendar;
        self.session = calendar.session_at(self.now).ok().flatten();
        let Some(session) = self.session else { return };
        self.agenda.add(session.close, Event::Close);
        if let Some(count) = self.account.newest.take() {
            self.account.last = count;
        }
        self.revalue_holdings(session);
        for place in self.book.open_places() {
            self.acknowledge(place);
            self.look_later(place, self.now + self.config.fill_delay);
        }
    }

    /// From the open on a day's profit counts from the close before.
    fn revalue_holdings(&mut self, session: Session) {
        for (symbol, holding) in &mut self.account.holdings {
            let listed = self.listed.get(symbol);
            if let Some(close) = listed.and_then(|l| l.series.close_before(session.date)) {
                holding.cost_today = holding.quantity * close.decimal();
            }
        }
    }

    fn close_session(&mut self) {
        let Some(session) = self.session.take() else {
            return;
        };
        self.account.newest = Some(Count {
            on: session.date,
            equity: self.equity(),
            maintenance_margin: self.maintenance_margin(),
        });
        for place in self.book.open_places() {
            self.end_of_day(place);
        }
        self.await_open();
    }

    fn end_of_day(&mut self, place: Place) {
        let (now, day_end) = (self.now, self.config.unconfirmed.day_end);
        self.book.change(place, |order| {
            order.next_look = None;
            if order.time_in_force != TimeInForce::Day || order.times.expires > now {
                return;
            }
            let withdrawn = day_end == DayEnd::Cancels && order.apply(Happening::CancelDone, now);
            if !withdrawn {
                order.apply(Happening::TimeOver, now);
            }
        });
    }

    fn acknowledge(&mut self, place: Place) {
        let now = self.now;
        self.book
            .change(place, |order| order.apply(Happening::Acknowledged, now));
    }

    fn expire(&mut self, place: Place) {
        let now = self.now;
        self.book
            .change(place, |order| order.apply(Happening::TimeOver, now));
    }

    fn finish_cancel(&mut self, place: Place) {
        let now = self.now;
        self.book.change(place, |order| {
            if order.status == Status::PendingCancel {
                order.apply(Happening::CancelDone, now);
            }
        });
    }

    /// Sets the one moment at which an order is looked at next.
    pub(super) fn look_later(&mut self, place: Place, at: Instant) {
        self.book.change(place, |order| order.next_look = Some(at));
        self.agenda.add(at, Event::Look(place));
    }

    fn look(&mut self, place: Place) {
        let order = self.book.get(place);
        let Some(session) = self.session else { return };
        if order.next_look != Some(self.now) || order.status.is_terminal() {
            return;
        }
        self.acknowledge(place);
        match self.find(place, session) {
            Finding::Fillable { price, left } => self.fill(place, price, left),
            Finding::Waits(Some(at)) => self.look_later(place, at),
            Finding::Waits(None) => self.book.change(place, |order| order.next_look = None),
            Finding::Unaffordable => self.give_up(place),
        }
    }

    fn find(&self, place: Place, session: Session) -> Finding {
        let order = self.book.get(place);
        let symbol = order.symbol.as_str();
        let next_trade = || {
            let series = self.series(symbol);
            Finding::Waits(
                series
                    .and_then(|s| s.next_trade(self.now))
                    .map(|trade| trade.at),
            )
        };
        let Some(quote) = self.quote(symbol) else {
            return next_trade();
        };
        let price = quote.taken_by(order.side);
        if quote.trade.at < session.open || !is_marketable(order, price) {
            return next_trade();
        }
        let left = order.left_at(price);
        if order.side == Side::Buy && order.intent.opens() {
            let spendable = self.buying_power(self.multiplier(), Some(place));
            if price * left > spendable {
                return Finding::Unaffordable;
            }
        }
        Finding::Fillable { price, left }
    }

    fn fill(&mut self, place: Place, price: Price, left: Shares) {
        let size = self.book.get(place).size;
        let part = self.draw_part(size, left);
        let (now, done) = (self.now, part.unwrap_or(left));
        let order = self.book.get(place);
        let (symbol, side) = (order.symbol.clone(), order.side);
        if !done.is_zero() {
            self.account.book_fill(&symbol, side, done, price);
        }
        self.book.change(place, |order| {
            order.filled += done;
            order.filled_value += price * done;
            order.apply(
                match part {
                    Some(_) => Happening::PartFilled,
                    None => Happening::RestFilled,
                },
                now,
            );
        });
        if part.is_some() {
            self.look_later(place, now + self.config.fill_delay);
        }
    }

    /// The part that this look fills, where it does not fill all that is left.
    fn draw_part(&mut self, size: Size, left: Shares) -> Option<Shares> {
        const STEPS: u64 = 1000;
        let chance = self.draws.next_u64();
        let portion = self.draws.next_u64();
        if unit_interval(chance) >= self.config.partial_probability {
            return None;
        }
        let part = if size.is_fractional() {
            let share = Decimal::new((1 + portion % (STEPS - 1)).cast_signed(), 3);
            let exact = left.decimal() * share;
            exact.round_dp_with_strategy(
                market::money::SHARES_DECIMALS_MAX,
                RoundingStrategy::ToZero,
            )
        } else {
            let whole = left.decimal().to_u64().filter(|whole| *whole > 1)?;
            Decimal::from(1 + portion % (whole - 1))
        };
        Shares::new(part)
            .ok()
            .filter(|part| !part.is_zero() && *part < left)
    }

    /// Ends an order that can no longer be paid for; what is done stays done.
    fn give_up(&mut self, place: Place) {
        let now = self.now;
        self.book.change(place, |order| {
            let untouched = order.filled.is_zero() && order.status != Status::PendingCancel;
            order.apply(
                match untouched {
                    true => Happening::Refused,
                    false => Happening::CancelDone,
                },
                now,
            );
        });
    }
}

fn is_marketable(order: &Order, price: Price) -> bool {
    match (order.kind, order.side) {
        (Kind::Market, _) => true,
        (Kind::Limit(limit), Side::Buy) => price <= limit,
        (Kind::Limit(limit), Side::Sell) => price >= limit,
    }
}

/// A draw as a number from 0 to below 1.
#[expect(
    clippy::cast_precision_loss,
    reason = "53 bits of a draw are a float exactly"
)]
fn unit_interval(draw: u64) -> f64 {
    (draw >> 11) as f64 / (1_u64 << 53) as f64
}
