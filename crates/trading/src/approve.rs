//! Permission is a type: the broker port takes only [`Approved`] orders, and only this module
//! makes them.

use market::{Duration, Instant, Money, Price, time};

use crate::gates;
use crate::observation::SessionHours;
use crate::order::{Cancel, Order, Side};
use crate::outcome::{Reason, Refusal};
use crate::portfolio::Portfolio;
use crate::settings::{LimitSettings, sections::percent};
use crate::spread::{Look, too_wide};
use crate::state::State;

/// Nothing is sent so shortly before a close.
pub const CLOSE_MARGIN: Duration = time::seconds(60);

/// Something that passed every rule that concerns it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approved<T>(T);

impl<T> Approved<T> {
    /// What was approved.
    pub fn get(&self) -> &T {
        &self.0
    }
}

market::sabotage! { @items
    impl<T> Approved<T> {
        /// Approved by nobody.
        pub fn by_nobody(it: T) -> Self {
            Self(it)
        }
    }
}

/// All that approval looks at.
#[derive(Debug, Clone, Copy)]
pub struct Situation<'a> {
    /// Now.
    pub now: Instant,
    /// No first byte leaves later: the slot's end of sending, or the try's.
    pub send_until: Instant,
    /// The session both calendars agree on, or the narrower.
    pub session: SessionHours,
    /// The folded journal.
    pub state: &'a State,
    /// The newest portfolio.
    pub portfolio: &'a Portfolio,
    /// The price of the order's symbol, where known.
    pub price: Option<Price>,
    /// What is known of the quote of an entry's symbol.
    pub quote: Sight<'a>,
    /// Rules that stop every order now.
    pub stops: &'a [Refusal],
    /// Rules that stop entries now.
    pub entry_stops: &'a [Refusal],
    /// Whether entries need the owner's unexpired word: real money does.
    pub needs_arming: bool,
    /// The limits in force.
    pub limits: &'a LimitSettings,
}

/// What is known of a quote.
#[derive(Debug, Clone, Copy)]
pub enum Sight<'a> {
    /// Nobody here tells quotes, so no spread can be limited.
    Nowhere,
    /// Somebody does and was not asked.
    NotLooked,
    /// This came of asking.
    Looked(&'a Look),
}

/// Lets an order pass, or says which rule stops it.
///
/// A reduce-only order meets the rules for all orders and one count limit; an entry meets every
/// rule there is.
///
/// # Errors
/// The first [`Refusal`] that concerns it.
pub fn approve(order: Order, situation: &Situation<'_>) -> Result<Approved<Order>, Refusal> {
    if let Some(stop) = situation.stops.first() {
        return Err(stop.clone());
    }
    frozen_or_late(situation)?;
    well_formed(&order, situation)?;
    unsettled_in(&order, situation)?;
    if order.leg.is_reduce_only() {
        market::sabotage!(EntryLimitOnExits, {
            let halted = gates::halted(situation.state.halt.as_ref());
            if let Some(stop) = halted.as_ref().or(situation.entry_stops.first()) {
                return Err(stop.clone());
            }
        });
        reduces_only(&order, situation)?;
    } else {
        enters_within_limits(&order, situation)?;
    }
    Ok(Approved(order))
}

/// Lets a cancel pass: only a freeze, a closed market or the clock stop one.
///
/// # Errors
/// The [`Refusal`] that stops it.
pub fn approve_cancel(
    cancel: Cancel,
    situation: &Situation<'_>,
) -> Result<Approved<Cancel>, Refusal> {
    frozen_or_late(situation)?;
    Ok(Approved(cancel))
}

fn frozen_or_late(situation: &Situation<'_>) -> Result<(), Refusal> {
    if let Some(frozen) = gates::frozen(situation.state.halt.as_ref()) {
        return Err(frozen);
    }
    let session = situation.session;
    let last_moment = session.close - CLOSE_MARGIN;
    if situation.now < session.open || situation.now > last_moment {
        let limit = format!(
            "{} to {}",
            time::new_york_text(session.open),
            time::new_york_text(last_moment)
        );
        return Err(Refusal::new(
            Reason::MarketClosed,
            limit,
            time::new_york_text(situation.now),
        ));
    }
    if situation.now >= situation.send_until {
        let limit = format!(
            "first sends before {}",
            time::new_york_text(situation.send_until)
        );
        return Err(Refusal::new(
            Reason::OutOfTime,
            limit,
            time::new_york_text(situation.now),
        ));
    }
    Ok(())
}

/// Every leg has its own side, and only US equities are traded.
fn well_formed(order: &Order, situation: &Situation<'_>) -> Result<(), Refusal> {
    if order.leg.side() != Some(order.side) {
        let limit = format!("the side of a {}", order.leg);
        return Err(Refusal::new(
            Reason::WrongSide,
            limit,
            order.side.to_string(),
        ));
    }
    match situation.portfolio.position(&order.symbol) {
        Some(held) if !held.is_us_equity => Err(Refusal::new(
            Reason::NotTradable,
            "US equities only",
            order.symbol.to_string(),
        )),
        _ => Ok(()),
    }
}

fn unsettled_in(order: &Order, situation: &Situation<'_>) -> Result<(), Refusal> {
    let clash = situation
        .state
        .unsettled()
        .find(|(_, tracked)| tracked.order().symbol == order.symbol);
    match clash {
        None => Ok(()),
        Some((id, tracked)) => {
            let limit = format!("no order in {} without a known end", order.symbol);
            Err(Refusal::new(
                Reason::UnsettledIntent,
                limit,
                format!("{id} is {:?}", tracked.state),
            ))
        }
    }
}

