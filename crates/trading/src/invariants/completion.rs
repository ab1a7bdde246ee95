//! I5: once nothing fails any more, what was begun is finished.

use market::Instant;
use market::calendar::Slot;
use strategy::Target;

use super::history::Moment;
use super::{Breach, Invariant};
use crate::judge::{Decided, replan};
use crate::outcome::{Effect, Held, Outcome};
use crate::record::{Record, SlotClosed};

/// Slots that could trade after which a target is to be reached.
const SLOTS_TO_REACH: u32 = 2;

/// What is unfinished, counted in slots carried through since nothing has failed.
#[derive(Debug, Clone)]
pub(super) struct Completion {
    since: Instant,
    /// The try under way began in calm.
    is_calm: bool,
    out: Option<(Slot, u32)>,
    all_in: u32,
}

impl Completion {
    pub(super) fn since(moment: Instant) -> Self {
        Self {
            since: moment,
            is_calm: false,
            out: None,
            all_in: 0,
        }
    }

    /// Takes the next record; at a slot's end, what should have been finished by then.
    pub(super) fn take(&mut self, moment: &Moment<'_>) -> Vec<Breach> {
        let words = match &moment.entry.record {
            Record::SlotOpened(_) => {
                self.is_calm = moment.entry.at >= self.since;
                Vec::new()
            }
            Record::SlotClosed(closed) if self.is_calm => {
                self.is_calm = false;
                self.close(moment, closed)
            }
            _ => Vec::new(),
        };
        let breach = |words| Breach::new(Invariant::I5, words);
        words.into_iter().map(breach).collect()
    }

    fn close(&mut self, moment: &Moment<'_>, closed: &SlotClosed) -> Vec<String> {
        let open = closed.state.unsettled();
        let mut words: Vec<String> = open
            .map(|(id, order)| format!("{id} is {:?} at the end of a slot", order.state))
            .collect();
        if !could_trade(moment, &closed.outcome) {
            self.all_in = 0;
            return words;
        }
        words.extend(self.exit(closed));
        words.extend(self.entry(moment, closed));
        words
    }

    /// An exit still open after two slots that could trade.
    fn exit(&mut self, closed: &SlotClosed) -> Option<String> {
        let open = closed.state.open_out.as_ref();
        self.out = open.map(|open| match self.out {
            Some((since, slots)) if since == open.since => (since, slots + 1),
            _ => (open.since, 1),
        });
        let (since, slots) = self.out.filter(|(_, slots)| *slots >= SLOTS_TO_REACH)?;
        Some(format!("the exit of {since} is open after {slots} slots"))
    }

    /// The wish to hold everything, decided twice in a row, and something still to be done for it.
    fn entry(&mut self, moment: &Moment<'_>, closed: &SlotClosed) -> Option<String> {
        let (seen, decided) = (moment.observed?, moment.decided?);
        let portfolio = closed.portfolio.as_ref()?;
        let is_free = decided.entry_stops.is_empty() && decided.refused.is_none();
        if decided.target != Target::AllIn || !is_free {
            self.all_in = 0;
            return None;
        }
        self.all_in += 1;
        let (state, settings) = (moment.before, moment.settings);
        let left = replan(decided, portfolio, seen, state, settings);
        let is_reached = left.is_empty() && left.idle != Some(Held::Unavailable);
        (self.all_in >= SLOTS_TO_REACH && !is_reached)
            .then(|| format!("all in is not reached after {} slots", self.all_in))
    }
}

/// An exit that is open and not worked for, though nothing says otherwise.
pub(super) fn forgotten(moment: &Moment<'_>, decided: &Decided) -> Option<Breach> {
    let open = moment.before.open_out.as_ref()?;
    let is_forgotten = decided.wanted == Target::Keep && decided.target != Target::Out;
    is_forgotten.then(|| {
        let words = format!(
            "the exit of {} is open and {:?} was done",
            open.since, decided.target
        );
        Breach::new(Invariant::I5, words)
    })
}

/// Whether nothing stood against every order in this slot.
fn could_trade(moment: &Moment<'_>, outcome: &Outcome) -> bool {
    let was_stopped = moment
        .decided
        .is_none_or(|decided| !decided.stops.is_empty());
    let ended_well = match outcome {
        Outcome::Traded => true,
        Outcome::Held(why) => *why != Held::Unavailable,
        Outcome::Refused(refusal) => !matches!(
            refusal.reason.effect(),
            Effect::StopsAll | Effect::BoundsExits
        ),
        Outcome::Failed(_) | Outcome::Missed => false,
    };
    ended_well && !was_stopped
}
