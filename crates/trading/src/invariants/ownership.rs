//! I8: whoever lost a slot changes nothing at the broker any more.

use market::{Duration, Instant};

use super::counterparty::{Arrival, Arrived};
use super::{Breach, Invariant};
use crate::order::BrokerOrderId;
use crate::record::{Entry, Intended, Intent, Record, RunId};

/// Who opened the newest slot.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Ownership {
    owner: Option<RunId>,
}

impl Ownership {
    /// Takes the next record; an intent of a run that does not own the slot.
    pub(super) fn take(&mut self, entry: &Entry) -> Option<Breach> {
        match &entry.record {
            Record::SlotOpened(_) => self.owner = Some(entry.run),
            Record::Intended(intended) if self.owner != Some(entry.run) => {
                let owner = self
                    .owner
                    .map_or_else(|| "nobody".to_owned(), |owner| format!("run {owner}"));
                let words = format!(
                    "{} intended by run {}, and the slot belongs to {owner}",
                    intended.intent.id(),
                    entry.run
                );
                return Some(Breach::new(Invariant::I8, words));
            }
            _ => {}
        }
        None
    }
}

/// Arrivals at the broker that no run may have sent: of nobody's intent, or of a run that had lost
/// its slot, but for the one intent that may have been on its way.
pub(super) fn trespasses(
    entries: &[Entry],
    arrivals: &[Arrival],
    clock_error: Duration,
) -> Vec<Breach> {
    let mut on_their_way: Vec<usize> = Vec::new();
    let mut found = Vec::new();
    for arrival in arrivals {
        let Some(sent) = intent_of(entries, arrival, clock_error) else {
            let words = format!("{} arrived and was not intended", arrival.what);
            found.push(Breach::new(Invariant::I8, words));
            continue;
        };
        let lost = takeover_of(entries, sent, arrival.at - clock_error);
        let Some(lost) = lost.filter(|_| arrival.taken) else {
            continue;
        };
        if on_their_way.contains(&lost) {
            let words = format!(
                "{} arrived from run {} after run {} had taken over, and not as the first",
                arrival.what, entries[sent].run, entries[lost].run
            );
            found.push(Breach::new(Invariant::I8, words));
        }
        on_their_way.push(lost);
    }
    found
}

/// The newest intent of what arrived that had been written by then.
fn intent_of(entries: &[Entry], arrival: &Arrival, clock_error: Duration) -> Option<usize> {
    let is_it = |entry: &Entry| match &entry.record {
        Record::Intended(intended) => {
            is_of(intended, &arrival.what) && entry.at <= arrival.at + clock_error
        }
        _ => false,
    };
    entries.iter().rposition(is_it)
}

fn is_of(intended: &Intended, arrived: &Arrived) -> bool {
    match (&intended.intent, arrived) {
        (Intent::Order(order), Arrived::Order(id)) => order.id.as_str() == id,
        (Intent::Cancel(cancel), Arrived::Cancel(order)) => &cancel.order == order,
        _ => false,
    }
}

/// The first opening by another run after the intent at `sent`, if it was before `moment`.
fn takeover_of(entries: &[Entry], sent: usize, moment: Instant) -> Option<usize> {
    let run = entries[sent].run;
    let by_another =
        |entry: &Entry| matches!(entry.record, Record::SlotOpened(_)) && entry.run != run;
    let lost = entries[sent..].iter().position(by_another)? + sent;
    (entries[lost].at < moment).then_some(lost)
}

/// Whether the chain holds an intent to take this order back.
pub(super) fn cancels(entries: &[Entry], order: &BrokerOrderId) -> bool {
    let arrived = Arrived::Cancel(order.clone());
    entries.iter().any(|entry| match &entry.record {
        Record::Intended(intended) => is_of(intended, &arrived),
        _ => false,
    })
}
