//! Run ids in order.

use std::sync::atomic::{AtomicU64, Ordering};

use trading::record::RunId;

use crate::port::Entropy;

/// Counts: the first run is 1.
#[derive(Debug, Default)]
pub struct FakeEntropy(AtomicU64);

impl FakeEntropy {
    /// The run id of a number.
    #[must_use]
    pub fn id(number: u64) -> RunId {
        RunId(u128::from(number).to_be_bytes())
    }
}

impl Entropy for FakeEntropy {
    fn run_id(&self) -> RunId {
        Self::id(self.0.fetch_add(1, Ordering::Relaxed) + 1)
    }
}
