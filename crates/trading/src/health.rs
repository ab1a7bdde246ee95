//! How a source of bars has been, slot by slot.

use market::calendar::Slot;
use serde::{Deserialize, Serialize};

use crate::observation::{Reading, SourceView};

/// A source's record.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceHealth {
    /// Slots at which it was usable.
    pub usable: u64,
    /// Slots at which it was not.
    pub unusable: u64,
    /// Slots in a row, up to now, at which it was not.
    pub failing: u32,
    /// The newest slot at which it was.
    pub last_usable: Option<Slot>,
    /// Why it was not, when last it was not.
    pub last_error: Option<String>,
}

impl SourceHealth {
    /// What `slot` saw of it.
    pub fn take(&mut self, view: &SourceView, slot: Slot) {
        match &view.reading {
            Reading::Usable { .. } => {
                self.usable += 1;
                self.failing = 0;
                self.last_usable = Some(slot);
            }
            Reading::Unusable { why } => {
                self.unusable += 1;
                self.failing += 1;
                self.last_error = Some(why.clone());
            }
        }
    }
}
