//! What is asked of the venue: submit, cancel, replace, close, settings and transfers.

use market::time::{Duration, Time, new_york, new_york_date};
use market::{Instant, Money, Price, Shares, Symbol};

use super::agenda::Event;
use super::book::Place;
use super::config::{ClientIds, Multiplier, Settings};
use super::order::{
    Happening, Kind, Order, OrderRequest, PositionIntent, Replacement, Side, Size, Status,
    TimeInForce, Times, check, is_sub_penny,
};
use super::refusal::Refusal;
use super::uuid::Uuid;
use super::{Listed, Venue};

/// How long a good-till-canceled order stands, in days.
const GOOD_TILL_CANCELED_DAYS: i64 = 90;
/// New York time at which good-till-canceled orders end.
const GOOD_TILL_CANCELED_END: Time = Time::constant(16, 15, 0, 0);
const DAY: Duration = Duration::from_hours(24);

/// What the entry check learned about an order it lets in.
struct Admission {
    intent: PositionIntent,
    reference: Price,
    shares_held: Shares,
}

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

    fn admit(&self, request: &OrderRequest) -> Result<Admission, Refusal> {
        check(request)?;
        self.check_client_id(request.client_order_id.as_deref())?;
        let symbol = request.symbol.as_str();
        let listed = self.listed(symbol).ok_or_else(|| Refusal::UnknownAsset {
            symbol: symbol.to_owned(),
        })?;
        self.check_permissions(request, listed)?;
        let quote = self.quote(symbol).ok_or_else(|| Refusal::NoPrice {
            symbol: request.symbol.clone(),
        })?;
        let reference = match request.kind {
            Kind::Market => quote.taken_by(request.side),
            Kind::Limit(limit) => limit,
        };
        self.check_wash_trade(request)?;
        self.check_means(request, reference, listed)
    }

    fn check_client_id(&self, id: Option<&str>) -> Result<(), Refusal> {
        let Some(id) = id else { return Ok(()) };
        let used = self.book.by_client_id(id).is_some_and(|order| {
            match self.config.unconfirmed.client_ids {
                ClientIds::UniqueForEver => true,
                ClientIds::UniqueAmongActive => !order.status.is_terminal(),
            }
        });
        if used || self.burnt_ids.contains(id) {
            return Err(Refusal::DuplicateClientOrderId);
        }
        Ok(())
    }

    fn check_permissions(&self, request: &OrderRequest, listed: &Listed) -> Result<(), Refusal> {
        let settings = self.account.settings;
        if settings.suspend_trade {
            return Err(Refusal::Suspended);
        }
        if request.size.is_fractional() && !listed.listing.fractionable {
            let symbol = request.symbol.clone();
            return Err(Refusal::NotFractionable { symbol });
        }
        if request.size.is_fractional() && !settings.fractional_trading {
            return Err(Refusal::FractionalDisabled);
        }
        Ok(())
    }

    /// A market order may trade with any open order of the other side, two limits when they cross.
    fn check_wash_trade(&self, request: &OrderRequest) -> Result<(), Refusal> {
        let opposite = self.book.open().map(|(_, order)| order).find(|order| {
            order.symbol == request.symbol
                && order.side == request.side.opposite()
                && may_trade(request, order)
        });
        match opposite {
            None => Ok(()),
            Some(order) => Err(Refusal::WashTrade {
                existing: order.id,
                limit: matches!(order.kind, Kind::Limit(_)),
            }),
        }
    }

    fn check_means(
        &self,
        request: &OrderRequest,
        reference: Price,
        listed: &Listed,
    ) -> Result<Admission, Refusal> {
        let holding = self.account.holding(&request.symbol);
        let short = holding.quantity.is_sign_negative() && !holding.quantity.is_zero();
        let long = !short && !holding.quantity.is_zero();
        let intent = match request.side {
            Side::Buy if short => PositionIntent::BuyToClose,
            Side::Buy => PositionIntent::BuyToOpen,
            Side::Sell if long => PositionIntent::SellToClose,
            Side::Sell => PositionIntent::SellToOpen,
        };
        let wanted = match request.size {
            Size::Shares(count) => count,
            Size::Notional(dollars) => dollars.shares_at(reference),
        };
        if intent.opens() {
            self.check_opening(request, intent, wanted, reference, listed)?;
        } else {
            self.check_held(&request.symbol, wanted, holding.count())?;
        }
        Ok(Admission {
            intent,
            reference,
            shares_held: wanted,
        })
    }

    fn check_opening(
        &self,
        request: &OrderRequest,
        intent: PositionIntent,
        wanted: Shares,
        reference: Price,
        listed: &Listed,
    ) -> Result<(), Refusal> {
        let multiplier = self.multiplier();
        if intent == PositionIntent::SellToOpen {
            if request.size.is_fractional() {
                return Err(Refusal::FractionalShort);
            }
            let shorting = self.shorting_enabled() && listed.listing.shortable;
            if !shorting {
                return Err(Refusal::NoShorting);
            }
        }
        let cost = match request.size {
            Size::Shares(_) => wanted * reference,
            Size::Notional(dollars) => dollars,
        };
        let buying_power = self.buying_power(multiplier, None);
        if cost > buying_power {
            return Err(Refusal::InsufficientBuyingPower { buying_power, cost });
        }
        Ok(())
    }

    fn check_held(&self, symbol: &Symbol, wanted: Shares, existing: Shares) -> Result<(), Refusal> {
        let held = self.shares_held(symbol, None);
        let available = existing.saturating_sub(held);
        if wanted > available {
            return Err(Refusal::InsufficientQuantity {
                symbol: symbol.clone(),
                requested: wanted,
                available,
                existing,
                held,
            });
        }
        Ok(())
    }

    /// Whether short sales are taken: the owner wants them and has margin.
    #[must_use]
    pub fn shorting_enabled(&self) -> bool {
        !self.account.settings.no_shorting && self.multiplier() > Multiplier::One
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
    fn enter(&mut self, order: Order) -> Place {
        let place = self.book.add(order);
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
    fn expiry(&self, time_in_force: TimeInForce) -> Instant {
        match time_in_force {
            TimeInForce::Day => {
                let session = self.session.or_else(|| self.upcoming_session());
                session.map_or(self.now, |session| session.close)
            }
            TimeInForce::GoodTillCanceled => {
                let later = DAY * i32::try_from(GOOD_TILL_CANCELED_DAYS).unwrap_or(i32::MAX);
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

    /// Puts a new order in the place of one that is at the market.
    ///
    /// The new order's quantity is what was asked, else what the old one had left.
    ///
    /// # Errors
    /// [`Refusal`]: the order is unknown, is not at the market, is fractional, or the new one
    /// cannot be paid for.
    pub fn replace(&mut self, id: &str, change: Replacement) -> Result<&Order, Refusal> {
        let place = self.place(id)?;
        let successor = self.successor(place, &change)?;
        let (now, id, old_id) = (self.now, successor.id, self.book.get(place).id);
        self.book.change(place, |order| {
            order.apply(Happening::Superseded, now);
            order.replaced_by = Some(id);
        });
        debug_assert_eq!(successor.replaces, Some(old_id));
        let place = self.enter(successor);
        Ok(self.book.get(place))
    }

    fn successor(&mut self, place: Place, change: &Replacement) -> Result<Order, Refusal> {
        let old = self.book.get(place).clone();
        let Size::Shares(count) = old.size else {
            return Err(Refusal::FractionalReplacement);
        };
        if old.status.after(Happening::Superseded).is_none() {
            let status = old.status;
            return Err(Refusal::NotReplaceable { status });
        }
        let left = change
            .quantity
            .unwrap_or_else(|| count.saturating_sub(old.filled));
        if old.size.is_fractional() || left.whole() != left {
            return Err(Refusal::FractionalReplacement);
        }
        if left.is_zero() {
            return Err(Refusal::QuantityNotPositive);
        }
        self.check_client_id(change.client_order_id.as_deref())?;
        let kind = match (old.kind, change.limit_price) {
            (Kind::Limit(_), Some(price)) if is_sub_penny(price) => {
                return Err(Refusal::SubPenny { price });
            }
            (Kind::Limit(_), Some(price)) => Kind::Limit(price),
            (kind, _) => kind,
        };
        let reference = match kind {
            Kind::Limit(limit) => limit,
            Kind::Market => old.reference,
        };
        self.check_replacement(place, &old, left, reference)?;
        let time_in_force = change.time_in_force.unwrap_or(old.time_in_force);
        let made_up = Uuid::next(&mut self.ids).to_string();
        Ok(Order {
            id: Uuid::next(&mut self.ids),
            client_order_id: change.client_order_id.clone().unwrap_or(made_up),
            size: Size::Shares(left),
            kind,
            time_in_force,
            status: Status::Accepted,
            filled: Shares::ZERO,
            filled_value: Money::ZERO,
            times: Times::of_arrival(self.now, self.expiry(time_in_force)),
            replaces: Some(old.id),
            replaced_by: None,
            reference,
            shares_held: left,
            next_look: None,
            ..old
        })
    }

    fn check_replacement(
        &self,
        place: Place,
        old: &Order,
        left: Shares,
        reference: Price,
    ) -> Result<(), Refusal> {
        if old.intent.opens() {
            let buying_power = self.buying_power(self.multiplier(), Some(place));
            let cost = left * reference;
            if cost > buying_power {
                return Err(Refusal::InsufficientBuyingPower { buying_power, cost });
            }
            return Ok(());
        }
        let existing = self.account.holding(&old.symbol).count();
        let held = self.shares_held(&old.symbol, Some(place));
        let available = existing.saturating_sub(held);
        if left > available {
            return Err(Refusal::InsufficientQuantity {
                symbol: old.symbol.clone(),
                requested: left,
                available,
                existing,
                held,
            });
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

/// Whether a new order and an open one of the other side could trade with each other.
fn may_trade(request: &OrderRequest, open: &Order) -> bool {
    let (Kind::Limit(new), Kind::Limit(old)) = (request.kind, open.kind) else {
        return true;
    };
    match request.side {
        Side::Buy => new >= old,
        Side::Sell => new <= old,
    }
}
