//! Twelve Data's error bodies, `{"code", "message", "status": "error"}`, under any HTTP status.

use cycle::port::ReadError;

use super::NAME;
use crate::budget::Window;
use crate::http::Answer;
use crate::secret::TwelveDataKey;
use crate::wire::{Object, excerpt};

/// How the message of an empty window begins; the one error that means "no rows".
const NO_ROWS: &str = "No data is available on the specified dates";
/// Tells the day's limit from the minute's: both have the code 429.
const OF_THE_DAY: &str = "for the day";

/// What was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// There are no rows in the window asked for.
    NoRows,
    /// The key is missing or wrong, or the vendor has a bad moment.
    Key,
    /// The plan does not include it.
    Plan,
    /// The request itself, or its symbol.
    Request,
    /// Too many credits.
    Credits(Window),
    /// The server, or a gateway before it.
    Server,
}

/// A refusal with the answer it came in.
#[derive(Debug)]
pub struct Refusal {
    /// What was refused.
    pub kind: Kind,
    code: u16,
    message: String,
    /// The answer, for the journal.
    pub answer: Answer,
}

impl Refusal {
    /// The refusal in `answer`; `None` when it is none.
    pub fn of(answer: &Answer) -> Option<Self> {
        let body = Object::parse(NAME, answer.bytes()).ok();
        let says_error = body
            .as_ref()
            .is_some_and(|body| body.text("status").as_deref() == Some("error"));
        if answer.is_success() && !says_error {
            return None;
        }
        // The body's own code counts: an old server sends every error as HTTP 200.
        let code = body
            .as_ref()
            .and_then(|body| body.lenient("code"))
            .unwrap_or(answer.status());
        let message = body.as_ref().and_then(|body| body.text("message"));
        let kind = kind(code, message.as_deref());
        let message = message.unwrap_or_else(|| excerpt(answer.bytes()));
        Some(Self {
            kind,
            code,
            message: excerpt(message.as_bytes()),
            answer: answer.clone(),
        })
    }

    /// The refusal as an error of a read; a key that worked before is doubted once more later.
    pub fn read_error(&self, path: &str, key_worked: bool) -> ReadError {
        let Self {
            kind,
            code,
            message,
            ..
        } = self;
        let text = format!("{NAME} {path}: {code}: {message}");
        match kind {
            Kind::Key if key_worked => ReadError::Transient(text),
            Kind::Key => {
                ReadError::Permanent(format!("{text}\nhint: check {}", TwelveDataKey::VARIABLE))
            }
            Kind::Plan => {
                ReadError::Permanent(format!("{text}\nhint: this plan does not include it"))
            }
            Kind::Credits(Window::Day) | Kind::Request | Kind::NoRows => ReadError::Permanent(text),
            Kind::Credits(Window::Minute) | Kind::Server => ReadError::Transient(text),
        }
    }
}

/// By code and, where codes are shared, by message. Without a message in JSON it was not the
/// vendor who spoke but something before it, which knows the key at most.
fn kind(code: u16, message: Option<&str>) -> Kind {
    match (code, message) {
        (401, _) => Kind::Key,
        (429, message) if message.is_some_and(|text| text.contains(OF_THE_DAY)) => {
            Kind::Credits(Window::Day)
        }
        (429, _) => Kind::Credits(Window::Minute),
        (400, Some(text)) if text.starts_with(NO_ROWS) => Kind::NoRows,
        (403, Some(_)) => Kind::Plan,
        (400..=499, Some(_)) => Kind::Request,
        _ => Kind::Server,
    }
}
