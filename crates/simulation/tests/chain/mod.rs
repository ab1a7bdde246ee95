//! Reading a simulated journal.

use std::collections::BTreeSet;
use std::ops::Range;

use simulation::{Options, simulate};
use trading::order::Leg;
use trading::record::{Entry, Intent, Record};

/// Slots looked at in search of one of a kind.
const SLOTS: usize = 13;

/// The records of these rows.
pub(crate) fn entries(rows: &[journal::Row]) -> Vec<Entry> {
    let mut prev = journal::row::BEFORE_FIRST;
    let open = |row: &journal::Row| {
        let entry = row.open(row.seq, prev).expect("the chain is whole");
        prev = entry.hash;
        entry
    };
    rows.iter().map(open).collect()
}

/// The first seed and slot, by number, in which an order of this leg is intended.
pub(crate) fn slot_with(leg: Leg, seeds: Range<u64>) -> (u64, usize) {
    for seed in seeds {
        let calm = Options {
            slots: SLOTS,
            only: Some(BTreeSet::new()),
            ..Options::default()
        };
        let mut slots: Vec<_> = Vec::new();
        for entry in entries(&simulate(seed, &calm).rows) {
            if matches!(entry.record, Record::SlotOpened(_)) && !slots.contains(&entry.slot) {
                slots.push(entry.slot);
            }
            if let Record::Intended(intended) = &entry.record
                && let Intent::Order(order) = &intended.intent
                && order.leg == leg
                && slots.len() < SLOTS
            {
                return (seed, slots.len() - 1);
            }
        }
    }
    panic!("no seed trades this leg");
}
