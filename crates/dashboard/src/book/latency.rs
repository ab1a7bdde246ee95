//! How long a source took, over its newest slots.

use std::collections::VecDeque;

/// Slots over which it is told: forty whole sessions.
const SLOTS_KEPT: usize = 520;

/// Milliseconds from asking a source to the end of the slot's observation: an upper bound of its
/// own time, for the journal keeps no other.
#[derive(Debug, Clone, Default)]
pub struct Latency(VecDeque<i64>);

impl Latency {
    pub(super) fn take(&mut self, milliseconds: i64) {
        if self.0.len() == SLOTS_KEPT {
            self.0.pop_front();
        }
        self.0.push_back(milliseconds);
    }

    /// The time that so many of a hundred slots kept to; `None` without any.
    #[must_use]
    pub fn percentile(&self, percent: usize) -> Option<i64> {
        let mut sorted: Vec<i64> = self.0.iter().copied().collect();
        sorted.sort_unstable();
        let last = sorted.len().checked_sub(1)?;
        sorted.get(last * percent.min(100) / 100).copied()
    }
}
