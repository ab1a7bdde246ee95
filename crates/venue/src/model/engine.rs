//! What the venue does by itself: opens, closes, and filling orders.

use market::calendar::Session;
use market::time::new_york_date;
use market::{Instant, Price, Shares};
use rand_core::Rng;
use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};

use super::Venue;
use super::account::{Count, Filled, Proceeds};
use super::agenda::Event;
use super::book::Place;
use super::config::DayEnd;
use super::ledger::{Entry, Fill};
use super::order::{Happening, Kind, Order, Side, Size, Status, TimeInForce};
use super::update::Execution;
use crate::fault::Reading;

/// What a look at an order finds.
pub(super) enum Finding {
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
        self.end_readings();
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Open => self.open_session(),
            Event::Close => self.close_session(),
            Event::Expire(place) => self.expire(place),
            Event::Split(place) => self.split_due(place),
            Event::Acknowledge(place) => self.acknowledge(place),
            Event::Reject(place) => self.reject(place),
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
        self.session = self.hours.session_at(self.now).ok().flatten();
        let Some(session) = self.session else {
            // This day was called off after its open had been noted.
            return self.await_open();
        };
        self.agenda.add(session.close, Event::Close);
        if let Some(count) = self.account.newest.take() {
            self.account.last = count;
        }
        self.revalue_holdings(session);
        for place in self.book.open_places() {
            self.acknowledge(place);
            self.first_look(place);
        }
    }

    /// From the open on a day's profit counts from the close before.
    pub(super) fn revalue_holdings(&mut self, session: Session) {
        for (symbol, holding) in &mut self.account.books.holdings {
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
        let count = Count {
            on: session.date,
            at: self.now,
            equity: self.equity(),
            maintenance_margin: self.maintenance_margin(),
        };
        self.account.newest = Some(count);
        self.account.counts.push(count);
        let open = |sale: &Proceeds| sale.settles > session.date;
        self.account.unsettled.retain(open);
        for place in self.book.open_places() {
            self.end_of_day(place);
        }
        self.charge_fees(session.date);
        self.await_open();
    }

    fn end_of_day(&mut self, place: Place) {
        let (now, day_end) = (self.now, self.unconfirmed.day_end);
        let order = self.book.get(place);
        let over = order.time_in_force == TimeInForce::Day && order.times.expires <= now;
        if over {
            self.met(|reading| matches!(reading, Reading::DayEnd(_)));
        }
        self.book.change(place, |order| {
            order.next_look = None;
            if !over {
                return;
            }
            let withdrawn = day_end == DayEnd::Cancels && order.apply(Happening::CancelDone, now);
            if !withdrawn {
                order.apply(Happening::TimeOver, now);
            }
        });
    }

    pub(super) fn acknowledge(&mut self, place: Place) {
        let now = self.now;
        self.book
            .change(place, |order| order.apply(Happening::Acknowledged, now));
    }

    fn reject(&mut self, place: Place) {
        let now = self.now;
        self.book
            .change(place, |order| order.apply(Happening::Refused, now));
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
        self.note_halt(place);
        match self.find(place, session) {
            Finding::Fillable { price, left } => {
                let part = self.part_of(place, left);
                self.fill(place, price, left, part);
            }
            Finding::Waits(Some(at)) => self.look_later(place, at),
            Finding::Waits(None) => self.book.change(place, |order| order.next_look = None),
            Finding::Unaffordable => self.give_up(place),
        }
    }

    pub(super) fn find(&self, place: Place, session: Session) -> Finding {
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
        let silent = self.is_silent(symbol);
        if silent || quote.trade.at < session.open || !is_marketable(order, price) {
            return next_trade();
        }
        let left = order.left_at(price, self.unconfirmed.notional_fill);
        if order.side == Side::Buy && order.intent.opens() {
            let spendable = self.buying_power(self.multiplier(), Some(place));
            if price * left > spendable {
                return Finding::Unaffordable;
            }
        }
        Finding::Fillable { price, left }
    }

    /// Does `part` of an order, or all that is left of it.
    pub(super) fn fill(&mut self, place: Place, price: Price, left: Shares, part: Option<Shares>) {
        let (now, count) = (self.now, part.unwrap_or(left));
        self.book.change(place, |order| {
            order.filled += count;
            order.filled_value += price * count;
            order.apply(
                match part {
                    Some(_) => Happening::PartFilled,
                    None => Happening::RestFilled,
                },
                now,
            );
        });
        if matches!(self.book.get(place).size, Size::Notional(_)) {
            self.met(|reading| matches!(reading, Reading::NotionalFill(_)));
        }
        if !count.is_zero() {
            let order = self.book.get(place);
            let filled = Filled {
                at: now,
                on: new_york_date(now),
                symbol: order.symbol.clone(),
                side: order.side,
                count,
                price,
            };
            let entry = Entry::Fill(execution(order, &filled, left));
            self.book_execution(&filled, entry);
        }
        if part.is_some() && self.book.get(place).stuck.is_none() {
            self.look_later(place, now + self.config.fill_delay);
        }
    }

    fn book_execution(&mut self, filled: &Filled, entry: Entry) {
        self.account.book_fill(filled);
        self.book.updates.note_execution(Execution {
            price: filled.price,
            quantity: filled.count,
            position: self.account.holding(&filled.symbol).quantity,
        });
        if filled.side == Side::Sell
            && let Ok(settles) = self.hours.next_session(filled.on)
        {
            self.account.unsettled.push(Proceeds {
                settles: settles.date,
                amount: filled.price * filled.count,
            });
        }
        self.write(entry);
    }

    /// The part that this look does; none when it does all.
    fn part_of(&mut self, place: Place, left: Shares) -> Option<Shares> {
        let order = self.book.get(place);
        let (size, races, stuck) = (order.size, order.races, order.stuck);
        let drawn = self.draw_part(size, left);
        match (races, stuck) {
            (true, _) => None,
            (false, Some(_)) => half(size, left),
            (false, None) => drawn,
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

fn execution(order: &Order, filled: &Filled, left: Shares) -> Fill {
    Fill {
        order: order.id,
        symbol: order.symbol.clone(),
        side: order.side,
        price: filled.price,
        quantity: filled.count,
        cumulative: order.filled,
        left: left.saturating_sub(filled.count),
        status: order.status,
    }
}

/// Half of what is left; none when that cannot be halved.
fn half(size: Size, left: Shares) -> Option<Shares> {
    let exact = left.decimal() / Decimal::TWO;
    let decimals = match size.is_fractional() {
        true => market::money::SHARES_DECIMALS_MAX,
        false => 0,
    };
    let floored = exact.round_dp_with_strategy(decimals, RoundingStrategy::ToZero);
    Shares::new(floored).ok().filter(|part| !part.is_zero())
}

/// A draw as a number from 0 to below 1.
#[expect(
    clippy::cast_precision_loss,
    reason = "53 bits of a draw are a float exactly"
)]
pub(crate) fn unit_interval(draw: u64) -> f64 {
    (draw >> 11) as f64 / (1_u64 << 53) as f64
}
