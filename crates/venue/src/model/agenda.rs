//! What the venue will do by itself, and when.

use std::collections::BTreeSet;

use market::Instant;

use super::book::Place;

/// Something the venue does by itself.
///
/// At one moment the order of the variants is the order of events: a close ends what a fill at the
/// same moment would have done, an open comes before every look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Event {
    /// The session ends.
    Close,
    /// The session begins.
    Open,
    /// A split of the configuration may reach the position.
    Split(usize),
    /// An order that outlives its day is over.
    Expire(Place),
    /// An order reaches the market.
    Acknowledge(Place),
    /// An order that was taken in is rejected.
    Reject(Place),
    /// A cancel takes effect.
    Cancel(Place),
    /// An order is looked at for a fill.
    Look(Place),
}

/// The events to come, first one first.
#[derive(Debug, Clone, Default)]
pub(super) struct Agenda(BTreeSet<(Instant, Event)>);

impl Agenda {
    pub(super) fn add(&mut self, at: Instant, event: Event) {
        self.0.insert((at, event));
    }

    pub(super) fn next(&self) -> Option<Instant> {
        self.0.first().map(|(at, _)| *at)
    }

    /// Takes the first event at or before `until`.
    pub(super) fn take(&mut self, until: Instant) -> Option<(Instant, Event)> {
        if self.next()? > until {
            return None;
        }
        self.0.pop_first()
    }
}
