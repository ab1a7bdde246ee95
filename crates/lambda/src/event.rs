//! Events: what may be asked, and nothing else.

use market::{Duration, Instant};
use serde_json::{Map, Value};

use crate::failure::Failure;

/// What the trader is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Task {
    /// Carry the slot of this moment through.
    Slot(Instant),
    /// Look the day over.
    CheckDay,
}

/// What the operator is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wish {
    /// Where we stand.
    Status,
    /// The newest decision and its numbers.
    Signal,
    /// Stop buying, or everything, or sell all first.
    Halt {
        /// Why.
        reason: String,
        /// No order at all.
        freeze: bool,
        /// Everything is sold first.
        flatten: bool,
    },
    /// End a halt.
    Resume {
        /// Why.
        note: String,
    },
    /// Take the holdings as ours.
    Adopt {
        /// The consequences were read.
        yes: bool,
    },
    /// Let a live account buy for so long.
    Arm {
        /// How long.
        span: Duration,
    },
    /// End that.
    Disarm,
}

impl Task {
    /// The task in an event of exactly one member.
    ///
    /// # Errors
    /// [`Failure::Event`] with what is wrong.
    pub(crate) fn of(event: &Value) -> Result<Self, Failure> {
        const HINT: &str = "send {\"slot\": \"2026-11-23T14:30:00Z\"} or {\"check\": \"day\"}";
        let wrong = |why: String| Failure::Event { why, hint: HINT };
        let members = members(event).map_err(wrong)?;
        let mut members = members.iter();
        match (members.next(), members.next()) {
            (Some((name, Value::String(text))), None) if name == "slot" => text
                .parse()
                .map(Self::Slot)
                .map_err(|error| wrong(format!("slot = {text:?}: {error}"))),
            (Some((name, Value::String(what))), None) if name == "check" && what == "day" => {
                Ok(Self::CheckDay)
            }
            _ => Err(wrong(format!("{}: no such task", shown(event)))),
        }
    }
}

impl Wish {
    /// The wish in an event: `{"do": "status"}`.
    ///
    /// # Errors
    /// [`Failure::Event`] with what is wrong.
    pub(crate) fn of(event: &Value) -> Result<Self, Failure> {
        const HINT: &str = "send {\"do\": \"status\"}, or signal, halt (reason, freeze, flatten), resume (note), adopt (yes), arm (for), disarm";
        let wrong = |why: String| Failure::Event { why, hint: HINT };
        let mut members = members(event).map_err(wrong)?.clone();
        let what = match members.remove("do") {
            Some(Value::String(what)) => what,
            _ => return Err(wrong(format!("{}: no such wish", shown(event)))),
        };
        let mut text = |name: &str| match members.remove(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(wrong(format!("{name} = {other}: no text"))),
        };
        let (reason, note, span) = (text("reason")?, text("note")?, text("for")?);
        let mut flag = |name: &str| match members.remove(name) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(flag),
            Some(other) => Err(wrong(format!("{name} = {other}: neither true nor false"))),
        };
        let (freeze, flatten, yes) = (flag("freeze")?, flag("flatten")?, flag("yes")?);
        if let Some(surplus) = members.keys().next() {
            return Err(wrong(format!("`{surplus}` is no part of any wish")));
        }
        let wish = match what.as_str() {
            "status" => Self::Status,
            "signal" => Self::Signal,
            "halt" => {
                let reason = reason.ok_or_else(|| wrong("halt needs a reason".to_owned()))?;
                if freeze && flatten {
                    let why = "freeze forbids the sale that flatten wants; send one of them";
                    return Err(wrong(why.to_owned()));
                }
                Self::Halt {
                    reason,
                    freeze,
                    flatten,
                }
            }
            "resume" => Self::Resume {
                note: note.unwrap_or_else(|| "by the operator".to_owned()),
            },
            "adopt" => Self::Adopt { yes },
            "arm" => {
                let text = span.ok_or_else(|| wrong("arm needs `for`, like \"5d\"".to_owned()))?;
                Self::Arm {
                    span: span_of(&text).ok_or_else(|| {
                        wrong(format!(
                            "for = {text:?}: write like \"12h\" or \"5d\", at most 30d"
                        ))
                    })?,
                }
            }
            "disarm" => Self::Disarm,
            other => return Err(wrong(format!("{other:?}: no such wish"))),
        };
        Ok(wish)
    }
}

/// `12h` or `5d`, at most thirty days.
fn span_of(text: &str) -> Option<Duration> {
    const HOURS_MAX: i64 = 30 * 24;
    let (count, hours) = match text.strip_suffix('d') {
        Some(count) => (count, 24),
        None => (text.strip_suffix('h')?, 1),
    };
    let hours = count
        .parse::<u32>()
        .ok()
        .map(|count| i64::from(count) * hours)?;
    (1..=HOURS_MAX)
        .contains(&hours)
        .then(|| Duration::from_hours(hours))
}

fn members(event: &Value) -> Result<&Map<String, Value>, String> {
    event
        .as_object()
        .ok_or_else(|| format!("{}: no object", shown(event)))
}

/// An event's beginning, for errors.
fn shown(event: &Value) -> String {
    const SHOWN_MAX: usize = 120;
    event.to_string().chars().take(SHOWN_MAX).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_slot_and_a_check_are_all_the_trader_does() {
        assert_eq!(
            Task::of(&json!({ "slot": "2026-11-23T14:30:00Z" })).unwrap(),
            Task::Slot("2026-11-23T14:30:00Z".parse().unwrap())
        );
        assert_eq!(
            Task::of(&json!({ "check": "day" })).unwrap(),
            Task::CheckDay
        );
        for event in [
            json!(null),
            json!([]),
            json!({}),
            json!({ "slot": 1 }),
            json!({ "slot": "<aws.scheduler.scheduled-time>" }),
            json!({ "slot": "2026-11-23T14:30:00" }),
            json!({ "check": "week" }),
            json!({ "slot": "2026-11-23T14:30:00Z", "dry": true }),
            json!({ "do": "status" }),
        ] {
            let failure = Task::of(&event).unwrap_err();
            assert_eq!(failure.name(), "EventUnknown", "{event}");
        }
    }

    #[test]
    fn every_wish_is_taken_with_its_own_words_and_no_others() {
        assert_eq!(Wish::of(&json!({ "do": "status" })).unwrap(), Wish::Status);
        assert_eq!(
            Wish::of(&json!({ "do": "halt", "reason": "away", "flatten": true })).unwrap(),
            Wish::Halt {
                reason: "away".to_owned(),
                freeze: false,
                flatten: true
            }
        );
        assert_eq!(
            Wish::of(&json!({ "do": "arm", "for": "5d" })).unwrap(),
            Wish::Arm {
                span: Duration::from_hours(120)
            }
        );
        for event in [
            json!({ "do": "halt" }),
            json!({ "do": "halt", "reason": "x", "freeze": true, "flatten": true }),
            json!({ "do": "halt", "reason": "x", "freeze": "yes" }),
            json!({ "do": "arm", "for": "400d" }),
            json!({ "do": "arm", "for": "0d" }),
            json!({ "do": "arm", "for": "5" }),
            json!({ "do": "sell" }),
            json!({ "do": "status", "now": true }),
            json!({ "slot": "2026-11-23T14:30:00Z" }),
        ] {
            assert!(Wish::of(&event).is_err(), "{event}");
        }
    }
}
