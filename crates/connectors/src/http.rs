//! The one HTTP client, for all vendors.
//!
//! [`Transport`] owns the connections: HTTP/1.1 with keep-alive and TCP_NODELAY, one idle
//! connection a host, no redirects, no proxies of the environment, no cookies, no retries. [`Http`]
//! is a vendor's view of it: base address, secret headers, clock, budget. Every call has one total
//! limit by the `Clock` port, a bounded reply, and comes out without secrets, whatever happened.
//!
//! Whether a body is JSON is its reader's question: vendors and the gateways before them answer in
//! HTML too. What a call came to is told in the terms of the caller: answered (with any status),
//! certainly not sent, or unknown.

mod answer;
mod fence;
mod transport;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use cycle::port::{Clock, Elapsed, ReadError, SendFence, clock};
use market::time::seconds;
use market::{Duration, Instant};
use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

pub use answer::Answer;
pub use transport::{CallCount, Transport, TransportError};

use crate::budget::{Budget, Exhausted, Kept, Rate, Window};
use crate::secret::{Secret, percent_encode};
use fence::Gate;

/// Longest that any call may take from its first to its last byte (EXECUTION §5).
pub const CALL_LIMIT: Duration = seconds(10);

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// Not one byte of the request was written.
    #[error("not sent: {why}")]
    NotSent {
        /// What kept it.
        why: String,
    },
    /// The budget forbade the call.
    #[error("not sent: {0}")]
    Exhausted(Exhausted),
    /// It may have been received, and may have had its effect; there is no complete answer.
    #[error("no answer: {why}")]
    Unknown {
        /// What went wrong.
        why: String,
    },
}

impl From<HttpError> for ReadError {
    /// For reads: a day's credits do not come back while a slot lasts; all else may pass.
    fn from(error: HttpError) -> Self {
        let text = error.to_string();
        match error {
            HttpError::Exhausted(Exhausted {
                window: Window::Day,
                ..
            }) => Self::Permanent(text),
            HttpError::Exhausted(_) | HttpError::NotSent { .. } | HttpError::Unknown { .. } => {
                Self::Transient(text)
            }
        }
    }
}

/// A secret and how its header writes it.
pub(crate) struct SecretHeader {
    pub(crate) name: HeaderName,
    pub(crate) prefix: &'static str,
    pub(crate) secret: Secret,
}

impl SecretHeader {
    fn value(&self) -> HeaderValue {
        let text = format!("{}{}", self.prefix, self.secret.expose());
        let mut value = HeaderValue::from_str(&text).expect("a checked secret is visible ASCII");
        value.set_sensitive(true);
        value
    }
}

/// What one vendor's calls have in common.
pub(crate) struct Vendor {
    /// For errors: `twelve-data`.
    pub(crate) name: &'static str,
    /// Scheme and authority, without a slash at the end.
    pub(crate) base: String,
    /// Sent with every call.
    pub(crate) headers: Vec<SecretHeader>,
    /// How the vendor tells its count.
    pub(crate) rate: fn(&HeaderMap) -> Option<Rate>,
    /// The key's credits.
    pub(crate) budget: Budget,
}

/// One vendor over the shared transport.
pub(crate) struct Http {
    transport: Transport,
    clock: Arc<dyn Clock>,
    vendor: Vendor,
    /// Whether the key was accepted since this process began: one refusal later is then taken for
    /// a passing one.
    key_worked: AtomicBool,
}

impl Http {
    pub(crate) fn new(transport: Transport, clock: Arc<dyn Clock>, vendor: Vendor) -> Self {
        Self {
            transport,
            clock,
            vendor,
            key_worked: AtomicBool::new(false),
        }
    }

    /// Takes note that the vendor accepted the key; only a reader of its bodies can tell.
    pub(crate) fn saw_key_work(&self) {
        self.key_worked.store(true, Ordering::Relaxed);
    }

    /// Whether the key was accepted since this process began.
    pub(crate) fn key_worked(&self) -> bool {
        self.key_worked.load(Ordering::Relaxed)
    }

