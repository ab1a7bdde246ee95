//! Which bodies a chain can do without: vendors' raw answers that only old records cite.
//!
//! Configurations are never among them, whatever their age: they are small, and a replay needs
//! them. Without the answers `verify` and `replay` say what they said before; what is lost is to
//! parse the answers again.

use std::collections::BTreeSet;

use market::Instant;
use trading::record::{Entry, Hash, Record};

/// The bodies of a chain, told apart by the records that cite them.
#[derive(Debug, Clone)]
pub struct Pruning {
    before: Instant,
    old: BTreeSet<Hash>,
    needed: BTreeSet<Hash>,
}

impl Pruning {
    /// Of what was recorded before this moment.
    #[must_use]
    pub const fn before(moment: Instant) -> Self {
        Self {
            before: moment,
            old: BTreeSet::new(),
            needed: BTreeSet::new(),
        }
    }

    /// Takes the next record; every record of the chain is wanted.
    pub fn take(&mut self, entry: &Entry) {
        if let Record::SlotOpened(opened) = &entry.record {
            self.needed.insert(opened.configuration);
        }
        let cited = entry.record.answers().iter().map(|answer| answer.hash);
        if entry.at < self.before {
            self.old.extend(cited);
        } else {
            self.needed.extend(cited);
        }
    }

    /// Those that no newer record cites, and that are no configuration.
    #[must_use]
    pub fn bodies(&self) -> BTreeSet<Hash> {
        self.old.difference(&self.needed).copied().collect()
    }
}
