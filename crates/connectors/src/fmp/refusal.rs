//! FMP's errors: `{"Error Message"}` or plain text, under a status of their own or under HTTP 200.

use cycle::port::ReadError;

use crate::http::Answer;
use crate::secret::FmpKey;
use crate::wire::{Object, excerpt};

/// Where the words of an error stand, by how often each is met.
const WORDS: [&str; 3] = ["Error Message", "message", "error"];
/// How the messages begin that mean a plan without the endpoint.
const NO_ENDPOINT: [&str; 3] = [
    "Restricted Endpoint",
    "Exclusive Endpoint",
    "Legacy Endpoint",
];
/// How the messages begin that mean a plan without this symbol or parameter.
const NO_VALUE: [&str; 2] = ["Premium Query Parameter", "Special Endpoint"];
/// How the message of a used-up limit begins.
const LIMIT: &str = "Limit Reach";
/// How the message of a wrong key begins.
const KEY: &str = "Invalid API KEY";

/// What was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The key is missing or wrong, or the vendor has a bad moment.
    Key,
    /// The plan does not include the endpoint at all.
    PlanEndpoint,
    /// The plan does not include this symbol, or this value of another parameter.
    PlanValue,
    /// The request itself.
    Request,
    /// Too many calls, in a minute or a day: the vendor does not say which.
    Limit,
    /// The server, or a gateway before it.
    Server,
}

/// A refusal.
#[derive(Debug)]
pub struct Refusal {
    /// What was refused.
    pub kind: Kind,
    status: u16,
    message: String,
}

impl Refusal {
    /// The refusal in `answer`; `None` when it is none, which a reader of lists must still see.
    #[must_use]
    pub fn of(answer: &Answer) -> Option<Self> {
        let words = Words::of(answer);
        let kind = match (answer.status(), &words) {
            // A good list, or something no reader takes for one.
            (200..=299, Words::None | Words::Page) => return None,
            (200..=299, Words::Said(text)) => told(text).unwrap_or(Kind::Server),
            (status, words) => refused(status, words),
        };
        let message = match words {
            Words::Said(text) => text,
            Words::None | Words::Page => excerpt(answer.bytes()),
        };
        Some(Self {
            kind,
            status: answer.status(),
            message: excerpt(message.as_bytes()),
        })
    }

    /// The refusal as an error of a read; a key that worked before is doubted once more later.
    #[must_use]
    pub fn read_error(&self, what: &str, key_worked: bool) -> ReadError {
        let text = format!("{what}: HTTP {}: {}", self.status, self.message);
        let permanent = |hint: &str| ReadError::Permanent(format!("{text}\nhint: {hint}"));
        match self.kind {
            Kind::Key if key_worked => ReadError::Transient(text),
            Kind::Key => permanent(&format!("check {}", FmpKey::VARIABLE)),
            Kind::PlanEndpoint => permanent(
                "the plan of this key does not include it; bars within a day need FMP's Starter plan or better",
            ),
            Kind::PlanValue => permanent(
                "the plan of this key does not include this symbol or value; FMP's free plan has few symbols, its Starter plan or better has them",
            ),
            Kind::Request | Kind::Limit => ReadError::Permanent(text),
            Kind::Server => ReadError::Transient(text),
        }
    }
}

/// Who speaks in a body.
enum Words {
    /// The vendor.
    Said(String),
    /// A gateway, in HTML.
    Page,
    /// Nobody: a list, or nothing at all.
    None,
}

impl Words {
    fn of(answer: &Answer) -> Self {
        let bytes = answer.bytes().trim_ascii();
        match bytes.first() {
            Some(b'<') => Self::Page,
            Some(b'{') => {
                let Ok(body) = Object::parse("fmp", bytes) else {
                    return Self::None;
                };
                let said = WORDS.into_iter().find_map(|field| body.text(field));
                said.map_or(Self::None, Self::Said)
            }
            None | Some(b'[') => Self::None,
            Some(_) => Self::Said(excerpt(bytes)),
        }
    }
}

/// By its words alone, for what comes as HTTP 200.
fn told(text: &str) -> Option<Kind> {
    let begins = |beginnings: &[&str]| beginnings.iter().any(|words| text.starts_with(words));
    if begins(&[KEY]) {
        Some(Kind::Key)
    } else if begins(&[LIMIT]) {
        Some(Kind::Limit)
    } else if begins(&NO_VALUE) {
        Some(Kind::PlanValue)
    } else {
        begins(&NO_ENDPOINT).then_some(Kind::PlanEndpoint)
    }
}

/// By its status; the words only tell one refusal of a plan from the other. A page is not the
/// vendor's: it knows the key at most, and its 429 is not the plan's.
fn refused(status: u16, words: &Words) -> Kind {
    match (status, words) {
        (401, _) => Kind::Key,
        (429, Words::Said(_)) => Kind::Limit,
        (_, Words::Page) | (408 | 429, _) => Kind::Server,
        (402 | 403, Words::Said(text)) => told(text).unwrap_or(Kind::PlanEndpoint),
        (402, Words::None) => Kind::PlanEndpoint,
        (403, Words::None) => Kind::Server,
        (400..=499, _) => Kind::Request,
        _ => Kind::Server,
    }
}
