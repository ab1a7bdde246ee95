//! `tqqq journal backup`: what is in the copy, and the head that proves it.

use std::path::{Path, PathBuf};

use journal::Report;
use serde::Serialize;

use super::{Paint, Terminal, View, text};

/// A copy that was walked.
#[derive(Debug, Serialize)]
pub(crate) struct BackupView {
    schema: &'static str,
    journal: PathBuf,
    backup: PathBuf,
    entries: u64,
    slots: u64,
    bodies_present: u64,
    bodies_missing: u64,
    bytes: u64,
    head_seq: Option<u64>,
    head_hash: Option<String>,
}

impl BackupView {
    /// The view of a walk over the copy at `backup`.
    pub(crate) fn new(journal: &Path, backup: &Path, report: &Report, bytes: u64) -> Self {
        Self {
            schema: "tqqq.journal-backup/1",
            journal: journal.to_owned(),
            backup: backup.to_owned(),
            entries: report.entries,
            slots: report.slots,
            bodies_present: report.bodies.present,
            bodies_missing: report.bodies.missing,
            bytes,
            head_seq: report.head.map(|head| head.seq),
            head_hash: report.head.map(|head| head.hash.to_string()),
        }
    }
}

impl View for BackupView {
    fn text(&self, terminal: Terminal) -> String {
        let head = match (self.head_seq, &self.head_hash) {
            (Some(seq), Some(hash)) => format!("{seq}:{hash}"),
            _ => "-".to_owned(),
        };
        [
            format!(
                "{}: {}, a copy of {}",
                self.backup.display(),
                terminal.paint(Paint::Good, "sound"),
                self.journal.display()
            ),
            format!(
                "  records  {}, {} with an outcome",
                text::count(self.entries),
                text::counted(self.slots, "slot")
            ),
            format!(
                "  bodies   {} present, {} missing",
                text::count(self.bodies_present),
                text::count(self.bodies_missing)
            ),
            format!("  size     {}", text::bytes(self.bytes)),
            format!("  head     {head}"),
        ]
        .join("\n")
    }
}
