//! The words of the journal: what is written, in which envelope, bound to what.
//!
//! Canonical bytes, hashing and stores are the business of the `journal` crate; this module says
//! only what a record means.

mod hash;

use std::fmt;

use market::calendar::Slot;
use market::{Instant, Price, Shares, Split, Symbol};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};

use crate::account::AccountId;
use crate::invariants::Breach;
use crate::judge::Decided;
use crate::observation::{BodyRef, Observation};
use crate::order::{Cancel, ClientOrderId, Order, OrderReport, OrderState};
use crate::outcome::Outcome;
use crate::plan::Plan;
use crate::portfolio::Portfolio;
use crate::repair::Repaired;
use crate::revision::Revised;
use crate::spread::Quoted;
use crate::state::State;

pub use hash::{Hash, HexError, RunId};

/// The version of the rules this program follows; a record of another version may replay
/// differently and says so.
///
/// 2: results are told from transfers by the balance itself, round trips are counted by symbol, an
/// `Out` may be of several, and a bullish slot decided afterwards takes back what bearish ones
/// before it opened.
///
/// 3: an exit the broker refused uses up none of the day's, and an order never taken does not make
/// the newest one forgotten.
pub const RULES_VERSION: u32 = 3;

/// Orders named one by one in the text of a halt.
const IDS_SHOWN_MAX: usize = 3;

/// The newest record of a chain: its number and hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Number of the newest record, from 1.
    pub seq: u64,
    /// Its hash.
    pub hash: Hash,
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.seq, &self.hash.to_string()[..12])
    }
}

/// One link of the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its number, from 1 without gaps.
    pub seq: u64,
    /// The slot it belongs to, where it belongs to one.
    pub slot: Option<Slot>,
    /// Who wrote it.
    pub run: RunId,
    /// When, by the writer's clock.
    pub at: Instant,
    /// What it says.
    pub record: Record,
    /// Hash of the record before; zeros before the first.
    pub prev: Hash,
    /// Hash over all the above.
    pub hash: Hash,
}

/// What a link says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "body", rename_all = "snake_case")]
pub enum Record {
    /// The first record: this chain is of this account at this host.
    Bound(Binding),
    /// A try at a slot begins.
    SlotOpened(SlotOpened),
    /// What the slot saw.
    Observed(Box<Observation>),
    /// What it made of it.
    Decided(Box<Decided>),
    /// The plan once more, after a leg changed the portfolio.
    Replanned(Box<Replanned>),
    /// The quote an entry was held up to.
    Quoted(Box<Quoted>),
    /// An order or cancel about to be sent.
    Intended(Intended),
    /// How the broker answered.
    Answered(Answered),
    /// Where an order stands, as the broker showed it.
    Settled(Settled),
    /// The try failed, the slot stays open.
    TryFailed(TryFailed),
    /// The slot's one outcome.
    SlotClosed(Box<SlotClosed>),
    /// Slots nobody ran, first to last.
    SlotsMissed(SlotsMissed),
    /// Decisions of slots nobody decided, made afterwards from the bars.
    Reconstructed(Reconstructed),
    /// A signal that would have been another one from the bars as they are now.
    Revised(Revised),
    /// From now on reduce-only, or nothing at all.
    Halted(Halted),
    /// The halt is lifted.
    Resumed(Resumed),
    /// The owner accepts the holdings found in the account.
    Adopted(Noted),
    /// Entries on a live account are allowed until a moment.
    Armed(Armed),
    /// They are no longer.
    Disarmed(Noted),
    /// The owner's word on a suspected split.
    SplitRuled(SplitRuled),
    /// Orders of ours that the broker holds and the journal had lost.
    Repaired(Box<Repaired>),
    /// A remark that changes nothing.
    Noted(Noted),
}

