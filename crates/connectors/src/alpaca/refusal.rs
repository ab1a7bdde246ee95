//! Alpaca's error bodies: `{"code", "message"}`, sometimes without a code, sometimes with more,
//! and HTML from the servers before it.

use cycle::port::{ReadError, Submission};

use crate::http::{Answer, HttpError};
use crate::secret::AlpacaKeys;
use crate::wire::{Object, excerpt};

/// "Does not exist", for orders, assets and positions.
const NOT_FOUND_CODE: &str = "40410000";

/// What Alpaca itself said; `None` when something before it spoke, or nothing readable.
struct Words {
    code: Option<String>,
    message: String,
}

fn words(answer: &Answer) -> Option<Words> {
    let body = Object::parse("alpaca", answer.bytes()).ok()?;
    let message = excerpt(body.text("message")?.as_bytes());
    Some(Words {
        code: body.text("code"),
        message,
    })
}

/// The refusal on one line: `HTTP 403, code 40310000: insufficient buying power`.
fn line(answer: &Answer) -> String {
    let status = answer.status();
    match words(answer) {
        Some(Words {
            code: Some(code),
            message,
        }) => format!("HTTP {status}, code {code}: {message}"),
        Some(Words {
            code: None,
            message,
        }) => format!("HTTP {status}: {message}"),
        None => format!("HTTP {status}: {}", excerpt(answer.bytes())),
    }
}

/// A refused read, by whether asking again can help. A 401 counts whoever says it, since the
/// clock's comes as a gateway's page; any other page without Alpaca's words may pass. Keys that
/// worked before are doubted once more later.
#[must_use]
pub fn read_error(what: &str, answer: &Answer, key_worked: bool) -> ReadError {
    let text = format!("{what}: {}", line(answer));
    match answer.status() {
        401 | 403 if is_about_keys(answer) && key_worked => ReadError::Transient(text),
        401 | 403 if is_about_keys(answer) => ReadError::Permanent(with_key_hint(&text)),
        408 | 429 => ReadError::Transient(text),
        400..=499 if words(answer).is_some() => ReadError::Permanent(text),
        _ => ReadError::Transient(text),
    }
}

/// `request is not authorized`, `forbidden.`: a 403 may as well be about plan or funds.
fn is_about_keys(answer: &Answer) -> bool {
    answer.status() == 401
        || words(answer).is_some_and(|words| {
            let message = words.message.to_ascii_lowercase();
            message.contains("authorized") || message.contains("forbidden")
        })
}

fn with_key_hint(text: &str) -> String {
    let (id, secret) = (AlpacaKeys::ID_VARIABLE, AlpacaKeys::SECRET_VARIABLE);
    format!("{text}\nhint: check {id} and {secret}; paper and live keys differ")
}

/// Whether the vendor itself says that what was looked up does not exist.
#[must_use]
pub fn says_absent(answer: &Answer) -> bool {
    answer.status() == 404
        && words(answer).is_some_and(|words| words.code.as_deref() == Some(NOT_FOUND_CODE))
}

/// A mutation's answer, once it is known not to be 2xx: refused only in the vendor's own words
/// with a status that means no; everything else may still have happened.
pub(crate) fn mutation<T>(what: &str, answer: &Answer) -> Submission<T> {
    let why = format!("{what}: {}", line(answer));
    match (answer.status(), words(answer)) {
        (408 | 429, _) | (_, None) => Submission::Unknown { why },
        (400..=499, Some(words)) => Submission::Refused {
            why,
            duplicate_id: is_duplicate(&words.message),
        },
        _ => Submission::Unknown { why },
    }
}

/// `client_order_id must be unique`, however it is spelled: revisions of the API have differed.
fn is_duplicate(message: &str) -> bool {
    let letters: String = message.chars().filter(char::is_ascii_alphabetic).collect();
    let letters = letters.to_ascii_lowercase();
    letters.contains("clientorderid")
        && ["unique", "duplicate", "exist"]
            .iter()
            .any(|word| letters.contains(word))
}

/// A mutation without an answer.
pub(crate) fn unanswered<T>(error: &HttpError) -> Submission<T> {
    let why = error.to_string();
    match error {
        HttpError::NotSent { .. } | HttpError::Exhausted(_) => Submission::NotSent { why },
        HttpError::Unknown { .. } => Submission::Unknown { why },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duplicate_id_is_recognised_in_any_spelling() {
        for message in [
            "client_order_id must be unique",
            "client order id must be unique",
            "Client-Order-ID is a duplicate",
            "order with this client_order_id already exists",
        ] {
            assert!(is_duplicate(message), "{message}");
        }
        for message in [
            "qty is required",
            "client_order_id must be no more than 128 characters",
            "",
        ] {
            assert!(!is_duplicate(message), "{message}");
        }
    }

    #[test]
    fn only_what_certainly_never_left_is_called_not_sent() {
        let why = || "x".to_owned();
        let not_sent: Submission<()> = unanswered(&HttpError::NotSent { why: why() });
        assert!(matches!(not_sent, Submission::NotSent { .. }));
        let unknown: Submission<()> = unanswered(&HttpError::Unknown { why: why() });
        assert!(matches!(unknown, Submission::Unknown { .. }));
    }
}
