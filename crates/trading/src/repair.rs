//! A journal that is behind: orders of ours at the broker that no record of it names.
//!
//! That is what an older copy leaves, restored over a journal that was lost: everything is frozen
//! (`JournalBehind`) until the owner has the journal learn what the broker holds. What was decided
//! and why is lost for good; what was ordered, filled and still held the broker knows, and
//! [`Repaired`] writes it down so that no id is given twice, no open order is left alone and no
//! limit of the day counts from zero. Slots without a record are decided afterwards from their
//! bars, as after any absence. Switches thrown since are lost too: what was armed is disarmed, and
//! a halt must be said again. A repair sends nothing.

use std::collections::{BTreeMap, BTreeSet};

use market::calendar::Slot;
use market::{Instant, Shares, Symbol};
use serde::{Deserialize, Serialize};

use crate::order::{
    AccountTag, ClientOrderId, Instruction, Leg, Order, OrderReport, OrderState, OrderStatus, Side,
    life,
};
use crate::portfolio::Portfolio;
use crate::record::{Entry, HaltReason, Halted, Intent, Record};
use crate::state::State;

/// What the owner had the journal learn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repaired {
    /// Orders with our prefix that no record named, oldest first.
    pub orders: Vec<FoundOrder>,
    /// What stands in place of the freeze for being behind: the halt it had replaced, if one stood.
    pub halt: Option<Halted>,
    /// Account and holdings when it was written.
    pub portfolio: Portfolio,
}

/// An order of ours that the broker holds and no record named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundOrder {
    /// The slot it was made in.
    pub slot: Slot,
    /// What it must have been, as far as the broker shows it.
    pub order: Order,
    /// How the broker shows it.
    pub report: OrderReport,
}

impl FoundOrder {
    /// The order behind a report, if its id is of ours. Slot and step stand in the id; where it
    /// was written by hand and they do not, `slot_of` tells the slot of the moment the broker
    /// received it, and the side tells the step.
    #[must_use]
    pub fn of(
        report: &OrderReport,
        tag: &AccountTag,
        slot_of: impl Fn(Instant) -> Option<Slot>,
    ) -> Option<Self> {
        let id = ClientOrderId::at_broker(&report.client_order_id, tag)?;
        let (slot, leg) = match id.step() {
            Some(step) => step,
            None => (slot_of(report.submitted_at?)?, leg_of(report.side)),
        };
        let order = Order {
            id,
            leg,
            symbol: report.symbol.clone(),
            side: report.side,
            instruction: instruction_of(report),
        };
        Some(Self {
            slot,
            order,
            report: report.clone(),
        })
    }

    /// Where it stands.
    #[must_use]
    pub fn state(&self) -> OrderState {
        let report = &self.report;
        let lives_on = report.status == OrderStatus::Replaced && report.replaced_by.is_some();
        if lives_on {
            return OrderState::Open;
        }
        // From open every sight of an order leads somewhere.
        life::next(OrderState::Open, report.event()).unwrap_or(OrderState::Open)
    }
}

/// Whatever the id does not tell is taken for what limits most: a purchase for an entry.
const fn leg_of(side: Side) -> Leg {
    match side {
        Side::Buy => Leg::Buy,
        Side::Sell => Leg::Sell,
    }
}

fn instruction_of(report: &OrderReport) -> Instruction {
    match (report.notional, report.quantity, report.limit_price) {
        (Some(notional), ..) => Instruction::Notional { notional },
        (None, Some(quantity), Some(limit_price)) => Instruction::Limit {
            quantity,
            limit_price,
        },
        (None, Some(quantity), None) => Instruction::Market { quantity },
        // The broker names no amount; what it filled is the least it was.
        (None, None, _) => Instruction::Market {
            quantity: report.filled,
        },
    }
}

/// What a whole chain says that a repair must know.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Known {
    /// The state after the newest record.
    pub state: State,
    /// When the newest record was written.
    pub newest_at: Option<Instant>,
    ids: BTreeSet<String>,
    /// The state as it would be had nothing ever been frozen for being behind.
    unfrozen: State,
}

impl Known {
    /// Takes the next record of the chain.
    pub fn take(&mut self, entry: &Entry) {
        match &entry.record {
            Record::Intended(intended) => {
                if let Intent::Order(order) = &intended.intent {
                    self.ids.insert(order.id.to_string());
                }
            }
            Record::Repaired(repaired) => {
                let ids = repaired
                    .orders
                    .iter()
                    .map(|found| found.order.id.to_string());
                self.ids.extend(ids);
            }
            _ => {}
        }
        self.state.fold(entry);
        if !is_behind(entry) {
            self.unfrozen.fold(entry);
        }
        self.newest_at = Some(entry.at);
    }

    /// The orders of ours among those listed that no record names, oldest first, each once.
    ///
    /// # Errors
    /// [`Unplaced`] for one of no slot.
    pub fn lost(
        &self,
        listed: &[OrderReport],
        tag: &AccountTag,
        slot_of: impl Fn(Instant) -> Option<Slot>,
    ) -> Result<Vec<FoundOrder>, Unplaced> {
        let mut lost = BTreeMap::new();
        for report in listed {
            let id = &report.client_order_id;
            if self.ids.contains(id) || !ClientOrderId::is_ours(id, tag) {
                continue;
            }
            let found =
                FoundOrder::of(report, tag, &slot_of).ok_or_else(|| Unplaced { id: id.clone() })?;
            lost.insert((report.submitted_at, id.clone()), found);
        }
        Ok(lost.into_values().collect())
    }

    /// Whether orders are frozen because the journal is behind.
    #[must_use]
    pub fn is_frozen(&self) -> bool {
        self.state.halt.as_ref().is_some_and(is_for_being_behind)
    }

    /// The record that ends it; `None` when nothing is lost and nothing frozen.
    #[must_use]
    pub fn repair(&self, orders: Vec<FoundOrder>, portfolio: Portfolio) -> Option<Repaired> {
        (!orders.is_empty() || self.is_frozen()).then(|| Repaired {
            orders,
            halt: self.unfrozen.halt.clone(),
            portfolio,
        })
    }
}

/// An order of ours that tells neither by its id nor by its moment which slot it is of.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("order {id}: neither its id nor the broker tells which slot it is of")]
pub struct Unplaced {
    id: String,
}

fn is_behind(entry: &Entry) -> bool {
    matches!(&entry.record, Record::Halted(halted) if is_for_being_behind(halted))
}

/// Whether a halt stands because the journal is behind.
pub(crate) fn is_for_being_behind(halt: &Halted) -> bool {
    matches!(halt.reason, HaltReason::JournalBehind { .. })
}

/// Holdings by what the journal last saw and what the broker shows, where they differ.
#[must_use]
pub fn differing(state: &State, now: &Portfolio) -> Vec<(Symbol, Shares, Shares)> {
    let held = |symbol: &Symbol| state.held.get(symbol).copied().unwrap_or(Shares::ZERO);
    let symbols: BTreeSet<Symbol> = state
        .held
        .keys()
        .cloned()
        .chain(now.positions.iter().map(|position| position.symbol.clone()))
        .collect();
    symbols
        .into_iter()
        .map(|symbol| {
            let (before, after) = (held(&symbol), now.long(&symbol));
            (symbol, before, after)
        })
        .filter(|(_, before, after)| before != after)
        .collect()
}
