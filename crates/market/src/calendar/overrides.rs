//! Days that the configuration knows better than the built-in rules.

use serde::{Deserialize, Serialize};

use super::rules;
use crate::time::{Date, Time};

/// One date on which the exchange does something else than its rules say.
///
/// In configuration: `{ date = "2026-07-02", closed = true }` or
/// `{ date = "2026-07-02", open = "09:30", close = "13:00" }`; `open` may be left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "OverrideText", into = "OverrideText")]
pub struct Override {
    /// The New York date.
    pub date: Date,
    /// What happens on it.
    pub kind: OverrideKind,
}

/// What an overridden date is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OverrideKind {
    /// No session.
    Closed,
    /// A session with these New York times.
    Hours {
        /// First moment of the session.
        open: Time,
        /// First moment after it.
        close: Time,
    },
}

/// The fields as configuration writes them.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct OverrideText {
    /// The New York date.
    date: Date,
    /// No session on it; without hours then.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    closed: bool,
    /// When the session opens, New York time; 09:30 when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    open: Option<Time>,
    /// When it closes, New York time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    close: Option<Time>,
}

impl TryFrom<OverrideText> for Override {
    type Error = String;

    fn try_from(text: OverrideText) -> Result<Self, String> {
        let date = text.date;
        let kind = match (text.closed, text.open, text.close) {
            (true, None, None) => OverrideKind::Closed,
            (false, open, Some(close)) => OverrideKind::Hours {
                open: open.unwrap_or(rules::OPEN),
                close,
            },
            _ => {
                return Err(format!(
                    "calendar override of {date}: give either `closed = true` or `close` (and `open`)"
                ));
            }
        };
        Ok(Self { date, kind })
    }
}

impl From<Override> for OverrideText {
    fn from(given: Override) -> Self {
        match given.kind {
            OverrideKind::Closed => Self {
                date: given.date,
                closed: true,
                open: None,
                close: None,
            },
            OverrideKind::Hours { open, close } => Self {
                date: given.date,
                closed: false,
                open: Some(open),
                close: Some(close),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_override_is_either_closed_or_has_a_close() {
        let read = |json: &str| serde_json::from_str::<Override>(json);
        assert_eq!(
            read(r#"{"date":"2026-07-02","closed":true}"#).unwrap().kind,
            OverrideKind::Closed
        );
        let half = read(r#"{"date":"2026-07-02","close":"13:00"}"#).unwrap();
        assert_eq!(
            serde_json::to_string(&half).unwrap(),
            r#"{"date":"2026-07-02","open":"09:30:00","close":"13:00:00"}"#
        );
        for bad in [
            r#"{"date":"2026-07-02"}"#,
            r#"{"date":"2026-07-02","closed":true,"close":"13:00"}"#,
            r#"{"date":"2026-07-02","open":"10:00"}"#,
            r#"{"date":"2026-07-02","close":"13:00","why":"storm"}"#,
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
