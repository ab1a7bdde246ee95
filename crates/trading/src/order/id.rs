//! Client order ids: a function of account, slot, step and attempt, so that a retry is recognised.
//!
//! `tqqq-{account tag}-{yyyymmddThhmm New York}-{leg}-{symbol}-{attempt}`, at most 48 characters,
//! the shortest limit a broker's documents have named.

use std::fmt;

use market::Symbol;
use market::calendar::Slot;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Leg;
use crate::account::AccountId;

/// What every id of ours begins with.
pub const PREFIX: &str = "tqqq-";
/// Longest id, in characters.
pub const ID_LENGTH_MAX: usize = 48;
/// Most attempts at one step of one slot.
pub const ATTEMPTS_MAX: u32 = 5;
/// Most cancels in one symbol and slot; brokers never see their ids.
pub const CANCELS_MAX: u32 = 99;
/// Longest symbol written plainly.
const PLAIN_SYMBOL_LENGTH_MAX: usize = 8;

/// The first six hex digits of the SHA-256 of the broker's account id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AccountTag(String);

impl AccountTag {
    /// The tag of an account.
    #[must_use]
    pub fn of(account: &AccountId) -> Self {
        Self(hex_of_hash(account.as_str().as_bytes(), 6))
    }
}

impl fmt::Display for AccountTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The id we give an order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClientOrderId(String);

/// A step has no id left.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("attempt {attempt} of {leg} {symbol} at {slot}: at most {most} are made in one slot")]
pub struct IdError {
    attempt: u32,
    leg: Leg,
    symbol: Symbol,
    slot: Slot,
    most: u32,
}

impl ClientOrderId {
    /// The id of an attempt, from 1.
    ///
    /// # Errors
    /// [`IdError`] beyond [`ATTEMPTS_MAX`], for cancels beyond [`CANCELS_MAX`].
    pub fn new(
        tag: &AccountTag,
        slot: Slot,
        leg: Leg,
        symbol: &Symbol,
        attempt: u32,
    ) -> Result<Self, IdError> {
        let most = if leg == Leg::Cancel {
            CANCELS_MAX
        } else {
            ATTEMPTS_MAX
        };
        if !(1..=most).contains(&attempt) {
            return Err(IdError {
                attempt,
                leg,
                symbol: symbol.clone(),
                slot,
                most,
            });
        }
        let (time, letter, name) = (slot.compact(), leg.letter(), symbol_part(symbol));
        Ok(Self(format!(
            "{PREFIX}{tag}-{time}-{letter}-{name}-{attempt}"
        )))
    }

    /// The id's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id that the broker shows as `text`; `None` when it is none that this program gave under
    /// `tag`.
    #[must_use]
    pub fn at_broker(text: &str, tag: &AccountTag) -> Option<Self> {
        Self::is_ours(text, tag).then(|| Self(text.to_owned()))
    }

    /// Slot and step that the id tells; `None` of an id that was not made as [`Self::new`] does.
    #[must_use]
    pub fn step(&self) -> Option<(Slot, Leg)> {
        let parts: Vec<&str> = self.0.strip_prefix(PREFIX)?.split('-').collect();
        let [_, time, letter, _, attempt] = parts.as_slice() else {
            return None;
        };
        attempt.parse::<u32>().ok()?;
        let legs = [Leg::Cancel, Leg::Sell, Leg::Cover, Leg::Buy];
        let leg = legs
            .into_iter()
            .find(|leg| *letter == leg.letter().to_string())?;
        Some((Slot::from_compact(time)?, leg))
    }

    /// Whether `text`, found at a broker, is an id that this program gave under `tag`.
    #[must_use]
    pub fn is_ours(text: &str, tag: &AccountTag) -> bool {
        text.strip_prefix(PREFIX)
            .and_then(|rest| rest.strip_prefix(&tag.0))
            .is_some_and(|rest| rest.starts_with('-'))
    }
}

impl fmt::Display for ClientOrderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A plain symbol as it is, any other as eight hex digits of its hash.
fn symbol_part(symbol: &Symbol) -> String {
    let text = symbol.as_str();
    let plain = text.len() <= PLAIN_SYMBOL_LENGTH_MAX
        && text.chars().all(|c| c.is_ascii_uppercase() || c == '.');
    if plain {
        text.to_owned()
    } else {
        hex_of_hash(text.as_bytes(), 8)
    }
}

