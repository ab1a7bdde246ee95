//! The whole chain in a few bytes a slot: what curves, maps and lists are drawn from.
//!
//! Folded entry by entry as the chain grows. What a single slot saw is not kept: its page reads it
//! again, from the record at which [`Mark::first_seq`] says it begins.

mod fold;
mod latency;

use std::collections::BTreeMap;

use chronicle::OrderLine;
use chronicle::movements::Movements;
use chronicle::orders::Orders;
use market::{Date, Instant, Money, Price, Slot, Symbol};
use strategy::{Signal, Target};
use trading::observation::SourceName;
use trading::outcome::{Outcome, Reason};
use trading::record::Head;

pub use latency::Latency;

/// Events kept: halts, switches, remarks.
const EVENTS_MAX: usize = 50;

/// What became of a slot, without its words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Orders were filled.
    Traded,
    /// Nothing was to be done.
    Held,
    /// A rule forbade it.
    Refused,
    /// Nobody ran it.
    Missed,
    /// It could not be carried through.
    Failed,
    /// It is under way, or was left open.
    Open,
}

impl Kind {
    /// Every kind, the worst last.
    pub const ALL: [Self; 6] = [
        Self::Held,
        Self::Traded,
        Self::Open,
        Self::Refused,
        Self::Missed,
        Self::Failed,
    ];

    fn of(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Traded => Self::Traded,
            Outcome::Held(_) => Self::Held,
            Outcome::Refused(_) => Self::Refused,
            Outcome::Failed(_) => Self::Failed,
            Outcome::Missed => Self::Missed,
        }
    }

    /// Its word, as `history` has it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Traded => "traded",
            Self::Held => "held",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::Missed => "missed",
            Self::Open => "open",
        }
    }

    /// How bad, for a day that shows its worst slot.
    #[must_use]
    pub fn gravity(self) -> usize {
        Self::ALL.iter().position(|kind| *kind == self).unwrap_or(0)
    }
}

/// One slot.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    /// Which.
    pub slot: Slot,
    /// Its New York date, asked for too often to be computed each time.
    pub date: Date,
    /// The record at which it begins.
    pub first_seq: u64,
    /// What became of it.
    pub kind: Kind,
    /// Which rule refused it.
    pub reason: Option<Reason>,
    /// The signal's price.
    pub price: Option<Price>,
    /// The fast average, in dollars.
    pub fast: Option<f64>,
    /// The slow average, in dollars.
    pub slow: Option<f64>,
    /// What they said.
    pub signal: Option<Signal>,
    /// What was worked for.
    pub target: Option<Target>,
    /// Equity when last seen.
    pub equity: Option<Money>,
    /// Value of one unit of the account: results net of flows, 1 at the first look.
    pub unit: Option<f64>,
    /// Why it ended so, and what was seen of it later.
    pub words: String,
    /// Whether the fund was held at its end.
    pub held: bool,
    /// Milliseconds from its first try's beginning to its end.
    pub took_ms: Option<i64>,
}

impl Mark {
    fn new(slot: Slot, first_seq: u64) -> Self {
        Self {
            slot,
            date: slot.date(),
            first_seq,
            kind: Kind::Open,
            reason: None,
            price: None,
            fast: None,
            slow: None,
            signal: None,
            target: None,
            equity: None,
            unit: None,
            words: String::new(),
            held: false,
            took_ms: None,
        }
    }

    /// Whether it lies before the first signal.
    #[must_use]
    pub fn is_warm_up(&self) -> bool {
        self.reason == Some(Reason::NotWarm)
    }
}

/// A switch thrown, or a remark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// When.
    pub at: Instant,
    /// What.
    pub text: String,
}

/// The slot under way, while it is folded.
#[derive(Debug, Clone)]
struct Under {
    mark: Mark,
    began: Instant,
    symbol: Option<Symbol>,
}

/// The chain, slot by slot.
#[derive(Debug, Default)]
pub struct Book {
    marks: Vec<Mark>,
    orders: Orders,
    movements: Movements,
    events: Vec<Event>,
    latencies: BTreeMap<SourceName, Latency>,
    breaches: Vec<Event>,
    revised: u64,
    head: Option<Head>,
    under: Option<Under>,
}

impl Book {
    /// Slots that are over, oldest first.
    #[must_use]
    pub fn marks(&self) -> &[Mark] {
        &self.marks
    }

    /// Orders intended, oldest first; one intended again under its id is one.
    #[must_use]
    pub fn orders(&self) -> &[OrderLine] {
        self.orders.lines()
    }

    /// Movements of cash without an order.
    #[must_use]
    pub const fn movements(&self) -> &Movements {
        &self.movements
    }

    /// The newest switches and remarks, oldest first.
    #[must_use]
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// How long each source's bars took.
    #[must_use]
    pub const fn latencies(&self) -> &BTreeMap<SourceName, Latency> {
        &self.latencies
    }

    /// Invariants found breached, oldest first.
    #[must_use]
    pub fn breaches(&self) -> &[Event] {
        &self.breaches
    }

    /// Signals that later bars would have made others.
    #[must_use]
    pub const fn revised(&self) -> u64 {
        self.revised
    }

    /// The newest record read; every link up to it was checked against its hash.
    #[must_use]
    pub const fn head(&self) -> Option<Head> {
        self.head
    }

    /// The slot of this name and where the next one begins.
    #[must_use]
    pub fn mark(&self, slot: Slot) -> Option<&Mark> {
        self.marks.iter().rev().find(|mark| mark.slot == slot)
    }
}
