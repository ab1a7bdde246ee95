//! `tqqq run` on a broker: what this process carried through.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use market::Slot;
use serde::Serialize;
use trading::outcome::Outcome;
use trading::record::Head;
use trading::state::State;

use super::run::{Outcomes, exit};
use super::{Terminal, View, text};
use crate::exit::Exit;

/// The work of one process.
#[derive(Debug, Serialize)]
pub(crate) struct DaemonView {
    schema: &'static str,
    journal: PathBuf,
    /// Slots that this process closed.
    slots: u64,
    /// The same by the outcome's word.
    outcomes: BTreeMap<&'static str, u64>,
    last_slot: Option<String>,
    head_seq: Option<u64>,
    head_hash: Option<String>,
    /// What is held and no order of this program sells as things stand.
    by_hand: Option<String>,
    #[serde(skip)]
    tally: Outcomes,
    #[serde(skip)]
    exit: Exit,
}

impl DaemonView {
    /// Of a process that has done nothing yet.
    pub(crate) fn new(journal: &Path) -> Self {
        Self {
            schema: "tqqq.daemon/1",
            journal: journal.to_owned(),
            slots: 0,
            outcomes: BTreeMap::new(),
            last_slot: None,
            head_seq: None,
            head_hash: None,
            by_hand: None,
            tally: Outcomes::default(),
            exit: Exit::Done,
        }
    }

    /// Counts a slot; one that had its outcome before is another's.
    pub(crate) fn take(&mut self, slot: Slot, outcome: &Outcome, fresh: bool) {
        if fresh {
            self.slots += 1;
            *self.outcomes.entry(outcome.name()).or_default() += 1;
            self.tally.count(outcome);
            self.last_slot = Some(slot.to_string());
        }
    }

    /// The chain ends here, in this state.
    pub(crate) fn stand_at(&mut self, head: Option<Head>, state: &State) {
        self.by_hand = state.stranded();
        self.exit = exit(&self.tally, state);
        self.head_seq = head.map(|head| head.seq);
        self.head_hash = head.map(|head| head.hash.to_string());
    }

    /// How the program ends: by the slots of this process and the halt in force, as a replay does.
    pub(crate) const fn exit(&self) -> Exit {
        self.exit
    }

    /// Slots that this process closed.
    pub(crate) const fn slots(&self) -> u64 {
        self.slots
    }

    /// What is held and sold by nobody.
    pub(crate) fn stranded(&self) -> Option<&str> {
        self.by_hand.as_deref()
    }

    /// `seq:hash`, where there is one.
    pub(crate) fn head_text(&self) -> Option<String> {
        let hash = self.head_hash.as_ref()?;
        Some(format!("{}:{hash}", self.head_seq?))
    }
}

impl View for DaemonView {
    fn text(&self, _: Terminal) -> String {
        let slots = text::counted(self.slots, "slot");
        format!("{}: {slots} closed", self.journal.display())
    }
}
