//! The invariants of EXECUTION §7 that one slot's end can show, as functions.
//!
//! Each takes what is known and returns what is wrong, in words; nothing is none. The simulation
//! checks them after every step, a live cycle before it closes.

use market::Money;

use crate::order::{AccountTag, ClientOrderId, OrderReport, Side};
use crate::portfolio::Portfolio;
use crate::record::Entry;
use crate::record::{Intent, Record};
use crate::state::State;

/// A breach: which invariant, and how.
pub type Breach = String;

/// What the end of a slot shows.
#[derive(Debug, Clone, Copy)]
pub struct SlotEnd<'a> {
    /// This account's tag in our ids.
    pub tag: &'a AccountTag,
    /// The folded journal before the closing record.
    pub state: &'a State,
    /// The slot's records.
    pub entries: &'a [Entry],
    /// The portfolio before acting.
    pub before: &'a Portfolio,
    /// The portfolio at the end.
    pub after: &'a Portfolio,
    /// All orders the broker shows since the newest known before the slot.
    pub orders: &'a [OrderReport],
}

/// Every breach the end of a slot shows.
#[must_use]
pub fn check(end: &SlotEnd<'_>) -> Vec<Breach> {
    let mut breaches = one_open_order_a_symbol(end);
    breaches.extend(buys_within_plan(end));
    breaches.extend(cash_stays_above_zero(end));
    breaches.extend(nothing_owed(end));
    breaches.extend(orders_are_intended(end));
    breaches
}

/// I1, first half: never two own orders open in one symbol.
fn one_open_order_a_symbol(end: &SlotEnd<'_>) -> Vec<Breach> {
    let ours = |order: &&OrderReport| ClientOrderId::is_ours(&order.client_order_id, end.tag);
    let mut symbols: Vec<_> = end
        .after
        .open_orders
        .iter()
        .filter(ours)
        .map(|order| &order.symbol)
        .collect();
    symbols.sort();
    let twice = symbols.windows(2).filter(|pair| pair[0] == pair[1]);
    twice
        .map(|pair| format!("I1: two own orders open in {}", pair[0]))
        .collect()
}

/// I1, second half: what was bought in the slot is within what the newest plans allowed.
fn buys_within_plan(end: &SlotEnd<'_>) -> Option<Breach> {
    let allowed: Money = end.entries.iter().filter_map(planned_buy).max()?;
    let is_buy = |order: &&OrderReport| {
        order.side == Side::Buy
            && ClientOrderId::is_ours(&order.client_order_id, end.tag)
            && in_slot(order, end)
    };
    let bought: Money = end
        .orders
        .iter()
        .filter(is_buy)
        .filter_map(OrderReport::filled_value)
        .sum();
    (bought > allowed).then(|| format!("I1: bought for {bought}, planned {allowed}"))
}

fn in_slot(order: &OrderReport, end: &SlotEnd<'_>) -> bool {
    end.entries.iter().any(|entry| match &entry.record {
        Record::Intended(intended) => intended.intent.id().as_str() == order.client_order_id,
        _ => false,
    })
}

/// The most a buy intended in this record may cost.
fn planned_buy(entry: &Entry) -> Option<Money> {
    match &entry.record {
        Record::Intended(intended) => match &intended.intent {
            Intent::Order(order) if !order.leg.is_reduce_only() => {
                order.instruction.quantity().map_or_else(
                    || match order.instruction {
                        crate::order::Instruction::Notional { notional } => Some(notional),
                        _ => None,
                    },
                    |quantity| match order.instruction {
                        crate::order::Instruction::Limit { limit_price, .. } => {
                            Some(limit_price * quantity)
                        }
                        _ => None,
                    },
                )
            }
            Intent::Order(_) | Intent::Cancel(_) => None,
        },
        _ => None,
    }
}

/// I2: our orders never take cash below zero.
fn cash_stays_above_zero(end: &SlotEnd<'_>) -> Option<Breach> {
    let (before, after) = (end.before.account.cash, end.after.account.cash);
    let we_bought = end.entries.iter().any(|entry| planned_buy(entry).is_some());
    (we_bought && before >= Money::ZERO && after < Money::ZERO)
        .then(|| format!("I2: cash went from {before} to {after}"))
}

/// I3: nothing is sold beyond what was held.
fn nothing_owed(end: &SlotEnd<'_>) -> Vec<Breach> {
    end.after
        .positions
        .iter()
        .filter(|position| end.after.short(&position.symbol) > end.before.short(&position.symbol))
        .map(|position| format!("I3: {} {} are owed", position.quantity, position.symbol))
        .collect()
}

/// I6: an order with our prefix is one the journal knows.
fn orders_are_intended(end: &SlotEnd<'_>) -> Vec<Breach> {
    unknown_orders(end.orders, end.state, end.tag)
        .into_iter()
        .map(|id| format!("I6: the broker holds {id}, which the journal does not know"))
        .collect()
}

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
