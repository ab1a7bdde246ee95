//! I10: every slot has exactly one outcome, and an error never becomes an empty portfolio.

use std::collections::BTreeMap;

use market::calendar::{Calendar, Slot};
use market::{Duration, Symbol, time};

use super::counterparty::Seen;
use super::{Breach, Invariant};
use crate::portfolio::Portfolio;
use crate::record::{Entry, Record};

/// The slots that have an outcome, as ranges, since the newest that was opened.
#[derive(Debug, Clone, Default)]
pub(super) struct Outcomes {
    /// By their last slot: the first, and how many the record says there are.
    known: BTreeMap<Slot, (Slot, u32)>,
    opened: Option<Slot>,
}

impl Outcomes {
    /// Takes the next record. Whether slots were passed over shows at the next opening, by the
    /// calendar that it was made under.
    pub(super) fn take(&mut self, entry: &Entry, calendar: &Calendar) -> Vec<Breach> {
        let words = match (&entry.record, entry.slot) {
            (Record::SlotClosed(_), Some(slot)) => self.claim(slot, slot, 1),
            (Record::SlotsMissed(missed), _) => self.claim(missed.first, missed.last, missed.count),
            (Record::SlotOpened(_), Some(slot)) => self.open(slot, calendar),
            _ => Vec::new(),
        };
        let breach = |words| Breach::new(Invariant::I10, words);
        words.into_iter().map(breach).collect()
    }

    fn claim(&mut self, first: Slot, last: Slot, count: u32) -> Vec<String> {
        let met = self.known.range(first..).next();
        let twice = met.filter(|(_, (begun, _))| *begun <= last);
        let words = twice.map(|(_, (begun, _))| {
            let slot = (*begun).max(first);
            format!("{slot} has a second outcome")
        });
        self.known.insert(last, (first, count));
        words.into_iter().collect()
    }

    fn open(&mut self, slot: Slot, calendar: &Calendar) -> Vec<String> {
        let mut words = Vec::new();
        if self.outcomes_at(slot).is_some() {
            words.push(format!("{slot} is opened and has its outcome already"));
        }
        if let Some(before) = self.opened.filter(|before| *before != slot) {
            words.extend(self.passed_over(before, slot, calendar));
            self.known.retain(|last, _| *last >= slot);
        }
        self.opened = Some(slot);
        words
    }

    fn outcomes_at(&self, slot: Slot) -> Option<(Slot, Slot, u32)> {
        let (last, (first, count)) = self.known.range(slot..).next()?;
        (*first <= slot).then_some((*first, *last, *count))
    }

    /// Slots from `before` on and before `now` that have no outcome, and ranges that name another
    /// number of slots than there are.
    fn passed_over(&self, before: Slot, now: Slot, calendar: &Calendar) -> Vec<String> {
        let until = now.at() - time::seconds(1);
        let Ok(mut expected) = calendar.slots(before.at(), until) else {
            return vec![format!("{now} is outside the calendar")];
        };
        expected.insert(0, before);
        let mut counts: BTreeMap<Slot, (u32, u32)> = BTreeMap::new();
        let mut words = Vec::new();
        for slot in expected {
            match self.outcomes_at(slot) {
                None => words.push(format!("{slot} has no outcome")),
                Some((first, _, told)) => {
                    let (seen, _) = counts.entry(first).or_insert((0, told));
                    *seen += 1;
                }
            }
        }
        let wrong = |(_, (seen, told)): &(&Slot, &(u32, u32))| seen != told;
        let miscounted = counts.iter().filter(wrong);
        words.extend(miscounted.map(|(first, (seen, told))| {
            format!("{told} slots from {first} are told of, and there are {seen}")
        }));
        words
    }
}

/// Recorded portfolios that lack a holding which was there at that moment and for `lag` before:
/// what the counterparty's answers may be behind by. `held` is what was really held after each
/// change, oldest first; no run's clock was further from the true one than `clock_error`.
#[must_use]
pub fn vanished_holdings(
    entries: &[Entry],
    held: &[Seen],
    lag: Duration,
    clock_error: Duration,
) -> Vec<Breach> {
    let mut found = Vec::new();
    for portfolio in entries
        .iter()
        .filter_map(|entry| portfolio_in(&entry.record))
    {
        let (from, to) = (portfolio.at - lag - clock_error, portfolio.at + clock_error);
        for symbol in held_throughout(held, from, to) {
            if portfolio.position(symbol).is_none() {
                let at = time::new_york_text(portfolio.at);
                let words = format!("{symbol} was held at {at}, and the record shows none");
                found.push(Breach::new(Invariant::I10, words));
            }
        }
    }
    found
}

fn portfolio_in(record: &Record) -> Option<&Portfolio> {
    match record {
        Record::Observed(seen) => Some(&seen.portfolio),
        Record::Replanned(replanned) => Some(&replanned.portfolio),
        Record::SlotClosed(closed) => closed.portfolio.as_ref(),
        _ => None,
    }
}

/// Symbols of which something was held at every moment between the two.
fn held_throughout(
    held: &[Seen],
    from: market::Instant,
    to: market::Instant,
) -> impl Iterator<Item = &Symbol> {
    let first = held
        .partition_point(|seen| seen.at <= from)
        .saturating_sub(1);
    let after = held.partition_point(|seen| seen.at <= to);
    let between = &held[first.min(after)..after];
    let candidates = between
        .first()
        .into_iter()
        .flat_map(|seen| seen.held.keys());
    candidates.filter(move |symbol| {
        let is_held = |seen: &Seen| {
            let count = seen.held.get(*symbol);
            count.is_some_and(|count| !count.is_zero())
        };
        between.iter().all(is_held)
    })
}