/// At most what is held or owed, and the one count limit of reduce-only orders.
fn reduces_only(order: &Order, situation: &Situation<'_>) -> Result<(), Refusal> {
    let portfolio = situation.portfolio;
    let there = match order.side {
        Side::Sell => portfolio.long(&order.symbol),
        Side::Buy => portfolio.short(&order.symbol),
    };
    let wanted = order.instruction.quantity();
    if wanted.is_none_or(|quantity| quantity > there) {
        let seen = wanted.map_or_else(
            || "an order by amount".to_owned(),
            |quantity| quantity.to_string(),
        );
        return Err(Refusal::new(
            Reason::NotReducing,
            format!("at most the {there} {} there are", order.symbol),
            seen,
        ));
    }
    let limit = situation.limits.reduce_only_per_day;
    let made = situation.state.day.reduce_only;
    if made >= limit {
        return Err(Refusal::new(
            Reason::ReduceOnlyPerDay,
            format!("at most {limit} a day"),
            format!("{made} made"),
        ));
    }
    Ok(())
}

fn enters_within_limits(order: &Order, situation: &Situation<'_>) -> Result<(), Refusal> {
    let unarmed = || gates::unarmed(situation.state, situation.now);
    let thrown = gates::halted(situation.state.halt.as_ref())
        .or_else(|| situation.needs_arming.then(unarmed).flatten());
    if let Some(stop) = thrown.as_ref().or(situation.entry_stops.first()) {
        return Err(stop.clone());
    }
    let (state, limits) = (situation.state, situation.limits);
    let slot_orders = state
        .open_slot
        .as_ref()
        .map_or(0, |open| state.orders_in(open.slot));
    at_most(
        Reason::OrdersPerSlot,
        limits.orders_per_slot,
        slot_orders,
        "a slot",
    )?;
    at_most(
        Reason::OrdersPerDay,
        limits.orders_per_day,
        state.day.orders,
        "a day",
    )?;
    within_spread(order, situation)?;
    within_equity(order, situation)
}

/// The quote the entry was held up to, once more and by now.
fn within_spread(order: &Order, situation: &Situation<'_>) -> Result<(), Refusal> {
    let look = match situation.quote {
        Sight::Nowhere => return Ok(()),
        Sight::NotLooked => &Look::NoQuote,
        Sight::Looked(look) => look,
    };
    let (now, open) = (situation.now, situation.session.open);
    too_wide(look, &order.symbol, now, open, situation.limits).map_or(Ok(()), Err)
}

fn at_most(reason: Reason, limit: u32, made: u32, per: &str) -> Result<(), Refusal> {
    if made < limit {
        return Ok(());
    }
    Err(Refusal::new(
        reason,
        format!("at most {limit} {per}"),
        format!("{made} made"),
    ))
}

/// One order's value and the exposure it leads to, both against equity; and never more than the
/// cash there is.
fn within_equity(order: &Order, situation: &Situation<'_>) -> Result<(), Refusal> {
    market::sabotage!(BuyBeforeSold, {
        return Ok(());
    });
    let account = &situation.portfolio.account;
    let limits = situation.limits;
    let Some(price) = situation.price else {
        return Err(Refusal::new(
            Reason::Stale,
            format!("a price of {}", order.symbol),
            "none",
        ));
    };
    let value = order.instruction.value(price);
    let largest = share_of(account.equity, limits.order_notional_max_pct);
    let cash = market::sabotage!(SizeFromBuyingPower, account.buying_power, account.cash);
    if value > largest || value > cash {
        let limit = format!("at most {} and the cash of {}", largest, account.cash);
        return Err(Refusal::new(
            Reason::OrderNotional,
            limit,
            value.to_string(),
        ));
    }
    within_exposure(order, value, price, situation)
}

/// What would be held, against equity: once at our price and once at the broker's mark, each with
/// the equity that goes with it. Prices of two moments would let one pass that is beyond the limit
/// by the other, and stop one that is within it by both.
fn within_exposure(
    order: &Order,
    value: Money,
    price: Price,
    situation: &Situation<'_>,
) -> Result<(), Refusal> {
    let portfolio = situation.portfolio;
    let pct = situation.limits.exposure_max_pct;
    let others: Money = portfolio
        .positions
        .iter()
        .filter(|held| held.symbol != order.symbol)
        .filter_map(|held| held.market_value)
        .map(Money::abs)
        .sum();
    let ours = price * portfolio.long(&order.symbol);
    let held = portfolio.position(&order.symbol);
    let marked = held.and_then(|held| held.market_value).unwrap_or(ours);
    let equity = portfolio.account.equity;
    for (held, equity) in [(ours, equity - marked + ours), (marked, equity)] {
        let exposure = held + others + value;
        let most = share_of(equity, pct);
        if exposure > most {
            let limit = format!("at most {most}, {pct} % of equity");
            return Err(Refusal::new(Reason::Exposure, limit, exposure.to_string()));
        }
    }
    Ok(())
}

fn share_of(equity: Money, pct: u32) -> Money {
    Money::new(equity.decimal() * percent(pct)).unwrap_or(Money::ZERO)
}
