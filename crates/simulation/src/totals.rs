//! What many seeds came to, together.

use std::collections::BTreeMap;

use crate::fate::{Count, FAULTS};
use crate::run::Report;
use crate::spent::Spent;

/// The sum of reports; the order in which they are added changes nothing.
#[derive(Debug, Clone)]
pub struct Totals {
    /// Seeds.
    pub seeds: u64,
    /// Slots carried through.
    pub slots: u64,
    /// Orders that the exchange took in.
    pub orders: u64,
    /// How tries ended.
    pub endings: BTreeMap<&'static str, u64>,
    /// How often each fault could strike and did, in the order of the table.
    pub counts: Vec<Count>,
    /// Seeds that read an unconfirmed fact of the vendors' papers otherwise, by its name.
    pub readings: BTreeMap<&'static str, u64>,
    /// Seeds that breached an invariant.
    pub failing: u64,
    /// Where the time of all threads went.
    pub spent: Spent,
}

impl Default for Totals {
    fn default() -> Self {
        Self {
            seeds: 0,
            slots: 0,
            orders: 0,
            endings: BTreeMap::new(),
            counts: vec![Count::default(); FAULTS.len()],
            readings: BTreeMap::new(),
            failing: 0,
            spent: Spent::default(),
        }
    }
}

impl Totals {
    /// One seed more.
    pub fn add(&mut self, report: &Report) {
        self.seeds += 1;
        self.slots += report.slots;
        self.orders += report.orders;
        self.spent.add(&report.spent);
        self.failing += u64::from(!report.breaches.is_empty());
        for name in &report.readings {
            *self.readings.entry(name).or_default() += 1;
        }
        for (word, count) in &report.endings {
            *self.endings.entry(word).or_default() += count;
        }
        for (sum, count) in self.counts.iter_mut().zip(&report.counts) {
            sum.chances += count.chances;
            sum.strikes += count.strikes;
        }
    }

    /// Another thread's sum.
    pub fn merge(&mut self, other: &Self) {
        self.seeds += other.seeds;
        self.slots += other.slots;
        self.orders += other.orders;
        self.failing += other.failing;
        self.spent.add(&other.spent);
        for (name, count) in &other.readings {
            *self.readings.entry(name).or_default() += count;
        }
        for (word, count) in &other.endings {
            *self.endings.entry(word).or_default() += count;
        }
        for (sum, count) in self.counts.iter_mut().zip(&other.counts) {
            sum.chances += count.chances;
            sum.strikes += count.strikes;
        }
    }
}
