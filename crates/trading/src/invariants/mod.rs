//! The invariants of EXECUTION §7 as functions: each takes what is known and returns what is
//! wrong with it.
//!
//! | | file | a slot's end | the chain | the counterparty |
//! |---|---|---|---|---|
//! | I1 | `purchases` | broker's reports, open orders | plans and intents | |
//! | I2 | `cash` | cash before and after | cost of an intent | every execution |
//! | I3 | `holdings` | shorts before and after | size of an intent | every execution |
//! | I4 | `permission` | as the chain | every intent | |
//! | I5 | `completion` | | once faults have stopped | |
//! | I6 | `register` | orders nobody intended | answers, heads announced | both ways |
//! | I7 | `recomputation` | as the chain | every decision, plan and intent | |
//! | I8 | `ownership` | as the chain | every intent | every arrival |
//! | I9 | `evidence` | as the chain | every order | |
//! | I10 | `outcomes` | | every slot | what was really held |
//! | I11 | `secrets` | | | any text |
//! | I12 | `delivery` | broker's reports | every answer | every order |
//! | I13 | `exits` | the last refusal | every outcome | |
//!
//! [`SlotEnd`] is what a live cycle knows before it closes a slot, [`History`] walks a chain record
//! by record, [`Counterparty`] is the whole truth that only a simulation has. A slot's end walks
//! its own records by the same [`History`]. Deliberately absent: the code that is checked; what
//! matters is computed here once more, in another way.

mod cash;
mod completion;
mod counterparty;
mod delivery;
mod evidence;
mod exits;
mod history;
mod holdings;
mod outcomes;
mod ownership;
mod permission;
mod purchases;
mod recomputation;
mod register;
mod secrets;
mod slot_end;
mod under_way;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

pub use counterparty::{Arrival, Arrived, Counterparty, Move, Seen};
pub use history::History;
pub use outcomes::vanished_holdings;
pub use register::{unannounced, unknown_orders};
pub use secrets::{Secret, leaks};
pub use slot_end::SlotEnd;

/// Makes the invariants and their sentences from one table.
macro_rules! invariants {
    ($($name:ident: $sentence:literal,)+) => {
        /// What must always be so.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Invariant {
            $(#[doc = $sentence] $name,)+
        }

        impl Invariant {
            /// All of them, in their order.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The invariant in one sentence.
            #[must_use]
            pub const fn sentence(self) -> &'static str {
                match self {
                    $(Self::$name => $sentence,)+
                }
            }
        }
    };
}

invariants! {
    I1: "Per slot and symbol, executed plus open buys never exceed what the newest plan allowed; never two own orders open in one symbol.",
    I2: "Our orders never take cash below zero.",
    I3: "Never is more sold than held.",
    I4: "No entry stands after a halt, unarmed or past an entry limit; no intent at all after a freeze or outside the session.",
    I5: "When faults stop, no intent is open after one slot, and an open exit or a decision repeated to hold everything is reached after two slots that could trade.",
    I6: "The broker's orders under our prefix are the intents answered, and every head announced is in the chain.",
    I7: "Decisions, plans, intents and states computed again from the record are the record's.",
    I8: "After another run has opened the same or a later slot, a run changes nothing at the broker, save by one intent inside its time.",
    I9: "No order follows from a bar whose end had not passed, nor from stale, corrupt or suspected-split data.",
    I10: "An error never becomes an empty portfolio, and every slot has exactly one outcome.",
    I11: "No secret stands in any log, record or error.",
    I12: "No order is accepted later than 30 s after its intent, or after a newer decision.",
    I13: "A reduce-only order is never refused by a rule made for entries.",
}

impl fmt::Display for Invariant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// An invariant that does not hold, and how; stored as text, `I2: cash went from 5 to -1`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Breach {
    /// Which one.
    pub invariant: Invariant,
    /// What was seen, for people.
    pub words: String,
}

/// The text is no breach.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` names no invariant: it begins with I1: to I13:")]
pub struct BreachError {
    text: String,
}

impl Breach {
    /// `invariant` does not hold, as `words` tell.
    #[must_use]
    pub fn new(invariant: Invariant, words: impl Into<String>) -> Self {
        Self {
            invariant,
            words: words.into(),
        }
    }
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.words.as_str() {
            "" => write!(f, "{}", self.invariant),
            words => write!(f, "{}: {words}", self.invariant),
        }
    }
}

impl FromStr for Breach {
    type Err = BreachError;

    fn from_str(text: &str) -> Result<Self, BreachError> {
        let refused = || BreachError {
            text: text.to_owned(),
        };
        let (name, words) = text.split_once(": ").unwrap_or((text, ""));
        let named = |invariant: &&Invariant| invariant.to_string() == name;
        let invariant = Invariant::ALL.iter().find(named).ok_or_else(refused)?;
        Ok(Self::new(*invariant, words))
    }
}

impl TryFrom<String> for Breach {
    type Error = BreachError;

    fn try_from(text: String) -> Result<Self, BreachError> {
        text.parse()
    }
}

impl From<Breach> for String {
    fn from(breach: Breach) -> String {
        breach.to_string()
    }
}
