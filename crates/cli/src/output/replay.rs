//! `tqqq replay`: identical, or the first difference.

use std::path::{Path, PathBuf};

use serde::Serialize;
use trading::replay::Replayed;

use super::{Paint, Terminal, View, text};
use crate::rereading::Rereading;

/// What a replay found.
#[derive(Debug, Serialize)]
pub(crate) struct ReplayView {
    schema: &'static str,
    journal: PathBuf,
    identical: bool,
    decisions: u64,
    plans: u64,
    states: u64,
    other_rules: u64,
    /// What a second reading of the raw answers found; `None` when it was not asked for.
    bodies: Option<BodiesView>,
    difference: Option<DifferenceView>,
}

/// A second reading of the raw answers.
#[derive(Debug, Serialize)]
struct BodiesView {
    values: u64,
    unkept: u64,
}

/// Where record and computation part.
#[derive(Debug, Serialize)]
struct DifferenceView {
    seq: u64,
    slot: Option<String>,
    what: &'static str,
    recorded: String,
    computed: String,
}

impl ReplayView {
    /// The view of what was found.
    pub(crate) fn new(path: &Path, found: &Replayed, reread: Option<&Rereading>) -> Self {
        let of_bodies = reread.and_then(|reread| reread.difference.as_ref());
        let difference = match (&found.difference, of_bodies) {
            (Some(computed), Some(read)) if read.seq < computed.seq => Some(read),
            (computed, read) => computed.as_ref().or(read),
        };
        Self {
            schema: "tqqq.replay/1",
            journal: path.to_owned(),
            identical: difference.is_none(),
            decisions: found.decisions,
            plans: found.plans,
            states: found.states,
            other_rules: found.other_rules,
            bodies: reread.map(|reread| BodiesView {
                values: reread.values,
                unkept: reread.unkept,
            }),
            difference: difference.map(|difference| DifferenceView {
                seq: difference.seq,
                slot: difference.slot.map(|slot| slot.to_string()),
                what: difference.what,
                recorded: difference.recorded.clone(),
                computed: difference.computed.clone(),
            }),
        }
    }

    /// Whether nothing differs.
    pub(crate) const fn is_identical(&self) -> bool {
        self.identical
    }
}

impl View for ReplayView {
    fn text(&self, terminal: Terminal) -> String {
        let counted = format!(
            "{}, {} and {} recomputed from {}",
            text::counted(self.decisions, "decision"),
            text::counted(self.plans, "plan"),
            text::counted(self.states, "state"),
            self.journal.display()
        );
        let mut lines = match &self.difference {
            None => vec![format!(
                "{}: {counted}",
                terminal.paint(Paint::Good, "identical")
            )],
            Some(difference) => vec![
                format!(
                    "{}: the {} of record {}{}",
                    terminal.paint(Paint::Bad, "different"),
                    difference.what,
                    difference.seq,
                    difference
                        .slot
                        .as_ref()
                        .map(|slot| format!(", slot {slot}"))
                        .unwrap_or_default()
                ),
                format!("  recorded  {}", difference.recorded),
                format!("  computed  {}", difference.computed),
            ],
        };
        if let Some(BodiesView { values, unkept }) = &self.bodies {
            lines.push(format!(
                "{} read again from raw answers; of {} no answer is kept",
                text::counted(*values, "value"),
                text::count(*unkept)
            ));
        }
        if self.other_rules > 0 {
            let tries = match self.other_rules {
                1 => "1 try follows".to_owned(),
                more => format!("{} tries follow", text::count(more)),
            };
            lines.push(format!(
                "{tries} another version of the rules: different by version, not compared"
            ));
        }
        lines.join("\n")
    }
}
