//! Every slot as one row: a line of `tqqq history`, a row of a page.

use market::{Money, Price, Shares};
use serde::Serialize;
use strategy::{Signal, Target};
use trading::observation::SourceName;
use trading::outcome::{Outcome, Reason};
use trading::revision::Revised;

use crate::SlotRecord;

/// One slot; one line of `--json`, one row of `--csv`.
#[derive(Debug, Clone, Serialize)]
pub struct SlotView {
    schema: &'static str,
    /// Which slot, with its offset.
    pub slot: String,
    /// `traded`, `held`, `refused`, `failed`, `missed`, or `open`.
    pub outcome: &'static str,
    /// Why, with the rule's name, its limit and what was seen.
    pub detail: Option<String>,
    /// The same as people read it.
    #[serde(skip)]
    pub words: Option<String>,
    /// Which rule, where one refused.
    pub reason: Option<Reason>,
    /// `warmup` before the first signal, else the signal.
    pub state: Option<State>,
    /// What was worked for.
    pub target: Option<Target>,
    /// The price the signal was taken at.
    pub price: Option<Price>,
    /// The fast average compared, in dollars.
    pub fast: Option<f64>,
    /// The slow average compared, in dollars.
    pub slow: Option<f64>,
    /// Whether averages started elsewhere may decide otherwise.
    pub fragile: Option<bool>,
    /// What the signal would have been by bars that were revised later.
    pub revised: Option<&'static str>,
    /// The source that the decision followed.
    #[serde(skip)]
    followed: Option<SourceName>,
    /// Orders intended.
    pub orders: u64,
    /// Tries begun.
    pub tries: u32,
    /// Shares of the traded symbol when last seen.
    pub shares: Option<Shares>,
    /// Cash when last seen.
    pub cash: Option<Money>,
    /// Equity when last seen.
    pub equity: Option<Money>,
}

/// What a slot knew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Too little history for a signal.
    Warmup,
    /// As the signal.
    Bullish,
    /// As the signal.
    Bearish,
    /// As the signal.
    Neutral,
}

impl State {
    /// Its word in every form.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Warmup => "warmup",
            Self::Bullish => "bullish",
            Self::Bearish => "bearish",
            Self::Neutral => "neutral",
        }
    }
}

/// The columns of `--csv`.
const COLUMNS: [&str; 16] = [
    "slot", "outcome", "detail", "reason", "state", "target", "price", "fast", "slow", "fragile",
    "orders", "tries", "shares", "cash", "equity", "revised",
];

impl SlotView {
    /// The view of one slot.
    #[must_use]
    pub fn new(record: &SlotRecord) -> Self {
        let decision = record.decision();
        let account = record
            .portfolio
            .as_ref()
            .map(|portfolio| &portfolio.account);
        Self {
            schema: "tqqq.history/1",
            slot: record.slot.to_string(),
            outcome: record.outcome.as_ref().map_or("open", Outcome::name),
            detail: record.outcome.as_ref().and_then(detail),
            words: record.outcome.as_ref().and_then(words),
            reason: match &record.outcome {
                Some(Outcome::Refused(refusal)) => Some(refusal.reason),
                _ => None,
            },
            state: state(record),
            target: record
                .decided
                .as_ref()
                .filter(|_| decision.is_some())
                .map(|decided| decided.target),
            price: record.price,
            fast: decision.map(|decision| decision.fast),
            slow: decision.map(|decision| decision.slow),
            fragile: decision.map(|decision| decision.fragile),
            revised: None,
            followed: record.followed().cloned(),
            orders: record.orders(),
            tries: record.tries,
            shares: record.held(),
            cash: account.map(|account| account.cash),
            equity: account.map(|account| account.equity),
        }
    }

    /// The outcome in words, with what was seen later.
    #[must_use]
    pub fn told(&self) -> String {
        let later = self
            .revised
            .map(|signal| format!("revised later: {signal}"));
        let told: Vec<String> = self.words.clone().into_iter().chain(later).collect();
        told.join("; ")
    }

    /// Takes note of a revision, if it is of this slot's signal on the source that it followed.
    pub fn note(&mut self, revised: &Revised) {
        if self.slot == revised.slot.to_string() && self.followed.as_ref() == Some(&revised.source)
        {
            self.revised = Some(signal_word(revised.revised));
        }
    }

    /// The heading of `--csv`.
    #[must_use]
    pub fn csv_heading() -> String {
        COLUMNS.join(",")
    }

    /// One row of `--csv`.
    #[must_use]
    pub fn csv(&self) -> String {
        let Self {
            slot,
            outcome,
            detail,
            reason,
            orders,
            tries,
            ..
        } = self;
        let cells = [
            slot.clone(),
            (*outcome).to_owned(),
            quote(detail.as_deref().unwrap_or_default()),
            cell(*reason),
            self.state.map(State::word).unwrap_or_default().to_owned(),
            self.target.map(target_word).unwrap_or_default().to_owned(),
            cell(self.price),
            cell(self.fast),
            cell(self.slow),
            cell(self.fragile),
            orders.to_string(),
            tries.to_string(),
            cell(self.shares),
            cell(self.cash),
            cell(self.equity),
            self.revised.unwrap_or_default().to_owned(),
        ];
        cells.join(",")
    }
}

fn cell(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

fn quote(text: &str) -> String {
    if text.contains([',', '"', '\n']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

fn state(record: &SlotRecord) -> Option<State> {
    match record.decision() {
        Some(decision) => Some(match decision.signal {
            Signal::Bullish => State::Bullish,
            Signal::Bearish => State::Bearish,
            Signal::Neutral => State::Neutral,
        }),
        None => record.is_warm_up().then_some(State::Warmup),
    }
}

fn detail(outcome: &Outcome) -> Option<String> {
    match outcome {
        Outcome::Traded | Outcome::Missed => None,
        Outcome::Held(why) => Some(why.to_string()),
        Outcome::Refused(refusal) => Some(refusal.to_string()),
        Outcome::Failed(error) => Some(error.clone()),
    }
}

/// Why a slot ended so, as people read it; `None` where the outcome itself says it all.
#[must_use]
pub fn words(outcome: &Outcome) -> Option<String> {
    match outcome {
        Outcome::Refused(refusal) => Some(refusal.words()),
        other => detail(other),
    }
}

/// A signal's word.
#[must_use]
pub const fn signal_word(signal: Signal) -> &'static str {
    match signal {
        Signal::Bullish => "bullish",
        Signal::Bearish => "bearish",
        Signal::Neutral => "neutral",
    }
}

/// A target's word: `all_in`, `out`, `keep`.
#[must_use]
pub const fn target_word(target: Target) -> &'static str {
    match target {
        Target::AllIn => "all_in",
        Target::Out => "out",
        Target::Keep => "keep",
    }
}
