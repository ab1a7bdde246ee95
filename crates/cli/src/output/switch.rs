//! The switches: what now holds, and the head that proves it.

use std::path::PathBuf;

use market::Instant;
use market::time::new_york_text;
use serde::Serialize;
use trading::record::{HaltLevel, HaltReason, Halted};
use trading::state::State;

use super::why::ruling;
use super::{Paint, Terminal, View};
use crate::switch::Thrown;

/// The switches as they stand.
#[derive(Debug, Serialize)]
pub(crate) struct Switches {
    /// The halt in force.
    halt: Option<HaltView>,
    /// Until when a live account may buy; `None` when it may not.
    armed_until: Option<String>,
    /// Whether the account's holdings are known to be ours or adopted.
    adopted: bool,
    /// What is held and no order of this program sells as things stand.
    by_hand: Option<String>,
    split_rulings: Vec<RulingView>,
    #[serde(skip)]
    rulings_text: Vec<String>,
}

/// A halt.
#[derive(Debug, Serialize)]
pub(crate) struct HaltView {
    level: HaltLevel,
    flatten: bool,
    reason: String,
    /// What ends it, where that is not the owner's word.
    #[serde(skip)]
    remedy: Option<&'static str>,
}

/// The owner's word on a jump.
#[derive(Debug, Serialize)]
struct RulingView {
    symbol: String,
    date: String,
    ratio: String,
    accepted: bool,
}

impl Switches {
    /// Those of `state` at `now`; an arming that is over is none.
    pub(crate) fn new(state: &State, now: Option<Instant>) -> Self {
        let armed = state
            .armed_until
            .filter(|until| now.is_none_or(|now| *until > now));
        Self {
            halt: state.halt.as_ref().map(HaltView::new),
            armed_until: armed.map(new_york_text),
            adopted: state.adopted,
            by_hand: state.stranded(),
            split_rulings: state
                .split_rulings
                .iter()
                .map(|ruled| RulingView {
                    symbol: ruled.symbol.to_string(),
                    date: ruled.split.date.to_string(),
                    ratio: ruled.split.ratio.to_string(),
                    accepted: ruled.accepted,
                })
                .collect(),
            rulings_text: state.split_rulings.iter().map(ruling).collect(),
        }
    }

    /// One line each, the label first; a halt first of all.
    pub(crate) fn lines(&self, terminal: Terminal) -> Vec<(&'static str, String)> {
        let halt = match &self.halt {
            None => ("halt", "none".to_owned()),
            Some(halt) => ("HALTED", terminal.paint(Paint::Bad, &halt.text())),
        };
        let armed = self
            .armed_until
            .as_ref()
            .map_or("no".to_owned(), |until| format!("until {until}"));
        let adopted = if self.adopted {
            "yes, the holdings are ours".to_owned()
        } else {
            terminal.paint(Paint::Warn, "no: nothing is bought before `tqqq adopt`")
        };
        let by_hand = |text: &String| ("BY HAND", terminal.paint(Paint::Bad, text));
        let mut lines = vec![halt];
        lines.extend(self.by_hand.iter().map(by_hand));
        lines.extend([("armed", armed), ("adopted", adopted)]);
        lines.extend(self.rulings_text.iter().map(|text| ("split", text.clone())));
        lines
    }
}

impl HaltView {
    /// The view of a halt in force.
    pub(crate) fn new(halted: &Halted) -> Self {
        Self {
            level: halted.level,
            flatten: halted.flatten,
            reason: halted.reason.to_string(),
            remedy: remedy(&halted.reason),
        }
    }

    /// What it does, and why.
    pub(crate) fn text(&self) -> String {
        let effect = match (self.level, self.flatten) {
            (HaltLevel::Frozen, _) => "frozen, no order at all",
            (HaltLevel::ReduceOnly, true) => "everything is sold, nothing is bought",
            (HaltLevel::ReduceOnly, false) => "reduce-only, nothing is bought",
        };
        let remedy = self.remedy.map(|remedy| format!("; {remedy}"));
        format!("{effect}; {}{}", self.reason, remedy.unwrap_or_default())
    }
}

/// What ends a halt that comes back when it is only lifted.
pub(crate) const fn remedy(reason: &HaltReason) -> Option<&'static str> {
    match reason {
        HaltReason::JournalBehind { .. } => {
            Some("`tqqq journal repair` has the journal learn them")
        }
        _ => None,
    }
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
            self.switches
                .lines(terminal)
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
