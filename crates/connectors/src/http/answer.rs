//! What came back.

use cycle::port::Body;
use reqwest::header::HeaderMap;
use trading::observation::BodyRef;
use trading::record::Hash;

/// A complete answer of any status, secrets redacted.
#[derive(Debug, Clone)]
pub struct Answer {
    status: u16,
    headers: HeaderMap,
    bytes: Vec<u8>,
}

impl Answer {
    /// An answer of these parts, as a transport or a record of one gives it.
    #[must_use]
    pub fn new(status: u16, headers: HeaderMap, bytes: Vec<u8>) -> Self {
        Self {
            status,
            headers,
            bytes,
        }
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// Whether the status is 2xx.
    #[must_use]
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The reply's headers.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// A header that is a whole number.
    #[must_use]
    pub fn number(headers: &HeaderMap, name: &str) -> Option<u32> {
        headers.get(name)?.to_str().ok()?.trim().parse().ok()
    }

    /// The body as it came.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The body as the journal keeps it, under the name records cite: `alpaca/account`.
    #[must_use]
    pub fn into_body(self, what: &str) -> Body {
        let hash = Hash::of(&self.bytes);
        Body {
            reference: BodyRef {
                what: what.to_owned(),
                hash,
            },
            bytes: self.bytes,
        }
    }
}
