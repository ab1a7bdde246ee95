//! I3: never is more sold than held, nor more bought back than owed.

use std::collections::BTreeSet;

use market::Symbol;

use super::counterparty::Move;
use super::history::Moment;
use super::{Breach, Invariant};
use crate::order::{Order, Side};
use crate::portfolio::Portfolio;

/// A reduce-only order of more than was seen before it.
pub(super) fn oversized(moment: &Moment<'_>, order: &Order) -> Option<Breach> {
    let portfolio = moment.under_way.portfolio()?;
    if !order.leg.is_reduce_only() {
        return None;
    }
    let there = match order.side {
        Side::Sell => portfolio.long(&order.symbol),
        Side::Buy => portfolio.short(&order.symbol),
    };
    let wanted = order.instruction.quantity();
    wanted.is_none_or(|quantity| quantity > there).then(|| {
        let words = format!(
            "{} is of {}, and there are {there}",
            order.id, order.instruction
        );
        Breach::new(Invariant::I3, words)
    })
}

/// Shares owed more than before, in symbols that were sold. A short in a symbol we did not sell is
/// somebody else's doing.
pub(super) fn owed(before: &Portfolio, after: &Portfolio, sold: &BTreeSet<Symbol>) -> Vec<Breach> {
    let owes_more = |symbol: &&Symbol| after.short(symbol) > before.short(symbol);
    let breach = |symbol: &Symbol| {
        let words = format!("{} {symbol} are owed", after.short(symbol));
        Breach::new(Invariant::I3, words)
    };
    sold.iter().filter(owes_more).map(breach).collect()
}

/// An execution of ours that sold what was not there.
pub(super) fn shorting(step: &Move) -> Option<Breach> {
    (step.side == Side::Sell && step.held_after.is_sign_negative() && !step.held_after.is_zero())
        .then(|| {
            let words = format!(
                "{} took {} from {} to {}",
                step.client_order_id, step.symbol, step.held_before, step.held_after
            );
            Breach::new(Invariant::I3, words)
        })
}
