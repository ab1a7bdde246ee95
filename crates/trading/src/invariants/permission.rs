//! I4: what was intended against what forbade it at that moment.

use market::{Duration, Money, Price, time};

use super::history::Moment;
use super::purchases::entry_cost;
use super::{Breach, Invariant};
use crate::approve::CLOSE_MARGIN;
use crate::observation::SessionHours;
use crate::order::{ClientOrderId, Order};
use crate::portfolio::Portfolio;
use crate::record::{HaltLevel, Intended, Intent};
use crate::settings::{LimitSettings, Venue, sections::percent};

/// Between the approval of an order and its record.
const APPROVAL_LAG: Duration = time::seconds(1);

/// Every rule that this intent stands against.
pub(super) fn forbidden(moment: &Moment<'_>, intended: &Intended) -> Vec<Breach> {
    let mut words = Vec::new();
    words.extend(not_open(moment));
    words.extend(frozen(moment));
    words.extend(outside_session(moment, intended));
    if let Intent::Order(order) = &intended.intent {
        words.extend(stopped(moment));
        if !order.leg.is_reduce_only() {
            words.extend(restricted(moment));
            words.extend(past_a_count(moment, order));
            words.extend(past_a_share_of_equity(moment, order));
        }
    }
    let id = intended.intent.id();
    let breach = |words: String| Breach::new(Invariant::I4, format!("{id} intended {words}"));
    words.into_iter().map(breach).collect()
}

/// Only the slot that is open sends anything.
fn not_open(moment: &Moment<'_>) -> Option<String> {
    let open = moment.before.open_slot.as_ref().map(|open| open.slot);
    (open.is_none() || open != moment.entry.slot).then(|| "while its slot was not open".to_owned())
}

/// A freeze allows nothing at all.
fn frozen(moment: &Moment<'_>) -> Option<String> {
    let halt = moment.before.halt.as_ref()?;
    (halt.level == HaltLevel::Frozen).then(|| format!("while frozen {}", halt.reason))
}

/// Every send lies inside the session of both calendars, and a first one inside the slot's time.
/// A cancel may come before the broker's calendar was asked, and knows ours alone.
fn outside_session(moment: &Moment<'_>, intended: &Intended) -> Option<String> {
    let slot = moment.entry.slot?;
    let ours = moment.calendar.session(slot.date()).ok().flatten();
    let Some(ours) = ours else {
        return Some(format!("on {}, which has no session", slot.date()));
    };
    let ours = SessionHours {
        open: ours.open,
        close: ours.close,
    };
    let is_order = matches!(intended.intent, Intent::Order(_));
    let seen = moment.observed.filter(|_| is_order);
    let hours = seen.map_or(ours, |seen| SessionHours {
        open: seen.narrower_session().open.max(ours.open),
        close: seen.narrower_session().close.min(ours.close),
    });
    let (at, until) = (moment.entry.at, intended.send_before);
    let last = hours.close - CLOSE_MARGIN;
    if at < hours.open || until > last {
        let span = [at, until, hours.open, last].map(time::new_york_text);
        let [at, until, open, last] = span;
        return Some(format!(
            "at {at} to be sent until {until}, outside {open} to {last}"
        ));
    }
    let latest = slot.at() + moment.settings.orders.max_slot_age();
    (is_order && until > latest).then(|| {
        let [until, latest] = [until, latest].map(time::new_york_text);
        format!("to be sent until {until}, later than {latest}")
    })
}

/// A rule of this slot's decision stops every order.
fn stopped(moment: &Moment<'_>) -> Option<String> {
    let stop = moment.decided?.stops.first()?;
    Some(format!("against {stop}"))
}

/// Halted, not armed, or against a rule of this slot's decision that stops entries.
fn restricted(moment: &Moment<'_>) -> Option<String> {
    let state = moment.before;
    if let Some(halt) = &state.halt {
        return Some(format!("while halted {}", halt.reason));
    }
    let is_live = moment.settings.venue == Venue::AlpacaLive;
    let armed = |until| moment.entry.at < until + APPROVAL_LAG;
    if is_live && !state.armed_until.is_some_and(armed) {
        return Some("while not armed".to_owned());
    }
    let stop = moment.decided?.entry_stops.first()?;
    Some(format!("against {stop}"))
}

fn past_a_count(moment: &Moment<'_>, order: &Order) -> Option<String> {
    let (state, limits) = (moment.before, &moment.settings.limits);
    let is_new = |id: &ClientOrderId| u32::from(!state.orders.contains_key(id));
    let in_slot = moment.entry.slot.map_or(0, |slot| state.orders_in(slot));
    let new = is_new(&order.id);
    let counts = [
        ("orders a slot", in_slot + new, limits.orders_per_slot),
        (
            "orders a day",
            state.day.orders + new,
            limits.orders_per_day,
        ),
        (
            "round trips a day",
            state.day.round_trips + 1,
            limits.round_trips_per_day,
        ),
    ];
    let past = counts.iter().find(|(_, made, most)| made > most);
    past.map(|(what, _, most)| format!("past {most} {what}"))
}

fn past_a_share_of_equity(moment: &Moment<'_>, order: &Order) -> Option<String> {
    let portfolio = moment.under_way.portfolio()?;
    let cost = entry_cost(order.leg, &order.instruction)?;
    let limits = &moment.settings.limits;
    let price = moment.observed?.trade_price.as_ref()?.price;
    let exposed = price * portfolio.long(&order.symbol) + cost;
    let most = shares_of_equity(portfolio, limits);
    if cost > most.one_order {
        return Some(format!("for {cost}, more than {}", most.one_order));
    }
    (exposed > most.all).then(|| exposure_words(exposed, most.all, price))
}

fn exposure_words(exposed: Money, most: Money, price: Price) -> String {
    format!("to hold {exposed} at {price}, more than {most}")
}

struct MostOfEquity {
    one_order: Money,
    all: Money,
}

fn shares_of_equity(portfolio: &Portfolio, limits: &LimitSettings) -> MostOfEquity {
    let equity = portfolio.account.equity.decimal();
    let share = |pct| Money::new(equity * percent(pct)).unwrap_or(Money::ZERO);
    MostOfEquity {
        one_order: share(limits.order_notional_max_pct),
        all: share(limits.exposure_max_pct),
    }
}
