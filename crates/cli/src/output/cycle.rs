//! `tqqq cycle`: how one slot ended.

use std::path::{Path, PathBuf};

use cycle::{Ended, Runner};
use market::Slot;
use serde::Serialize;
use trading::outcome::Outcome;

use super::{Paint, Terminal, View};
use crate::exit::Exit;

/// How the call ended.
#[derive(Debug, Serialize)]
pub(crate) struct CycleView {
    schema: &'static str,
    journal: PathBuf,
    slot: Option<String>,
    /// `traded`, `held`, `refused`, `failed`, `missed`; `no_slot`, `try_failed`, `superseded`.
    outcome: &'static str,
    detail: Option<String>,
    /// Whether this call closed the slot; else it had been closed before.
    fresh: bool,
    head_seq: Option<u64>,
    head_hash: Option<String>,
    /// What is held and no order of this program sells as things stand.
    by_hand: Option<String>,
    #[serde(skip)]
    words: Option<String>,
    #[serde(skip)]
    exit: Exit,
}

impl CycleView {
    /// The view of an ended call.
    pub(crate) fn new(path: &Path, ended: &Ended, runner: &Runner) -> Self {
        let head = runner.head();
        let Told {
            slot,
            outcome,
            detail,
            fresh,
            exit,
        } = Told::of(ended);
        Self {
            schema: "tqqq.cycle/1",
            journal: path.to_owned(),
            slot: slot.map(|slot| slot.to_string()),
            outcome,
            detail,
            fresh,
            head_seq: head.map(|head| head.seq),
            head_hash: head.map(|head| head.hash.to_string()),
            by_hand: runner.state().stranded(),
            words: match ended {
                Ended::Closed { outcome, .. } => Some(outcome.words()),
                _ => None,
            },
            exit,
        }
    }

    /// How the program ends.
    pub(crate) const fn exit(&self) -> Exit {
        self.exit
    }
}

/// An end in words.
pub(super) struct Told {
    pub(super) slot: Option<Slot>,
    /// `traded`, `held`, `refused`, `failed`, `missed`; `no_slot`, `try_failed`, `superseded`.
    pub(super) outcome: &'static str,
    pub(super) detail: Option<String>,
    /// Whether this call closed the slot.
    pub(super) fresh: bool,
    pub(super) exit: Exit,
}

impl Told {
    pub(super) fn of(ended: &Ended) -> Self {
        let other = |outcome, detail: String, exit| Self {
            slot: None,
            outcome,
            detail: Some(detail),
            fresh: false,
            exit,
        };
        match ended {
            Ended::Closed {
                slot,
                outcome,
                fresh,
            } => Self {
                slot: Some(*slot),
                outcome: outcome.name(),
                detail: Some(outcome.to_string()),
                fresh: *fresh,
                exit: exit(outcome),
            },
            Ended::NotASlot { why } => other("no_slot", why.clone(), Exit::Done),
            Ended::TryFailed { slot, error } => Self {
                slot: Some(*slot),
                ..other("try_failed", error.to_string(), Exit::Failed)
            },
            Ended::Superseded { by } => other(
                "superseded",
                format!("run {by} carries the slot on"),
                Exit::Failed,
            ),
        }
    }
}

impl View for CycleView {
    fn text(&self, terminal: Terminal) -> String {
        let told = self.words.as_ref().or(self.detail.as_ref());
        let what = told.map_or(self.outcome, String::as_str);
        let paint = match self.exit {
            Exit::Done => Paint::Good,
            Exit::SlotRefused => Paint::Warn,
            _ => Paint::Bad,
        };
        let what = terminal.paint(paint, what);
        let before = if self.outcome != "no_slot" && !self.fresh && self.exit != Exit::Failed {
            " (recorded before; nothing was done now)"
        } else {
            ""
        };
        let end = match &self.slot {
            Some(slot) => format!("{slot}: {what}{before}"),
            None => what,
        };
        match &self.by_hand {
            Some(text) => format!("{end}\n{}", terminal.paint(Paint::Bad, text)),
            None => end,
        }
    }
}

pub(super) const fn exit(outcome: &Outcome) -> Exit {
    match outcome {
        Outcome::Traded | Outcome::Held(_) => Exit::Done,
        Outcome::Refused(_) => Exit::SlotRefused,
        Outcome::Failed(_) => Exit::Failed,
        Outcome::Missed => Exit::SlotMissed,
    }
}
