//! `tqqq journal verify`.

use std::path::{Path, PathBuf};

use journal::Report;
use serde::Serialize;
use trading::invariants::Breach;

use super::{Paint, Terminal, View, text};

/// Breaches shown to people.
const BREACHES_SHOWN: usize = 10;
/// What to do about a defect.
const REMEDY: &str = "keep this file aside and restore a backup of it; no order is sent on a damaged chain, so look at the broker what is held";

/// What a walk over the chain found.
#[derive(Debug, Serialize)]
pub(crate) struct VerifyView {
    schema: &'static str,
    journal: PathBuf,
    sound: bool,
    account: Option<String>,
    host: Option<String>,
    description: Option<String>,
    entries: u64,
    slots: u64,
    first_at: Option<String>,
    last_at: Option<String>,
    head_seq: Option<u64>,
    head_hash: Option<String>,
    bodies_present: u64,
    bodies_missing: u64,
    bodies_corrupt: u64,
    defect: Option<String>,
    breaches: Vec<BreachView>,
}

/// An invariant that does not hold.
#[derive(Debug, Serialize)]
struct BreachView {
    /// The record that shows it.
    seq: u64,
    /// Which one, `I1` to `I13`.
    invariant: String,
    words: String,
}

impl VerifyView {
    /// The view of a report.
    pub(crate) fn new(path: &Path, report: &Report) -> Self {
        let binding = report.binding.as_ref();
        let body = report.first_corrupt_body.map(|(seq, hash)| {
            format!("record {seq}: the body {hash} beside the chain holds other bytes")
        });
        Self {
            schema: "tqqq.journal-verify/1",
            journal: path.to_owned(),
            sound: report.is_sound(),
            account: binding.map(|binding| binding.account.to_string()),
            host: binding.map(|binding| binding.host.clone()),
            description: binding.map(|binding| binding.description.clone()),
            entries: report.entries,
            slots: report.slots,
            first_at: report.first_at.map(market::time::new_york_text),
            last_at: report.last_at.map(market::time::new_york_text),
            head_seq: report.head.map(|head| head.seq),
            head_hash: report.head.map(|head| head.hash.to_string()),
            bodies_present: report.bodies.present,
            bodies_missing: report.bodies.missing,
            bodies_corrupt: report.bodies.corrupt,
            defect: report.defect.as_ref().map(ToString::to_string).or(body),
            breaches: report.breaches.iter().map(BreachView::of).collect(),
        }
    }

    /// Whether nothing is wrong, neither with the chain nor with what it tells.
    pub(crate) const fn is_sound(&self) -> bool {
        self.sound && self.breaches.is_empty()
    }
}

impl BreachView {
    fn of((seq, breach): &(u64, Breach)) -> Self {
        Self {
            seq: *seq,
            invariant: breach.invariant.to_string(),
            words: breach.words.clone(),
        }
    }
}

impl View for VerifyView {
    fn text(&self, terminal: Terminal) -> String {
        let none = || "-".to_owned();
        let verdict = if self.sound {
            terminal.paint(Paint::Good, "sound")
        } else {
            terminal.paint(Paint::Bad, "NOT SOUND")
        };
        let span = match (&self.first_at, &self.last_at) {
            (Some(first), Some(last)) => format!("{first} to {last}"),
            _ => none(),
        };
        let head = match (self.head_seq, &self.head_hash) {
            (Some(seq), Some(hash)) => format!("{seq}:{hash}"),
            _ => none(),
        };
        let mut lines = vec![
            format!("{}: {verdict}", self.journal.display()),
            format!("  account  {}", self.account.clone().unwrap_or_else(none)),
            format!("  host     {}", self.host.clone().unwrap_or_else(none)),
            format!(
                "  about    {}",
                self.description.clone().unwrap_or_else(none)
            ),
            format!(
                "  records  {}, {} with an outcome",
                text::count(self.entries),
                text::counted(self.slots, "slot")
            ),
            format!("  written  {span}"),
            format!(
                "  bodies   {} present, {} missing, {} corrupt",
                text::count(self.bodies_present),
                text::count(self.bodies_missing),
                text::count(self.bodies_corrupt)
            ),
            format!("  head     {head}"),
        ];
        if let Some(defect) = &self.defect {
            lines.push(format!("  defect   {}", terminal.paint(Paint::Bad, defect)));
            lines.push(format!("  do       {REMEDY}"));
        }
        for breach in self.breaches.iter().take(BREACHES_SHOWN) {
            let BreachView {
                seq,
                invariant,
                words,
            } = breach;
            let breach = terminal.paint(Paint::Bad, &format!("{invariant}: {words}"));
            lines.push(format!("  breach   record {seq}: {breach}"));
        }
        let more = self.breaches.len().saturating_sub(BREACHES_SHOWN);
        if more > 0 {
            lines.push(format!("  breach   and {more} more; --json lists them all"));
        }
        lines.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use trading::invariants::Invariant;

    use super::*;

    #[test]
    fn a_whole_chain_that_tells_of_a_breach_names_the_record_and_says_no() {
        let breach = |seq: u64| {
            let words = "tqqq-1 intended while frozen by the owner: away";
            (seq, Breach::new(Invariant::I4, words))
        };
        let report = Report {
            entries: 20,
            breaches: (5..16).map(breach).collect(),
            ..Report::default()
        };
        let view = VerifyView::new(Path::new("a.journal"), &report);
        assert!(!view.is_sound());
        let text = view.text(Terminal::PLAIN);
        let shown: Vec<&str> = text
            .lines()
            .filter(|line| line.contains("breach"))
            .collect();
        assert_eq!(shown.len(), BREACHES_SHOWN + 1);
        insta::assert_snapshot!(shown[0].trim(), @"breach   record 5: I4: tqqq-1 intended while frozen by the owner: away");
        insta::assert_snapshot!(shown[10].trim(), @"breach   and 1 more; --json lists them all");
        let json = serde_json::to_value(&view).unwrap();
        insta::assert_snapshot!(json["breaches"][0], @r#"{"invariant":"I4","seq":5,"words":"tqqq-1 intended while frozen by the owner: away"}"#);
    }
}
