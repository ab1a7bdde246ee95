//! I2: our orders never take cash below zero.

use market::Money;

use super::counterparty::Move;
use super::history::Moment;
use super::purchases::entry_cost;
use super::{Breach, Invariant};
use crate::order::{Order, Side};
use crate::portfolio::Portfolio;

/// An entry that may cost more than the cash that was seen before it.
pub(super) fn uncovered(moment: &Moment<'_>, order: &Order) -> Option<Breach> {
    let cost = entry_cost(order.leg, &order.instruction)?;
    let cash = moment.under_way.portfolio()?.account.cash;
    (cost > cash).then(|| {
        let words = format!("{} may cost {cost}, and there is cash of {cash}", order.id);
        Breach::new(Invariant::I2, words)
    })
}

/// Cash that went below zero in a slot that bought. A slot that began below zero, or bought
/// nothing, did not take it there.
pub(super) fn overdrawn(before: &Portfolio, after: &Portfolio, bought: bool) -> Option<Breach> {
    let (before, after) = (before.account.cash, after.account.cash);
    (bought && before >= Money::ZERO && after < Money::ZERO).then(|| {
        let words = format!("cash went from {before} to {after}");
        Breach::new(Invariant::I2, words)
    })
}

/// An execution of ours that left cash below zero. Buying back what is owed is no entry.
pub(super) fn overdrawing(step: &Move) -> Option<Breach> {
    let is_entry = step.side == Side::Buy && !step.held_before.is_sign_negative();
    (is_entry && step.cash_after < Money::ZERO).then(|| {
        let words = format!(
            "{} took cash from {} to {}",
            step.client_order_id, step.cash_before, step.cash_after
        );
        Breach::new(Invariant::I2, words)
    })
}
