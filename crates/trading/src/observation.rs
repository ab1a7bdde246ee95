//! Everything one slot saw, normalised: enough to compute decision and plan again with no adapter.

use std::collections::BTreeMap;
use std::fmt;

use market::calendar::{Disagreement, Session, Slot};
use market::check::Rejected;
use market::hours::{Gap, Hour};
use market::{Instant, Price, Split, Symbol};
use serde::{Deserialize, Serialize};

use crate::account::AccountConfiguration;
use crate::flow::CashFlow;
use crate::portfolio::Portfolio;
use crate::record::Hash;

/// The name of a source or broker, as configuration and records write it: `twelve-data`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SourceName(pub String);

impl fmt::Display for SourceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A raw body kept beside the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BodyRef {
    /// What it answers: `twelve-data/time_series`.
    pub what: String,
    /// SHA-256 of its bytes.
    pub hash: Hash,
}

/// A price and when it was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PricePoint {
    /// The symbol priced.
    pub symbol: Symbol,
    /// Dollars a share.
    pub price: Price,
    /// The trade's moment, or the end of the minute it closes.
    pub at: Instant,
    /// Who said so.
    pub source: SourceName,
}

/// The broker's clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarketClock {
    /// The broker's time.
    pub timestamp: Instant,
    /// Whether the regular session is under way.
    pub is_open: bool,
    /// The next opening.
    pub next_open: Instant,
    /// The next close; today's while open.
    pub next_close: Instant,
}

/// How far the broker's clock is from ours, against the midpoint of a request under a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Skew {
    /// Broker minus ours, in milliseconds.
    Milliseconds(i64),
    /// No request was quick enough; counts as large.
    Unknown,
}

/// Opening and close of one session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionHours {
    /// First moment of the session.
    pub open: Instant,
    /// First moment after it.
    pub close: Instant,
}

impl From<Session> for SessionHours {
    fn from(session: Session) -> Self {
        let Session { open, close, .. } = session;
        Self { open, close }
    }
}

/// What the broker says of a symbol.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asset {
    /// The symbol.
    pub symbol: Symbol,
    /// Whether it may be traded now.
    pub tradable: bool,
    /// Whether fractions of it may be traded.
    pub fractionable: bool,
}

/// One source's hours, or why there are none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceView {
    /// Which source.
    pub source: SourceName,
    /// Whether its bars are of one exchange only: they may confirm, not lead.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub only_confirms: bool,
    /// Known splits taken out of its bars.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub splits_applied: Vec<Split>,
    /// When its request began.
    pub asked_at: Instant,
    /// What it gave.
    pub reading: Reading,
    /// Bars left out, each with its reason.
    pub rejected: Vec<Rejected>,
    /// Identical twins dropped.
    pub duplicates: usize,
}

impl SourceView {
    /// Whether a decision may be taken from its bars now; `all` are the sources configured. One
    /// exchange's bars confirm and do not lead, unless they are all there is.
    #[must_use]
    pub fn leads(&self, all: &[Self]) -> bool {
        let is_usable = matches!(self.reading, Reading::Usable { .. });
        is_usable && (!self.only_confirms || all.len() == 1)
    }
}

/// What came of asking a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reading {
    /// Hours that may be used.
    Usable {
        /// The newest closed hours, oldest first, at most the averages' window.
        closed: Vec<Hour>,
        /// The hour under way, where there is one.
        forming: Option<Hour>,
        /// Expected bars that are not there, but for those that two sources say nobody traded.
        /// More than the configuration lets pass stop entries while they weigh.
        gaps: Vec<Gap>,
    },
    /// Asked, and not to be used now.
    Unusable {
        /// Why, for people.
        why: String,
    },
}

/// A bar that nobody traded: two sources went on after it without showing it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoTrade {
    /// Where the bar would start.
    pub start: Instant,
    /// The sources that say so by having none.
    pub lacking: Vec<SourceName>,
}

/// A jump that looks like a split.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SuspectedSplit {
    /// Of which symbol.
    pub symbol: Symbol,
    /// The date of the jump, and the ratio it looks like.
    pub split: Split,
    /// Where it was seen: `twelve-data bars`, `price`, `holding`.
    pub seen_in: String,
}

/// All that a slot saw before it decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observation {
    /// When observing was done.
    pub at: Instant,
    /// The slot it is for.
    pub slot: Slot,
    /// Our session.
    pub session: SessionHours,
    /// The broker's session of that day; `None` when its calendar has none.
    pub broker_session: Option<SessionHours>,
    /// The days since the window began of which the broker's calendar says something else than
    /// ours: expected are the bars of what both call a session.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub disagreements: Vec<Disagreement>,
    /// The broker's clock.
    pub clock: MarketClock,
    /// Its distance from ours.
    pub skew: Skew,
    /// The owner's settings at the broker.
    pub configuration: AccountConfiguration,
    /// Why those could not be read; then the last fence is not known to stand, and nothing is
    /// bought.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub configuration_unread: Option<String>,
    /// Account, holdings, open orders.
    pub portfolio: Portfolio,
    /// The traded symbol at the broker.
    pub asset: Asset,
    /// The signal symbol's price; `None` when nobody had a fresh one.
    pub price: Option<PricePoint>,
    /// Another source's price of the signal symbol, where there is one.
    pub second_price: Option<PricePoint>,
    /// The traded symbol's price; the same point when the symbols are the same.
    pub trade_price: Option<PricePoint>,
    /// Every configured source, in order.
    pub sources: Vec<SourceView>,
    /// Bars that nobody traded: hours are built without them, and an hour of nothing else is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub no_trade: Vec<NoTrade>,
    /// The signal symbol's price at slots nobody decided, where the bars tell.
    pub missed_prices: BTreeMap<Slot, Price>,
    /// Movements of cash that no order made, of the last days.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flows: Vec<CashFlow>,
    /// Why those could not be read; then losses are not known, and nothing is bought.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flows_unread: Option<String>,
    /// Jumps that look like splits nobody has announced.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suspected_splits: Vec<SuspectedSplit>,
    /// Whether a split of the signal or traded symbol has its ex-date today.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ex_date: bool,
    /// The bodies all this was read from.
    pub bodies: Vec<BodyRef>,
}

impl Observation {
    /// The newest close of the first usable source.
    #[must_use]
    pub fn newest_close(&self) -> Option<Price> {
        self.sources.iter().find_map(|view| match &view.reading {
            Reading::Usable { closed, .. } => closed.last().map(|hour| hour.close),
            Reading::Unusable { .. } => None,
        })
    }

    /// The narrower of our session and the broker's: the later opening, the earlier close.
    #[must_use]
    pub fn narrower_session(&self) -> SessionHours {
        self.broker_session
            .map_or(self.session, |theirs| SessionHours {
                open: self.session.open.max(theirs.open),
                close: self.session.close.min(theirs.close),
            })
    }
}
