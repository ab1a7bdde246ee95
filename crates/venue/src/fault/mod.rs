//! Everything that can go wrong on purpose, under names.
//!
//! A [`Fault`] is written `NAME[=VALUE][@SCOPE][*COUNT][%PROBABILITY]` and read by
//! [`str::parse`]; [`KNOWN`] is the one table of names. [`Faults`] holds those in force and counts
//! how often each really struck. Faults of the exchange itself (a stuck order, a halt) strike in
//! the model, so that simulation without sockets meets the same ones; those of the wire strike in
//! the gate and the faces of `http`. `/control` is never struck.
//!
//! Readings of *unconfirmed* facts of the vendors' papers are set by the same names. They are no
//! faults: they change what is true. Counted is how often the fact was met, whatever it then made.

mod kind;
mod known;
mod scope;
mod table;
mod text;

pub use kind::{
    BarAt, BlockedBy, CancelRace, Delivery, Kind, Limited, OddQuote, PlanGate, Reading, Stuck, Twin,
};
pub use known::{KNOWN, Known, Layer, known};
pub use scope::{Call, Scope, Target, Vendor};
pub use table::{FAULTS_MAX, FaultId, FaultReport, Faults, TooManyFaults};
pub use text::FaultError;

use market::Instant;

/// One fault: what happens, to which calls, how often and how likely.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// Its name in [`KNOWN`].
    pub name: &'static str,
    /// The value it was given, as written; empty when none.
    pub value: String,
    /// What happens.
    pub kind: Kind,
    /// To which calls. Faults of the exchange have no scope.
    pub scope: Scope,
    /// How often at most; for ever when `None`.
    pub count: Option<u64>,
    /// Until when on the venue's clock, that moment left out; for ever when `None`.
    pub until: Option<Instant>,
    /// How likely it strikes each time it could, above 0 to 1.
    pub probability: f64,
    /// Seeds the draws for `probability`.
    pub seed: u64,
}

impl Fault {
    /// The same fault, over at a moment of the venue's clock.
    #[must_use]
    pub fn until(self, until: Instant) -> Self {
        Self {
            until: Some(until),
            ..self
        }
    }

    /// The same fault with other draws.
    #[must_use]
    pub fn seeded(self, seed: u64) -> Self {
        Self { seed, ..self }
    }
}