impl Record {
    /// The record's word, as stored: `slot_opened`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Bound(_) => "bound",
            Self::SlotOpened(_) => "slot_opened",
            Self::Observed(_) => "observed",
            Self::Decided(_) => "decided",
            Self::Replanned(_) => "replanned",
            Self::Quoted(_) => "quoted",
            Self::Intended(_) => "intended",
            Self::Answered(_) => "answered",
            Self::Settled(_) => "settled",
            Self::TryFailed(_) => "try_failed",
            Self::SlotClosed(_) => "slot_closed",
            Self::SlotsMissed(_) => "slots_missed",
            Self::Reconstructed(_) => "reconstructed",
            Self::Revised(_) => "revised",
            Self::Halted(_) => "halted",
            Self::Resumed(_) => "resumed",
            Self::Adopted(_) => "adopted",
            Self::Armed(_) => "armed",
            Self::Disarmed(_) => "disarmed",
            Self::SplitRuled(_) => "split_ruled",
            Self::Repaired(_) => "repaired",
            Self::Noted(_) => "noted",
        }
    }

    /// The record of kind `word` whose body is at hand: what the derived reading of both together
    /// gives, without putting them together first.
    ///
    /// # Errors
    /// What the body's reader says, and for a word that no record has.
    pub fn of_kind<'de, D: Deserializer<'de>>(word: &str, body: D) -> Result<Self, D::Error> {
        Ok(match word {
            "bound" => Self::Bound(Deserialize::deserialize(body)?),
            "slot_opened" => Self::SlotOpened(Deserialize::deserialize(body)?),
            "observed" => Self::Observed(Deserialize::deserialize(body)?),
            "decided" => Self::Decided(Deserialize::deserialize(body)?),
            "replanned" => Self::Replanned(Deserialize::deserialize(body)?),
            "quoted" => Self::Quoted(Deserialize::deserialize(body)?),
            "intended" => Self::Intended(Deserialize::deserialize(body)?),
            "answered" => Self::Answered(Deserialize::deserialize(body)?),
            "settled" => Self::Settled(Deserialize::deserialize(body)?),
            "try_failed" => Self::TryFailed(Deserialize::deserialize(body)?),
            "slot_closed" => Self::SlotClosed(Deserialize::deserialize(body)?),
            "slots_missed" => Self::SlotsMissed(Deserialize::deserialize(body)?),
            "reconstructed" => Self::Reconstructed(Deserialize::deserialize(body)?),
            "revised" => Self::Revised(Deserialize::deserialize(body)?),
            "halted" => Self::Halted(Deserialize::deserialize(body)?),
            "resumed" => Self::Resumed(Deserialize::deserialize(body)?),
            "adopted" => Self::Adopted(Deserialize::deserialize(body)?),
            "armed" => Self::Armed(Deserialize::deserialize(body)?),
            "disarmed" => Self::Disarmed(Deserialize::deserialize(body)?),
            "split_ruled" => Self::SplitRuled(Deserialize::deserialize(body)?),
            "repaired" => Self::Repaired(Deserialize::deserialize(body)?),
            "noted" => Self::Noted(Deserialize::deserialize(body)?),
            other => return Err(D::Error::custom(format!("no record is a `{other}`"))),
        })
    }

    /// The vendors' raw answers it was read from.
    #[must_use]
    pub fn answers(&self) -> &[BodyRef] {
        match self {
            Self::Observed(observation) => &observation.bodies,
            Self::Quoted(quoted) => &quoted.bodies,
            _ => &[],
        }
    }
}

/// Whose chain this is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Binding {
    /// The broker's account.
    pub account: AccountId,
    /// The broker's host: an account id of another host is another account.
    pub host: String,
    /// Remarks for readers: the venue's name, the seed of synthetic bars.
    pub description: String,
}

/// A try at a slot begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlotOpened {
    /// Which try, from 1.
    pub try_number: u32,
    /// The run whose try stood open and is over with this record.
    pub takes_over: Option<RunId>,
    /// Hash of the effective configuration; its text lies beside the chain.
    pub configuration: Hash,
    /// Version of the rules followed.
    pub rules: u32,
}

/// The plan once more, after a leg changed the portfolio.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replanned {
    /// The portfolio as it is now.
    pub portfolio: Portfolio,
    /// What remains to be done.
    pub plan: Plan,
}

/// What may be sent: an order or a cancel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Intent {
    /// A new order.
    Order(Order),
    /// A cancel.
    Cancel(Cancel),
}

impl Intent {
    /// Our id of it.
    #[must_use]
    pub fn id(&self) -> &ClientOrderId {
        match self {
            Self::Order(order) => &order.id,
            Self::Cancel(cancel) => &cancel.id,
        }
    }
}

/// An order or cancel about to be sent: nothing is sent that does not stand here first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intended {
    /// What is sent.
    pub intent: Intent,
    /// The first byte leaves before this moment or never.
    pub send_before: Instant,
}

/// How the broker answered what was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    /// Which intent.
    pub id: ClientOrderId,
    /// The answer.
    pub answer: Answer,
}

/// An answer of the broker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// The order exists; this is how it looks.
    Accepted(Box<OrderReport>),
    /// The cancel was taken.
    CancelTaken,
    /// Refused, and looked up before it was believed.
    Refused {
        /// The broker's words.
        why: String,
    },
    /// No answer, or none that can be believed: it may have happened.
    Unknown {
        /// What went wrong, for people.
        why: String,
    },
    /// It was never sent: a condition before the first byte did not hold.
    NotSent {
        /// Which condition.
        why: String,
    },
}

/// Where an order stands, as the broker showed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    /// Which intent.
    pub id: ClientOrderId,
    /// Its state from now on.
    pub state: OrderState,
    /// Shares filled.
    pub filled: Shares,
    /// At this average.
    pub average_price: Option<Price>,
    /// The last sight of it; `None` when it was never seen.
    pub report: Option<Box<OrderReport>>,
}