    /// Reads: a GET of one credit.
    pub(crate) async fn get(
        &self,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<Answer, HttpError> {
        let path = if query.is_empty() {
            path.to_owned()
        } else {
            format!("{path}?{}", encode_query(query))
        };
        self.call(Method::GET, &path, None, None).await
    }

    /// Mutates, once, if `fence` still stands when the connection is open.
    pub(crate) async fn mutate(
        &self,
        method: Method,
        path: &str,
        json: Option<String>,
        fence: SendFence,
    ) -> Result<Answer, HttpError> {
        let gate = Gate::new(Arc::clone(&self.clock), fence);
        self.call(method, path, json, Some(gate)).await
    }

    /// Calls of this minute: the vendor's count where it tells one, else our own.
    pub(crate) fn rate(&self) -> Rate {
        self.vendor.budget.minute(self.clock.now())
    }

    /// When a read may be asked that leaves `kept` to others.
    ///
    /// # Errors
    /// [`Exhausted`] when not today.
    pub(crate) fn ready(&self, kept: Kept) -> Result<Instant, Exhausted> {
        self.vendor.budget.ready(self.clock.now(), kept)
    }

    /// Takes note of the vendor's own count of the day.
    pub(crate) fn learn_day(&self, rate: Rate) {
        self.vendor.budget.learn_day(self.clock.now(), rate);
    }

    /// Takes note that the vendor refused a call for its count.
    pub(crate) fn refused(&self, window: Window) {
        self.vendor.budget.refused(self.clock.now(), window);
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        json: Option<String>,
        gate: Option<Gate>,
    ) -> Result<Answer, HttpError> {
        const CREDITS: u32 = 1;
        let began = self.clock.now();
        self.vendor
            .budget
            .take(began, CREDITS)
            .map_err(HttpError::Exhausted)?;
        let request = self.request(method, path, json)?;
        let work = self.transport.execute(request, gate);
        let outcome = clock::timeout(&*self.clock, CALL_LIMIT, work).await;
        let now = self.clock.now();
        let answer = match outcome {
            Ok(outcome) => outcome.map_err(|error| self.named(path, error)),
            Err(Elapsed { limit }) => Err(self.named(
                path,
                HttpError::Unknown {
                    why: format!("nothing complete within {limit:#}"),
                },
            )),
        };
        // What a refused call tells of its count is no plan: nothing left of nothing used would be
        // a limit of none, and never asking again.
        let refused = answer.as_ref().is_ok_and(|answer| answer.status() == 429);
        let rate = answer
            .as_ref()
            .ok()
            .filter(|_| !refused)
            .and_then(|answer| (self.vendor.rate)(answer.headers()));
        self.vendor.budget.learn(began, now, CREDITS, rate);
        if refused {
            self.vendor.budget.refused(now, Window::Minute);
        }
        answer
    }

    fn request(
        &self,
        method: Method,
        path: &str,
        json: Option<String>,
    ) -> Result<reqwest::Request, HttpError> {
        let mut request = self
            .transport
            .request(method, &format!("{}{path}", self.vendor.base));
        for header in &self.vendor.headers {
            request = request.header(&header.name, header.value());
        }
        if let Some(json) = json {
            request = request
                .header(reqwest::header::CONTENT_TYPE, "application/json")
                .body(json);
        }
        request.build().map_err(|error| {
            let why = self.transport.redactor().text(error.to_string());
            HttpError::NotSent {
                why: format!("{}: {why}", self.vendor.name),
            }
        })
    }

    /// The error with the vendor and the path it met, for people.
    fn named(&self, path: &str, error: HttpError) -> HttpError {
        let path = path.split('?').next().unwrap_or(path);
        let name = |why| {
            self.transport
                .redactor()
                .text(format!("{} {path}: {why}", self.vendor.name))
        };
        match error {
            HttpError::NotSent { why } => HttpError::NotSent { why: name(why) },
            HttpError::Unknown { why } => HttpError::Unknown { why: name(why) },
            HttpError::Exhausted(exhausted) => HttpError::Exhausted(exhausted),
        }
    }
}

/// `a=1&b=2`, percent-encoded.
fn encode_query(query: &[(&str, &str)]) -> String {
    let pairs: Vec<String> = query
        .iter()
        .map(|(name, value)| format!("{}={}", percent_encode(name), percent_encode(value)))
        .collect();
    pairs.join("&")
}

#[cfg(test)]
mod tests;
