//! `tqqq journal prune`: what is removed, and what stays.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use market::Instant;
use market::time::new_york_text;
use serde::Serialize;
use trading::record::{Hash, Head};

use super::{Terminal, View, text};

/// Bodies to be removed.
pub(crate) struct Doomed {
    /// Only older records cite them.
    pub(crate) before: Instant,
    /// Which.
    pub(crate) bodies: BTreeSet<Hash>,
    /// What they take on disk.
    pub(crate) bytes: u64,
    /// How many others are kept.
    pub(crate) kept: usize,
}

/// What was removed, or would be.
#[derive(Debug, Serialize)]
pub(crate) struct PruneView {
    schema: &'static str,
    journal: PathBuf,
    before: String,
    bodies: usize,
    bytes: u64,
    kept: usize,
    pruned: bool,
    head: Option<String>,
}

impl PruneView {
    /// The view of what would be removed.
    pub(crate) fn new(journal: &Path, doomed: &Doomed) -> Self {
        Self {
            schema: "tqqq.journal-prune/1",
            journal: journal.to_owned(),
            before: new_york_text(doomed.before),
            bodies: doomed.bodies.len(),
            bytes: doomed.bytes,
            kept: doomed.kept,
            pruned: false,
            head: None,
        }
    }

    /// The same once it is removed; the note of it is at `head`.
    pub(crate) fn done(self, head: Head) -> Self {
        Self {
            pruned: true,
            head: Some(head.to_string()),
            ..self
        }
    }

    /// What is about to be done, for the owner to agree to.
    pub(crate) fn intent(&self) -> String {
        format!(
            "{}: {} of before {}, {}, are to be removed; {} newer ones, configurations and every record stay. What is removed can be parsed no more: `journal backup` first, if you may want it.",
            self.journal.display(),
            text::counted(self.bodies as u64, "raw answer"),
            self.before,
            text::bytes(self.bytes),
            text::count(self.kept as u64),
        )
    }
}

impl View for PruneView {
    fn text(&self, _terminal: Terminal) -> String {
        let (journal, before) = (self.journal.display(), &self.before);
        match &self.head {
            None => format!("{journal}: no raw answer of before {before} is kept; nothing to do"),
            Some(head) => format!(
                "{journal}: {} of before {before} removed, {} given back, {} bodies kept\n  head     {head}",
                text::counted(self.bodies as u64, "raw answer"),
                text::bytes(self.bytes),
                text::count(self.kept as u64),
            ),
        }
    }
}