fn hex_of_hash(bytes: &[u8], digits: usize) -> String {
    let text: String = Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    text[..digits].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(symbol: &str, attempt: u32) -> Result<ClientOrderId, IdError> {
        let tag = AccountTag::of(&AccountId::new("e6fe16f3-64a4-4921-8928-cadf02f92f98"));
        let slot: Slot = "2025-05-12T09:30-04:00".parse().unwrap();
        ClientOrderId::new(&tag, slot, Leg::Buy, &Symbol::new(symbol).unwrap(), attempt)
    }

    #[test]
    fn the_id_tells_account_slot_leg_symbol_and_attempt() {
        insta::assert_snapshot!(id("TQQQ", 1).unwrap(), @"tqqq-5f35d7-20250512T0930-b-TQQQ-1");
        insta::assert_snapshot!(id("BTC/USD", 2).unwrap(), @"tqqq-5f35d7-20250512T0930-b-7b4c9651-2");
    }

    #[test]
    fn an_id_found_at_the_broker_tells_its_slot_and_step() {
        let tag = AccountTag::of(&AccountId::new("e6fe16f3-64a4-4921-8928-cadf02f92f98"));
        let slot: Slot = "2025-11-28T12:30-05:00".parse().unwrap();
        for leg in [Leg::Cancel, Leg::Sell, Leg::Cover, Leg::Buy] {
            for symbol in ["TQQQ", "BTC/USD", "BRK.B"] {
                let symbol = Symbol::new(symbol).unwrap();
                let id = ClientOrderId::new(&tag, slot, leg, &symbol, 2).unwrap();
                let found = ClientOrderId::at_broker(id.as_str(), &tag).unwrap();
                assert_eq!((found.step(), found), (Some((slot, leg)), id));
            }
        }
        let by_hand = |text: &str| ClientOrderId::at_broker(text, &tag).map(|id| id.step());
        assert_eq!(by_hand("tqqq-5f35d7-mine"), Some(None));
        assert_eq!(by_hand("tqqq-5f35d7-20251399T0930-b-TQQQ-1"), Some(None));
        assert_eq!(by_hand("tqqq-5f35d7-20250512T0930-z-TQQQ-1"), Some(None));
        assert_eq!(by_hand("tqqq-000000-20250512T0930-b-TQQQ-1"), None);
    }

    #[test]
    fn every_id_fits_the_shortest_limit_of_a_broker() {
        let slot: Slot = "2025-05-12T09:30-04:00".parse().unwrap();
        let tag = AccountTag::of(&AccountId::new("e6fe16f3-64a4-4921-8928-cadf02f92f98"));
        let longest = Symbol::new("ABCDEFGH").unwrap();
        let cancel = ClientOrderId::new(&tag, slot, Leg::Cancel, &longest, CANCELS_MAX).unwrap();
        assert!(cancel.as_str().len() <= ID_LENGTH_MAX, "{cancel}");
        for symbol in ["A", "TQQQ", "ABCDEFGH", "QQQ260116C00500000", "00206R409"] {
            assert!(
                id(symbol, ATTEMPTS_MAX).unwrap().as_str().len() <= ID_LENGTH_MAX,
                "{symbol}"
            );
        }
    }

    #[test]
    fn a_sixth_attempt_is_refused() {
        assert!(id("TQQQ", ATTEMPTS_MAX + 1).is_err());
        assert!(id("TQQQ", 0).is_err());
    }

    #[test]
    fn ids_of_other_accounts_and_people_are_not_ours() {
        let tag = AccountTag::of(&AccountId::new("e6fe16f3-64a4-4921-8928-cadf02f92f98"));
        assert!(ClientOrderId::is_ours(
            id("TQQQ", 1).unwrap().as_str(),
            &tag
        ));
        for text in ["tqqq-000000-20250512T0930-b-TQQQ-1", "mine", "", "tqqq-"] {
            assert!(!ClientOrderId::is_ours(text, &tag), "{text}");
        }
    }
}
