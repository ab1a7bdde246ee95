//! I13: an order that only reduces is never refused by a rule made for entries.

use super::history::Moment;
use super::{Breach, Invariant};
use crate::judge::Decided;
use crate::outcome::{Effect, Outcome, Reason, Refusal};
use crate::plan::Plan;
use crate::record::HaltLevel;
use crate::state::State;
use strategy::Target;

/// Rules named to stop every order that may stop entries only.
pub(super) fn misplaced(decided: &Decided) -> Vec<Breach> {
    let is_no_stop = |stop: &&Refusal| stop.reason.effect() != Effect::StopsAll;
    let breach = |stop: &Refusal| {
        let words = format!("{stop} is named to stop every order");
        Breach::new(Invariant::I13, words)
    };
    let stops = decided.stops.iter();
    stops.filter(is_no_stop).map(breach).collect()
}

/// A slot that ended in such a refusal while something was to be sold or bought back.
pub(super) fn refused_outcome(moment: &Moment<'_>, outcome: &Outcome) -> Option<Breach> {
    match outcome {
        Outcome::Refused(refusal) => refused(refusal, moment.under_way.plan()?, moment.before),
        _ => None,
    }
}

/// The same of a refusal after which the slot went on to end as it did. What freezes everything is
/// told as a halt, too.
pub(super) fn refused(refusal: &Refusal, plan: &Plan, state: &State) -> Option<Breach> {
    let leads_out = plan.target == Target::Out && !plan.is_empty();
    let reduces = leads_out || !plan.sales.is_empty();
    let halt = state.halt.as_ref();
    let is_freeze = refusal.reason == Reason::Halted
        && halt.is_some_and(|halt| halt.level == HaltLevel::Frozen);
    let may = matches!(
        refusal.reason.effect(),
        Effect::StopsAll | Effect::BoundsExits
    );
    (reduces && !may && !is_freeze).then(|| {
        let words = format!("what reduces was refused by {refusal}");
        Breach::new(Invariant::I13, words)
    })
}
