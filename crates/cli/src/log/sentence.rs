//! An event as a person reads it: what it is about, what happened, why, and the rest by name.

use std::fmt;

use tracing::Event;
use tracing::field::{Field, Visit};

/// Fields that say what an event is about; they stand first.
const SUBJECTS: [&str; 2] = ["slot", "title"];
/// Fields that say why, the plainer one first: one of them stands after the message, without its
/// name.
const REASONS: [&str; 5] = ["words", "outcome", "error", "why", "text"];
/// How loud an alert is, which its level says as well.
const LOUDNESS: &str = "alert";
/// The message of a slot's own line, which its subject says as well.
const SLOT: &str = "slot";

/// The parts of an event.
#[derive(Debug, Default)]
pub(super) struct Sentence {
    message: String,
    fields: Vec<(&'static str, String)>,
}

impl Sentence {
    pub(super) fn of(event: &Event<'_>) -> Self {
        let mut sentence = Self::default();
        event.record(&mut sentence);
        sentence
    }

    fn subject(&self) -> Option<String> {
        let (name, value) = self
            .fields
            .iter()
            .find(|(name, _)| SUBJECTS.contains(name))?;
        Some(match *name {
            SLOT => format!("{SLOT} {value}"),
            _ => value.clone(),
        })
    }

    fn reason(&self) -> Option<&str> {
        let value = |wanted: &&str| self.fields.iter().find(|(name, _)| name == wanted);
        REASONS
            .iter()
            .find_map(value)
            .map(|(_, value)| value.as_str())
    }

    fn take(&mut self, field: &Field, value: String) {
        if field.name() == "message" {
            self.message = value;
        } else {
            self.fields.push((field.name(), value));
        }
    }
}

impl Visit for Sentence {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.take(field, value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.take(field, format!("{value:?}"));
    }
}

impl fmt::Display for Sentence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (subject, reason) = (self.subject(), self.reason());
        let message = Some(self.message.as_str()).filter(|text| !text.is_empty() && *text != SLOT);
        let head: Vec<&str> = [subject.as_deref(), message, reason]
            .into_iter()
            .flatten()
            .collect();
        let mut text = head.join(": ");
        for (name, value) in &self.fields {
            let is_told = SUBJECTS.contains(name) || REASONS.contains(name) || *name == LOUDNESS;
            if !is_told {
                text.push_str(&format!(", {name} {value}"));
            }
        }
        // A hint inside stands on a line of its own, below.
        f.write_str(&text.replace('\n', "\n  "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(message: &str, fields: &[(&'static str, &str)]) -> String {
        Sentence {
            message: message.to_owned(),
            fields: fields
                .iter()
                .map(|(name, value)| (*name, (*value).to_owned()))
                .collect(),
        }
        .to_string()
    }

    #[test]
    fn an_event_reads_as_one_sentence() {
        let slot = ("slot", "2024-03-20T15:30-04:00");
        let sentences = [
            told("a try failed", &[slot, ("error", "observe: HTTP 503")]),
            told(
                "slot",
                &[
                    slot,
                    ("outcome", "refused: NotWarm (200 closed hours; seen: 0)"),
                    ("words", "refused: still warming up: 0 of 200 closed hours"),
                    ("equity", "100000"),
                    ("head", "5:ab"),
                ],
            ),
            told(
                "",
                &[
                    ("alert", "critical"),
                    ("title", "slot 15:30"),
                    ("text", "failed"),
                ],
            ),
            told("ended", &[("journal", "a.journal"), ("slots", "5")]),
            told("no time", &[("error", "refused\nhint: start one")]),
        ];
        insta::assert_snapshot!(sentences.join("\n"), @r"
        slot 2024-03-20T15:30-04:00: a try failed: observe: HTTP 503
        slot 2024-03-20T15:30-04:00: refused: still warming up: 0 of 200 closed hours, equity 100000, head 5:ab
        slot 15:30: failed
        ended, journal a.journal, slots 5
        no time: refused
          hint: start one
        ");
    }
}
