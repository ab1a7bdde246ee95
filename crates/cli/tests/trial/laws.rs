//! What holds whatever went wrong: by the exchange's own books, and by the journal.

use std::collections::BTreeMap;

use cycle::port::Journal;
use journal::{Chain, Store};
use market::{Decimal, Instant, Money};
use trading::record::{Entry, Intent, Record};
use trading::replay::Replay;
use trading::state::State;
use venue::http::Shared;
use venue::model::{Activity, Entry as Booked, Order, OrderQuery, Scope, Side};

use super::world::World;

/// An order is accepted within this of its intent (I12).
const ACCEPTED_WITHIN: market::Duration = market::time::seconds(30);
/// All in leaves the buffer of 0.5 % and what fees and rounding take.
const ALL_IN_PERCENT: i64 = 97;

/// Every law that is broken now, in words.
pub(super) fn broken(world: &World) -> Vec<String> {
    broken_between(&world.venue, world.entries())
}

/// Every law that an exchange and a journal break between them.
pub(super) fn broken_between(venue: &Shared, entries: &[Entry]) -> Vec<String> {
    let mut broken = books(venue);
    broken.extend(intents(venue, entries));
    broken.extend(records(entries));
    broken
}

/// Every law that is broken at the end, once all is well again.
pub(super) async fn broken_at_the_end(world: &World) -> Vec<String> {
    let mut broken = broken(world);
    broken.extend(unfinished(&world.venue, world.runner.state()));
    broken.extend(chain(&world.chain(), world.entries()).await);
    broken
}

/// I5: no order is open at the exchange, or of unknown end in the journal.
pub(super) fn unfinished(venue: &Shared, state: &State) -> Vec<String> {
    let open = state.unsettled();
    let mut broken: Vec<String> = open
        .map(|(id, tracked)| format!("I5: {id} is {:?}", tracked.state))
        .collect();
    let at_work = |venue: &mut venue::Venue| venue.orders(&OrderQuery::new(Scope::Open)).len();
    let open = venue.with_venue(at_work);
    if open > 0 {
        broken.push(format!("{open} orders are open at the exchange"));
    }
    broken
}

/// I2, I3: at no fill was cash below zero or a share owed; what is held never exceeds the equity.
fn books(venue: &Shared) -> Vec<String> {
    venue.with_venue(|venue| {
        let mut broken = Vec::new();
        let account = venue.account();
        let start = account.cash - venue.activities().iter().map(cash).sum::<Money>();
        let (mut cash_now, mut held) = (start, Decimal::ZERO);
        for activity in venue.activities() {
            cash_now += cash(activity);
            held += shares(activity);
            let at = activity.at;
            if cash_now < Money::ZERO {
                broken.push(format!("I2: cash was {cash_now} at {at}"));
            }
            if held < Decimal::ZERO {
                broken.push(format!("I3: {held} shares were held at {at}"));
            }
        }
        broken
    })
}

fn cash(activity: &Activity) -> Money {
    match &activity.entry {
        Booked::Cash(cash) => cash.amount,
        Booked::Split(_) => Money::ZERO,
        Booked::Fill(fill) => {
            let value = fill.price * fill.quantity;
            match fill.side {
                Side::Buy => -value,
                Side::Sell => value,
            }
        }
    }
}

fn shares(activity: &Activity) -> Decimal {
    match &activity.entry {
        Booked::Cash(_) => Decimal::ZERO,
        Booked::Split(split) => split.quantity,
        Booked::Fill(fill) => match fill.side {
            Side::Buy => fill.quantity.decimal(),
            Side::Sell => -fill.quantity.decimal(),
        },
    }
}

/// I4, I6, I12: every order at the exchange was intended before it came, and shortly before.
fn intents(venue: &Shared, entries: &[Entry]) -> Vec<String> {
    let mut intended: BTreeMap<&str, Vec<Instant>> = BTreeMap::new();
    for entry in entries {
        if let Record::Intended(made) = &entry.record
            && let Intent::Order(order) = &made.intent
        {
            intended
                .entry(order.id.as_str())
                .or_default()
                .push(entry.at);
        }
    }
    let shortly_before = |came: Instant| {
        move |at: &Instant| *at <= came && came.duration_since(*at) <= ACCEPTED_WITHIN
    };
    venue.with_venue(|venue| {
        let all = venue.orders(&OrderQuery::new(Scope::All));
        let ours = |order: &&Order| order.client_order_id.starts_with("tqqq-");
        let odd = all.into_iter().filter(ours).filter(|order| {
            let made = intended.get(order.client_order_id.as_str());
            !made.is_some_and(|made| made.iter().any(shortly_before(order.times.created)))
        });
        odd.map(|order| format!("I4: {} came unintended", order.client_order_id))
            .collect()
    })
}

/// No breach was recorded, nothing was halted, and no slot has two outcomes.
fn records(entries: &[Entry]) -> Vec<String> {
    let mut broken = Vec::new();
    let mut closed = BTreeMap::new();
    for entry in entries {
        match &entry.record {
            Record::Halted(halted) => broken.push(format!("halted: {}", halted.reason)),
            Record::SlotClosed(slot) => {
                broken.extend(slot.breaches.iter().map(ToString::to_string));
                if closed.insert(entry.slot, entry.seq).is_some() {
                    broken.push(format!("I10: {:?} was closed twice", entry.slot));
                }
            }
            _ => {}
        }
    }
    broken
}

/// The chain verifies, and I7: replay computes the record once more.
pub(super) async fn chain<S: Store>(chain: &Chain<S>, entries: &[Entry]) -> Vec<String> {
    let report = journal::verify(chain.store(), None, |_| {}).await.unwrap();
    let mut broken = Vec::new();
    if !report.is_sound() {
        broken.push(format!("the chain: {report:?}"));
    }
    let mut replay = Replay::new(None);
    for entry in entries {
        if let Some(hash) = replay.wants(entry) {
            let text = chain.body(hash).await.unwrap().unwrap();
            replay.learn(hash, serde_json::from_slice(&text).unwrap());
        }
        replay.take(entry);
    }
    if let Some(difference) = replay.finish().difference {
        broken.push(format!("I7: {difference:?}"));
    }
    broken
}

/// What is held by the exchange's books, in words.
pub(super) fn standing(world: &World) -> String {
    world.venue.with_venue(|venue| {
        let account = venue.account();
        let value = account.long_market_value;
        if venue.positions().is_empty() {
            return "flat".to_owned();
        }
        let percent = value.ratio_of(account.equity).unwrap_or_default() * Decimal::ONE_HUNDRED;
        if percent > Decimal::ONE_HUNDRED {
            format!("LEVERED: {} % in", percent.round())
        } else if percent >= Decimal::from(ALL_IN_PERCENT) {
            "all in".to_owned()
        } else {
            format!("{} % in", percent.round())
        }
    })
}
