//! I7: what is computed again from the record is the record's.

use super::history::Moment;
use super::{Breach, Invariant};
use crate::order::{AccountTag, ClientOrderId, Order};
use crate::plan::PlannedOrder;
use crate::replay::Difference;

/// A decision, plan, reconstruction or state that comes out otherwise.
pub(super) fn differing(difference: &Difference) -> Breach {
    let Difference {
        what,
        recorded,
        computed,
        ..
    } = difference;
    let words = format!("{what}: recorded {recorded}, computed {computed}");
    Breach::new(Invariant::I7, words)
}

/// An order that is none of the newest plan's.
pub(super) fn unplanned(moment: &Moment<'_>, order: &Order) -> Option<Breach> {
    let is_it = |planned: &PlannedOrder| {
        (planned.leg, &planned.symbol, &planned.instruction)
            == (order.leg, &order.symbol, &order.instruction)
    };
    let plan = moment.under_way.plan();
    let planned = plan.is_some_and(|plan| plan.sales.iter().chain(&plan.buy).any(is_it));
    (!planned).then(|| {
        let words = format!(
            "{} of {} {} is none of the plan",
            order.id, order.symbol, order.instruction
        );
        Breach::new(Invariant::I7, words)
    })
}

/// An order under another id than the one its slot, step and attempt give.
pub(super) fn misnamed(moment: &Moment<'_>, order: &Order) -> Option<Breach> {
    let slot = moment.entry.slot?;
    let tag = AccountTag::of(&moment.before.binding.as_ref()?.account);
    let attempt = moment.before.next_attempt(slot, order.leg, &order.symbol);
    let named = ClientOrderId::new(&tag, slot, order.leg, &order.symbol, attempt);
    (named.as_ref() != Ok(&order.id)).then(|| {
        let named = named.map_or_else(|error| error.to_string(), |id| id.to_string());
        let words = format!("{} should be {named}", order.id);
        Breach::new(Invariant::I7, words)
    })
}
