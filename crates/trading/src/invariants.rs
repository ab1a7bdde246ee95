//! The invariants of EXECUTION §7 that one slot's end can show, as functions.
//!
//! Each takes what is known and returns what is wrong, in words; nothing is none. The simulation
//! checks them after every step, a live cycle before it closes.

use std::collections::BTreeSet;

use market::{Bps, Money, Symbol};

use crate::order::{AccountTag, ClientOrderId, Instruction, Order, OrderReport, Side};
use crate::portfolio::Portfolio;
use crate::record::{Entry, Intended, Intent, Record};
use crate::state::State;

/// What the value of fills may exceed an order's amount by: brokers round the average price.
const AVERAGE_ROUNDING: Bps = Bps::whole(1);

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

/// I1, second half: what the slot's buys have cost, and what an open one may still cost, is within
/// what one plan allowed. A cover is no buy: it is bounded by what is owed.
fn buys_within_plan(end: &SlotEnd<'_>) -> Option<Breach> {
    let entries: Vec<(&Order, Money)> = intended_orders(end).filter_map(priced_entry).collect();
    let allowed = entries.iter().map(|(_, cost)| *cost).max()?;
    let committed: Money = end
        .orders
        .iter()
        .filter_map(|report| {
            let is_it = |(order, _): &&(&Order, Money)| order.id.as_str() == report.client_order_id;
            let (_, cost) = entries.iter().rfind(is_it)?;
            if report.status.is_terminal() {
                report.filled_value()
            } else {
                Some(*cost)
            }
        })
        .sum();
    let most = allowed + allowed.part(AVERAGE_ROUNDING);
    (committed > most).then(|| format!("I1: bought for {committed}, planned {allowed}"))
}

/// The orders of the slot, oldest first, as they were intended.
fn intended_orders<'a>(end: &SlotEnd<'a>) -> impl Iterator<Item = &'a Order> {
    end.entries.iter().filter_map(|entry| match &entry.record {
        Record::Intended(Intended {
            intent: Intent::Order(order),
            ..
        }) => Some(order),
        _ => None,
    })
}

/// An entry with the most it may cost; nothing for an order that reduces or names no amount.
fn priced_entry(order: &Order) -> Option<(&Order, Money)> {
    let cost = match order.instruction {
        _ if order.leg.is_reduce_only() => return None,
        Instruction::Market { .. } => return None,
        Instruction::Notional { notional } => notional,
        Instruction::Limit {
            quantity,
            limit_price,
        } => limit_price * quantity,
    };
    Some((order, cost))
}

/// I2: our orders never take cash below zero.
fn cash_stays_above_zero(end: &SlotEnd<'_>) -> Option<Breach> {
    let (before, after) = (end.before.account.cash, end.after.account.cash);
    let we_bought = intended_orders(end).any(|order| !order.leg.is_reduce_only());
    (we_bought && before >= Money::ZERO && after < Money::ZERO)
        .then(|| format!("I2: cash went from {before} to {after}"))
}

/// I3: nothing is sold beyond what was held. A short in a symbol we did not sell is somebody
/// else's doing.
fn nothing_owed(end: &SlotEnd<'_>) -> Vec<Breach> {
    let sold: BTreeSet<&Symbol> = intended_orders(end)
        .filter(|order| order.side == Side::Sell)
        .map(|order| &order.symbol)
        .collect();
    let owes_more = |symbol: &&Symbol| end.after.short(symbol) > end.before.short(symbol);
    sold.into_iter()
        .filter(owes_more)
        .map(|symbol| format!("I3: {} {symbol} are owed", end.after.short(symbol)))
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