/// The try failed; the slot stays open for the next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TryFailed {
    /// What went wrong.
    pub error: String,
    /// At which step.
    pub step: String,
}

impl TryFailed {
    /// What failed, without its numbers: a count, a time or an id may differ from try to try while
    /// the reason is the same.
    #[must_use]
    pub fn reason(&self) -> String {
        let text = format!("{}: {}", self.step, self.error);
        text.chars().filter(|one| !one.is_ascii_digit()).collect()
    }
}

/// The slot's end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlotClosed {
    /// Its one outcome.
    pub outcome: Outcome,
    /// The portfolio at the end, where it was seen.
    pub portfolio: Option<Portfolio>,
    /// Invariants found breached.
    pub breaches: Vec<Breach>,
    /// The folded state after this record, so that the next run reads no further back.
    pub state: State,
}

/// Slots nobody ran.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlotsMissed {
    /// The first of them.
    pub first: Slot,
    /// The last of them.
    pub last: Slot,
    /// How many.
    pub count: u32,
}

/// Decisions made afterwards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reconstructed {
    /// What an opened `Out` sells.
    pub symbol: Symbol,
    /// Slots whose signal was bearish.
    pub bearish: Vec<Slot>,
    /// The newest slot on whose bullish signal the sources agreed, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bullish: Option<Slot>,
    /// Slots that could be decided.
    pub decided: u32,
    /// Slots without the bars for it.
    pub undecidable: u32,
}

impl Reconstructed {
    /// The slot whose `Out` these decisions open: the first bearish one after the newest bullish.
    ///
    /// Had they been made in time, the bullish slot would have bought back what was sold. Nothing
    /// was sold, so there is nothing to buy back, and selling now would leave what the newest
    /// signal wanted held. Only an `Out` opened here is taken back so: one that a slot decided in
    /// its time stays open until it is reached.
    #[must_use]
    pub fn opens_out(&self) -> Option<Slot> {
        let stands = |slot: &&Slot| self.bullish.is_none_or(|bullish| **slot > bullish);
        self.bearish.iter().find(stands).copied()
    }
}

/// Trading is restricted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Halted {
    /// How far.
    pub level: HaltLevel,
    /// Whether everything held is sold first.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub flatten: bool,
    /// Why.
    pub reason: HaltReason,
}

/// How far trading is restricted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HaltLevel {
    /// Sales and covers only.
    ReduceOnly,
    /// Nothing at all.
    Frozen,
}

/// Why trading is restricted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HaltReason {
    /// The owner said so.
    Owner(String),
    /// An order under our id is not the one we intended.
    IdCollision {
        /// The id.
        id: String,
    },
    /// The broker holds orders of ours the journal does not know.
    JournalBehind {
        /// Their ids.
        ids: Vec<String>,
    },
    /// An invariant was breached.
    InvariantBreached {
        /// Which, and how.
        breaches: Vec<Breach>,
    },
}

impl HaltReason {
    /// Whether the owner asked for it; otherwise the program halted itself, and the owner must
    /// look.
    #[must_use]
    pub const fn is_owners(&self) -> bool {
        matches!(self, Self::Owner(_))
    }
}

impl fmt::Display for HaltReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Owner(text) => write!(f, "by the owner: {text}"),
            Self::IdCollision { id } => write!(f, "IdCollision: the order under {id} is not ours"),
            Self::JournalBehind { ids } => {
                let orders = few(ids);
                write!(
                    f,
                    "JournalBehind: the broker holds orders the journal does not: {orders}"
                )
            }
            Self::InvariantBreached { breaches } => {
                let breaches: Vec<String> = breaches.iter().map(Breach::to_string).collect();
                write!(f, "InvariantBreached: {}", breaches.join("; "))
            }
        }
    }
}

/// The first few of `ids`, and how many more there are: the rest is at the broker to be read.
fn few(ids: &[String]) -> String {
    match ids.len().checked_sub(IDS_SHOWN_MAX) {
        None | Some(0) => ids.join(", "),
        Some(more) => format!("{} and {more} more", ids[..IDS_SHOWN_MAX].join(", ")),
    }
}

/// The restriction is lifted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resumed {
    /// Why.
    pub note: String,
}

/// Entries on a live account are allowed for a while; exits always are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Armed {
    /// Until then.
    pub until: Instant,
}

/// The owner's word on a jump that looks like a split.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SplitRuled {
    /// Of which symbol.
    pub symbol: Symbol,
    /// The date of the jump, and its ratio.
    pub split: Split,
    /// Whether it is one; otherwise the jump is a move of the market.
    pub accepted: bool,
}

/// A remark.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Noted {
    /// Its text.
    pub text: String,
}
