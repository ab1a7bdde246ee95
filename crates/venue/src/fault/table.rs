//! The faults in force and how often each struck.

use market::Instant;
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

use super::{Call, Fault, Kind, known};

/// Most faults a venue remembers, those that are over too.
pub const FAULTS_MAX: usize = 256;

/// The number of a fault in its venue, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct FaultId(pub u32);

/// No room for one more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{FAULTS_MAX} faults were set already; clear them with `all`")]
pub struct TooManyFaults;

/// A fault and what it did so far.
#[derive(Debug, Clone, PartialEq)]
pub struct FaultReport {
    /// Its number.
    pub id: FaultId,
    /// As it was set.
    pub fault: Fault,
    /// How often it really changed something.
    pub struck: u64,
    /// Whether it can still strike.
    pub active: bool,
}

#[derive(Debug, Clone)]
struct Entry {
    id: FaultId,
    fault: Fault,
    struck: u64,
    cleared: bool,
    draws: ChaCha8Rng,
}

impl Entry {
    fn is_active(&self, now: Instant) -> bool {
        let spent = self.fault.count.is_some_and(|count| self.struck >= count);
        let over = self.fault.until.is_some_and(|until| now >= until);
        !(self.cleared || spent || over)
    }

    fn draw(&mut self) -> bool {
        if self.fault.probability >= 1.0 {
            return true;
        }
        crate::model::unit_interval(self.draws.next_u64()) < self.fault.probability
    }
}

/// The faults of a venue, in the order they were set.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    entries: Vec<Entry>,
    set: u32,
}

impl Faults {
    /// Whether none was ever set.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Sets a fault.
    ///
    /// # Errors
    /// [`TooManyFaults`].
    pub(crate) fn set(&mut self, fault: Fault) -> Result<FaultId, TooManyFaults> {
        if self.entries.len() == FAULTS_MAX {
            return Err(TooManyFaults);
        }
        self.set += 1;
        let id = FaultId(self.set);
        self.entries.push(Entry {
            id,
            struck: 0,
            cleared: false,
            draws: ChaCha8Rng::seed_from_u64(fault.seed),
            fault,
        });
        Ok(id)
    }

    /// Ends those that are wanted and answers them.
    pub(crate) fn clear(&mut self, wanted: impl Fn(FaultId, &Fault) -> bool) -> Vec<Fault> {
        let ended = self
            .entries
            .iter_mut()
            .filter(|entry| !entry.cleared && wanted(entry.id, &entry.fault));
        ended
            .map(|entry| {
                entry.cleared = true;
                entry.fault.clone()
            })
            .collect()
    }

    /// Forgets all, counts too.
    pub(crate) fn forget(&mut self) {
        self.entries.clear();
    }

    /// Every fault that was set since the last [`Faults::forget`].
    pub(crate) fn reports(&self, now: Instant) -> Vec<FaultReport> {
        let reports = self.entries.iter().map(|entry| FaultReport {
            id: entry.id,
            fault: entry.fault.clone(),
            struck: entry.struck,
            active: entry.is_active(now),
        });
        reports.collect()
    }

    /// What the active faults that are wanted hold, whether or not their draw lets them strike.
    pub(crate) fn standing<T>(&self, now: Instant, want: impl Fn(&Kind) -> Option<T>) -> Vec<T> {
        let active = self.entries.iter().filter(|entry| entry.is_active(now));
        active.filter_map(|entry| want(&entry.fault.kind)).collect()
    }

    /// The faults that are due at a call, each after its draw. Whoever finds that one changed
    /// something tells [`Faults::struck`].
    pub(crate) fn due<T>(
        &mut self,
        now: Instant,
        call: Option<&Call>,
        want: impl Fn(&Kind) -> Option<T>,
    ) -> Vec<(FaultId, T)> {
        let mut due = Vec::new();
        for entry in &mut self.entries {
            let here = match call {
                Some(call) => entry.fault.scope.holds(call),
                None => !known(entry.fault.name).layer.is_scoped(),
            };
            if !here || !entry.is_active(now) {
                continue;
            }
            if let Some(wanted) = want(&entry.fault.kind)
                && entry.draw()
            {
                due.push((entry.id, wanted));
            }
        }
        due
    }

    /// Counts a strike.
    pub(crate) fn struck(&mut self, id: FaultId) {
        if let Some(entry) = self.entries.iter_mut().find(|entry| entry.id == id) {
            entry.struck += 1;
        }
    }

    /// How often a fault struck so far.
    pub(crate) fn strikes(&self, id: FaultId) -> u64 {
        let entry = self.entries.iter().find(|entry| entry.id == id);
        entry.map_or(0, |entry| entry.struck)
    }

    /// The first fault that is due, which strikes.
    pub(crate) fn strike<T>(
        &mut self,
        now: Instant,
        call: Option<&Call>,
        want: impl Fn(&Kind) -> Option<T>,
    ) -> Option<T> {
        if self.entries.is_empty() {
            return None;
        }
        let (id, wanted) = self.due(now, call, want).into_iter().next()?;
        self.struck(id);
        Some(wanted)
    }
}
