//! The switches as they stand.

use market::time::new_york_text;
use market::{Instant, Split};
use serde::Serialize;
use trading::record::{HaltLevel, HaltReason, Halted, SplitRuled};
use trading::state::State;

/// The switches as they stand.
#[derive(Debug, Serialize)]
pub struct Switches {
    /// The halt in force.
    pub halt: Option<HaltView>,
    /// Until when a live account may buy; `None` when it may not.
    pub armed_until: Option<String>,
    /// Whether the account's holdings are known to be ours or adopted.
    pub adopted: bool,
    /// What is held and no order of this program sells as things stand.
    pub by_hand: Option<String>,
    /// The owner's words on jumps.
    pub split_rulings: Vec<RulingView>,
    /// The same as people read them.
    #[serde(skip)]
    pub rulings_text: Vec<String>,
}

/// A halt.
#[derive(Debug, Serialize)]
pub struct HaltView {
    /// How far.
    pub level: HaltLevel,
    /// Whether everything is sold first.
    pub flatten: bool,
    /// Why.
    pub reason: String,
    /// What ends it, where that is not the owner's word.
    #[serde(skip)]
    remedy: Option<&'static str>,
}

/// The owner's word on a jump.
#[derive(Debug, Serialize)]
pub struct RulingView {
    /// As recorded.
    pub symbol: String,
    /// As recorded.
    pub date: String,
    /// As recorded.
    pub ratio: String,
    /// Whether it is a split.
    pub accepted: bool,
}

impl Switches {
    /// Those of `state` at `now`; an arming that is over is none.
    #[must_use]
    pub fn new(state: &State, now: Option<Instant>) -> Self {
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
}

impl HaltView {
    /// The view of a halt in force.
    #[must_use]
    pub fn new(halted: &Halted) -> Self {
        Self {
            level: halted.level,
            flatten: halted.flatten,
            reason: halted.reason.to_string(),
            remedy: remedy(&halted.reason),
        }
    }

    /// What it does, and why.
    #[must_use]
    pub fn text(&self) -> String {
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
#[must_use]
pub const fn remedy(reason: &HaltReason) -> Option<&'static str> {
    match reason {
        HaltReason::JournalBehind { .. } => {
            Some("`tqqq journal repair` has the journal learn them")
        }
        _ => None,
    }
}

/// The owner's word on a jump, in words.
#[must_use]
pub fn ruling(ruled: &SplitRuled) -> String {
    let verdict = if ruled.accepted {
        "a split"
    } else {
        "a move of the market, no split"
    };
    let Split { date, ratio } = ruled.split;
    format!("{} on {date}, ratio {ratio}: {verdict}", ruled.symbol)
}
