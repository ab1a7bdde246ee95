//! The ports: everything the cycle asks of the world, in our words, never a vendor's.
//!
//! The cycle awaits nothing but these, so a simulation that owns them owns time and fate.

pub mod alerts;
pub mod bar_source;
pub mod broker;
pub mod clock;
pub mod corporate_actions;
pub mod entropy;
pub mod journal;
pub mod price_source;
pub mod quote_source;

pub use alerts::{Alert, AlertLevel, Alerts};
pub use bar_source::{BarRequest, BarSource};
pub use broker::{Broker, BrokerError, BrokerReader, OrderQuery, SendFence, Submission};
pub use clock::{Clock, Elapsed, Monotonic};
pub use corporate_actions::CorporateActions;
pub use entropy::Entropy;
pub use journal::{Draft, Journal, JournalError};
pub use price_source::PriceSource;
pub use quote_source::QuoteSource;

use trading::observation::BodyRef;
use trading::record::Hash;

/// A vendor's raw answer, kept beside the chain under the hash of its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    /// Its name and hash, as records cite it.
    pub reference: BodyRef,
    /// The bytes as they came, secrets redacted.
    pub bytes: Vec<u8>,
}

impl Body {
    /// The bytes that answer `what`, under their hash.
    #[must_use]
    pub fn new(what: impl Into<String>, bytes: Vec<u8>) -> Self {
        Self {
            reference: BodyRef {
                what: what.into(),
                hash: Hash::of(&bytes),
            },
            bytes,
        }
    }
}

/// A value read from a vendor, with the bodies it was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply<T> {
    /// In our words.
    pub value: T,
    /// As it came.
    pub bodies: Vec<Body>,
}

/// Why a read came to nothing, by what the caller must do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// Later it may work: time-out, 429, 5xx, connection, unreadable body. The budget of this
    /// try decides whether it is asked again.
    #[error("{0}")]
    Transient(String),
    /// Asking again is useless until the owner acts: wrong key, plan, unknown symbol.
    #[error("{0}")]
    Permanent(String),
}

impl ReadError {
    /// Whether asking again is useless.
    #[must_use]
    pub fn is_permanent(&self) -> bool {
        matches!(self, Self::Permanent(_))
    }
}
