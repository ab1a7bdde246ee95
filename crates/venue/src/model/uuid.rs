//! Identifiers in the form the broker writes them.

use std::fmt;
use std::str::FromStr;

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

/// A random identifier, version 4, written with dashes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uuid(u128);

/// The text is no identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a UUID")]
pub struct UuidError(String);

impl Uuid {
    /// The next identifier of a stream.
    pub fn next(stream: &mut ChaCha8Rng) -> Self {
        const VERSION_4: u128 = 4 << 76;
        const VARIANT_1: u128 = 2 << 62;
        const FREE: u128 = !((0xf << 76) | (3 << 62));
        let bits = (u128::from(stream.next_u64()) << 64) | u128::from(stream.next_u64());
        Self(bits & FREE | VERSION_4 | VARIANT_1)
    }

    /// The identifier that always belongs to a digest.
    #[must_use]
    pub fn of_digest(digest: [u8; 32]) -> Self {
        Self::next(&mut ChaCha8Rng::from_seed(digest))
    }

    /// The identifier that always belongs to a name, as an asset's belongs to its symbol.
    #[must_use]
    pub fn of_name(name: &str) -> Self {
        let mut seed = [0; 32];
        for (place, byte) in seed.iter_mut().zip(name.bytes()) {
            *place = byte;
        }
        Self::of_digest(seed)
    }
}

impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bits = self.0;
        let part = |shift: u32, digits: u32| (bits >> shift) & ((1 << (4 * digits)) - 1);
        write!(
            f,
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            part(96, 8),
            part(80, 4),
            part(64, 4),
            part(48, 4),
            part(0, 12)
        )
    }
}

impl fmt::Debug for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Uuid {
    type Err = UuidError;

    fn from_str(text: &str) -> Result<Self, UuidError> {
        let refused = || UuidError(text.to_owned());
        let dashed = text.len() == 36
            && [8, 13, 18, 23]
                .iter()
                .all(|at| text.as_bytes()[*at] == b'-');
        let digits: String = text.chars().filter(|c| *c != '-').collect();
        if !dashed || digits.len() != 32 {
            return Err(refused());
        }
        u128::from_str_radix(&digits, 16)
            .map(Self)
            .map_err(|_| refused())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_is_version_4_and_reads_back() {
        let mut stream = ChaCha8Rng::seed_from_u64(1);
        for _ in 0..100 {
            let id = Uuid::next(&mut stream);
            let text = id.to_string();
            assert_eq!(text.as_bytes()[14], b'4', "{text}");
            assert!("89ab".contains(char::from(text.as_bytes()[19])), "{text}");
            assert_eq!(text.parse::<Uuid>(), Ok(id));
        }
    }

    #[test]
    fn a_name_always_has_the_same_identifier() {
        assert_eq!(Uuid::of_name("TQQQ"), Uuid::of_name("TQQQ"));
        assert_ne!(Uuid::of_name("TQQQ"), Uuid::of_name("QQQ"));
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "",
            "61e69015",
            "61e69015-8549-4bfd-b9c3-01e75843f47",
            "éééééééééééééééééé",
        ] {
            assert!(text.parse::<Uuid>().is_err(), "{text}");
        }
    }
}
