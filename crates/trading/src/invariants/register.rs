//! I6: the broker's orders under our prefix are the intents answered, and no head that was
//! announced is missing from the chain.

use std::collections::BTreeMap;

use market::Shares;

use super::history::Moment;
use super::{Breach, Invariant};
use crate::order::{AccountTag, ClientOrderId, OrderReport, OrderState, OrderStatus};
use crate::record::{Answer, Entry, Head, Intent, Record};
use crate::state::State;

/// Ids with our prefix that the broker shows and the folded journal does not know.
#[must_use]
pub fn unknown_orders(orders: &[OrderReport], state: &State, tag: &AccountTag) -> Vec<String> {
    let unknown = |order: &&OrderReport| {
        ClientOrderId::is_ours(&order.client_order_id, tag)
            && !state
                .orders
                .keys()
                .any(|known| known.as_str() == order.client_order_id)
    };
    orders
        .iter()
        .filter(unknown)
        .map(|order| order.client_order_id.clone())
        .collect()
}

/// The same as breaches.
pub(super) fn unintended(orders: &[OrderReport], state: &State, tag: &AccountTag) -> Vec<Breach> {
    let breach = |id| {
        let words = format!("the broker holds {id}, which the journal does not know");
        Breach::new(Invariant::I6, words)
    };
    let unknown = unknown_orders(orders, state, tag);
    unknown.into_iter().map(breach).collect()
}

/// An answer to something that was never intended.
pub(super) fn unasked(moment: &Moment<'_>, id: &ClientOrderId) -> Option<Breach> {
    let is_known = moment.before.orders.contains_key(id) || moment.under_way.has_cancel(id);
    (!is_known).then(|| {
        let words = format!("{id} is answered and was never intended");
        Breach::new(Invariant::I6, words)
    })
}

/// What the whole chain says of our orders.
#[derive(Default)]
struct Register<'a> {
    /// Every order ever intended or found, and whether the broker is known to have it.
    intended: BTreeMap<&'a str, bool>,
    /// Where each stands.
    states: BTreeMap<&'a str, OrderState>,
    /// What each had filled at its end.
    filled: BTreeMap<&'a str, Shares>,
}

impl<'a> Register<'a> {
    fn of(entries: &'a [Entry]) -> Self {
        let mut register = Self::default();
        for entry in entries {
            match &entry.record {
                Record::Intended(intended) => {
                    if let Intent::Order(order) = &intended.intent {
                        register.intended.entry(order.id.as_str()).or_default();
                        let id = order.id.as_str();
                        register.states.insert(id, OrderState::Intended);
                    }
                }
                Record::Answered(answered) => {
                    let is_there = matches!(answered.answer, Answer::Accepted(_));
                    register.answer(answered.id.as_str(), is_there);
                    if matches!(answered.answer, Answer::Refused { .. }) {
                        let id = answered.id.as_str();
                        register.states.insert(id, OrderState::Rejected);
                    }
                }
                Record::Settled(settled) => {
                    register.answer(settled.id.as_str(), settled.report.is_some());
                    let id = settled.id.as_str();
                    register.states.insert(id, settled.state);
                    if settled.state.is_terminal() {
                        register.filled.insert(id, settled.filled);
                    }
                }
                Record::Repaired(repaired) => {
                    for found in &repaired.orders {
                        let id = found.order.id.as_str();
                        register.intended.insert(id, true);
                        register.states.insert(id, found.state());
                    }
                }
                _ => {}
            }
        }
        register
    }

    fn answer(&mut self, id: &str, is_there: bool) {
        if let Some(known) = self.intended.get_mut(id) {
            *known |= is_there;
        }
    }

    /// An order that is at its end for both, and of which each says another count was filled.
    fn misbooked(&self, report: &OrderReport) -> Option<String> {
        let booked = *self.filled.get(report.client_order_id.as_str())?;
        let is_it = report.status.is_terminal() && report.status != OrderStatus::Replaced;
        (is_it && booked != report.filled).then(|| {
            let (id, filled) = (&report.client_order_id, report.filled);
            format!("the broker filled {filled} of {id}, the journal booked {booked}")
        })
    }

    /// Whether the journal says that the broker never had this order.
    fn denies(&self, report: &OrderReport) -> bool {
        match self.states.get(report.client_order_id.as_str()) {
            Some(OrderState::Unsent) => true,
            Some(OrderState::Rejected) => report.status != OrderStatus::Rejected,
            _ => false,
        }
    }
}

/// Orders that only one of the two knows: `orders` are all that the broker ever took.
pub(super) fn mismatched(
    entries: &[Entry],
    orders: &[OrderReport],
    tag: &AccountTag,
) -> Vec<Breach> {
    let register = Register::of(entries);
    let ours = |order: &&OrderReport| ClientOrderId::is_ours(&order.client_order_id, tag);
    let mut words = Vec::new();
    for order in orders.iter().filter(ours) {
        let id = &order.client_order_id;
        if !register.intended.contains_key(id.as_str()) {
            words.push(format!(
                "the broker holds {id}, which the journal does not know"
            ));
        } else if register.denies(order) {
            words.push(format!(
                "the broker holds {id}, which the journal calls never taken"
            ));
        }
        words.extend(register.misbooked(order));
    }
    let is_held = |id: &str| orders.iter().any(|order| order.client_order_id == id);
    for (id, answered) in &register.intended {
        if *answered && !is_held(id) {
            words.push(format!("{id} is answered, and the broker does not hold it"));
        }
    }
    let breach = |words| Breach::new(Invariant::I6, words);
    words.into_iter().map(breach).collect()
}

/// Heads that went out, as they were told (`17:` and hex digits of the hash), and are not in the
/// chain: it was cut or written anew.
#[must_use]
pub fn unannounced(entries: &[Entry], told: &[String]) -> Vec<Breach> {
    let stands = |told: &&String| {
        let Some((seq, digits)) = told.split_once(':') else {
            return false;
        };
        let at = |entry: &&Entry| seq.parse() == Ok(entry.seq);
        let hash = |entry: &Entry| Head {
            seq: entry.seq,
            hash: entry.hash,
        };
        let entry = entries.iter().find(at);
        entry.is_some_and(|entry| hash(entry).hash.to_string().starts_with(digits))
    };
    let breach = |told: &String| {
        let words = format!("the head {told} was announced and is not in the chain");
        Breach::new(Invariant::I6, words)
    };
    told.iter()
        .filter(|told| !stands(told))
        .map(breach)
        .collect()
}
