//! The switches: what now holds, and the head that proves it.

use std::path::PathBuf;

use chronicle::switches::Switches;
use serde::Serialize;

use super::{Paint, Terminal, View};
use crate::switch::Thrown;

/// One line each, the label first; a halt first of all.
pub(crate) fn lines_of(switches: &Switches, terminal: Terminal) -> Vec<(&'static str, String)> {
    let halt = match &switches.halt {
        None => ("halt", "none".to_owned()),
        Some(halt) => ("HALTED", terminal.paint(Paint::Bad, &halt.text())),
    };
    let armed = switches
        .armed_until
        .as_ref()
        .map_or("no".to_owned(), |until| format!("until {until}"));
    let adopted = if switches.adopted {
        "yes, the holdings are ours".to_owned()
    } else {
        terminal.paint(Paint::Warn, "no: nothing is bought before `tqqq adopt`")
    };
    let by_hand = |text: &String| ("BY HAND", terminal.paint(Paint::Bad, text));
    let mut lines = vec![halt];
    lines.extend(switches.by_hand.iter().map(by_hand));
    lines.extend([("armed", armed), ("adopted", adopted)]);
    lines.extend(
        switches
            .rulings_text
            .iter()
            .map(|text| ("split", text.clone())),
    );
    lines
}

/// What a switch left.
#[derive(Debug, Serialize)]
pub(crate) struct SwitchView {
    schema: &'static str,
    journal: PathBuf,
    /// Whether a record was written; otherwise what was asked for held already.
    written: bool,
    #[serde(flatten)]
    switches: Switches,
    head_seq: u64,
    head_hash: String,
}

impl SwitchView {
    /// The view of a thrown switch, under its command's schema.
    pub(crate) fn new(schema: &'static str, thrown: &Thrown) -> Self {
        Self {
            schema,
            journal: thrown.path.clone(),
            written: thrown.written,
            switches: Switches::new(&thrown.state, Some(thrown.at)),
            head_seq: thrown.head.seq,
            head_hash: thrown.head.hash.to_string(),
        }
    }
}

impl View for SwitchView {
    fn text(&self, terminal: Terminal) -> String {
        let remark = if self.written {
            ""
        } else {
            ": it was so already, nothing was written"
        };
        let path = terminal.paint(Paint::Strong, &self.journal.display().to_string());
        let mut lines = vec![format!("{path}{remark}")];
        lines.extend(
            lines_of(&self.switches, terminal)
                .into_iter()
                .map(|(label, text)| format!("  {label:<8} {text}")),
        );
        lines.push(format!(
            "  {:<8} {}:{}",
            "head", self.head_seq, self.head_hash
        ));
        lines.join("\n")
    }
}
