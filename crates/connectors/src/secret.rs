//! Keys: types that cannot print themselves, and the redaction of whatever slips into a text.

use std::fmt;
use std::sync::Arc;

use memchr::memmem::Finder;
use secrecy::{ExposeSecret, SecretString};

/// Shortest text taken for a key; anything shorter could not be redacted without harm.
const KEY_LENGTH_MIN: usize = 4;

/// What stands where a secret stood.
const MASK: &str = "[redacted]";

/// A text that cannot be a key. The text itself is never shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Too short to be one.
    #[error("{name} is shorter than {KEY_LENGTH_MIN} characters\nhint: copy the key again, whole")]
    TooShort {
        /// Which key.
        name: &'static str,
    },
    /// It should be an address and is none.
    #[error("{name} is no address\nhint: write it whole, from https:// on")]
    NoAddress {
        /// Which.
        name: &'static str,
    },
    /// It holds a character that no header can carry.
    #[error(
        "{name} holds a blank, a control character or a letter outside ASCII\nhint: copy the key again, without quotes"
    )]
    Unprintable {
        /// Which key.
        name: &'static str,
    },
}

/// One secret text.
#[derive(Clone)]
pub(crate) struct Secret(SecretString);

impl Secret {
    /// A checked key; white space around it, as files have it, is dropped.
    pub(crate) fn new(name: &'static str, text: &str) -> Result<Self, KeyError> {
        let text = text.trim();
        if text.len() < KEY_LENGTH_MIN {
            return Err(KeyError::TooShort { name });
        }
        if !text.chars().all(|c| c.is_ascii_graphic()) {
            return Err(KeyError::Unprintable { name });
        }
        Ok(Self(SecretString::from(text)))
    }

    /// The text, for the one header it belongs to.
    pub(crate) fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

/// The pair of keys of one Alpaca account.
#[derive(Debug, Clone)]
pub struct AlpacaKeys {
    pub(crate) id: Secret,
    pub(crate) secret: Secret,
}

impl AlpacaKeys {
    /// Environment name of the key's id.
    pub const ID_VARIABLE: &'static str = "TQQQ_ALPACA_KEY_ID";
    /// Environment name of the key's secret.
    pub const SECRET_VARIABLE: &'static str = "TQQQ_ALPACA_SECRET_KEY";

    /// A pair of keys.
    ///
    /// # Errors
    /// [`KeyError`] for a text that cannot be a key.
    pub fn new(id: &str, secret: &str) -> Result<Self, KeyError> {
        Ok(Self {
            id: Secret::new(Self::ID_VARIABLE, id)?,
            secret: Secret::new(Self::SECRET_VARIABLE, secret)?,
        })
    }
}

/// The key of a Twelve Data plan.
#[derive(Debug, Clone)]
pub struct TwelveDataKey(pub(crate) Secret);

impl TwelveDataKey {
    /// Environment name of the key.
    pub const VARIABLE: &'static str = "TQQQ_TWELVE_DATA_KEY";

    /// A key.
    ///
    /// # Errors
    /// [`KeyError`] for a text that cannot be a key.
    pub fn new(key: &str) -> Result<Self, KeyError> {
        Secret::new(Self::VARIABLE, key).map(Self)
    }
}

/// The key of a Financial Modeling Prep plan, and what the plan grants.
#[derive(Debug, Clone)]
pub struct FmpKey {
    pub(crate) secret: Secret,
    pub(crate) calls_per_day: u32,
}

impl FmpKey {
    /// Environment name of the key.
    pub const VARIABLE: &'static str = "TQQQ_FMP_KEY";
    /// What the free plan grants; far more than the bars and quotes of one day take.
    pub const CALLS_PER_DAY: u32 = 250;

    /// A key of a plan of [`FmpKey::CALLS_PER_DAY`].
    ///
    /// # Errors
    /// [`KeyError`] for a text that cannot be a key.
    pub fn new(key: &str) -> Result<Self, KeyError> {
        Ok(Self {
            secret: Secret::new(Self::VARIABLE, key)?,
            calls_per_day: Self::CALLS_PER_DAY,
        })
    }

    /// The same key, of a plan that grants this.
    #[must_use]
    pub fn with_calls_per_day(self, calls_per_day: u32) -> Self {
        Self {
            calls_per_day,
            ..self
        }
    }
}

/// Takes every known secret out of texts and bytes, whoever put it there: a vendor that echoes a
/// key, an address it was pasted into, an error that quotes either.
#[derive(Debug, Clone, Default)]
pub struct Redactor {
    secrets: Arc<[Secret]>,
}

impl Redactor {
    /// A redactor of these secrets and of their percent-encoded forms.
    pub(crate) fn new(secrets: impl IntoIterator<Item = Secret>) -> Self {
        let mut known: Vec<Secret> = Vec::new();
        for secret in secrets {
            let encoded = percent_encode(secret.expose());
            if encoded != secret.expose() {
                known.push(Secret(SecretString::from(encoded)));
            }
            known.push(secret);
        }
        // The longest first, so that none is cut in two by a shorter one inside it.
        known.sort_by_key(|secret| std::cmp::Reverse(secret.expose().len()));
        Self {
            secrets: known.into(),
        }
    }

    /// `text` without secrets.
    #[must_use]
    pub fn text(&self, text: String) -> String {
        self.secrets.iter().fold(text, |text, secret| {
            if text.contains(secret.expose()) {
                text.replace(secret.expose(), MASK)
            } else {
                text
            }
        })
    }

    /// `bytes` without secrets.
    #[must_use]
    pub fn bytes(&self, bytes: Vec<u8>) -> Vec<u8> {
        self.secrets.iter().fold(bytes, |bytes, secret| {
            replace(bytes, secret.expose().as_bytes())
        })
    }
}

fn replace(bytes: Vec<u8>, secret: &[u8]) -> Vec<u8> {
    // Every answer of every vendor passes here, so the search is one that looks at many bytes at
    // once.
    let search = Finder::new(secret);
    if search.find(&bytes).is_none() {
        return bytes;
    }
    let mut clean = Vec::with_capacity(bytes.len());
    let mut from = 0;
    for at in search.find_iter(&bytes) {
        clean.extend_from_slice(&bytes[from..at]);
        clean.extend_from_slice(MASK.as_bytes());
        from = at + secret.len();
    }
    clean.extend_from_slice(&bytes[from..]);
    clean
}

/// RFC 3986: everything but letters, digits and `-._~` as `%XX`.
pub(crate) fn percent_encode(text: &str) -> String {
    text.bytes()
        .fold(String::with_capacity(text.len()), |mut encoded, byte| {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                encoded.push(char::from(byte));
            } else {
                encoded.push_str(&format!("%{byte:02X}"));
            }
            encoded
        })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn redactor(secrets: &[&str]) -> Redactor {
        Redactor::new(secrets.iter().map(|text| Secret::new("key", text).unwrap()))
    }

    #[test]
    fn a_key_never_prints_itself() {
        let keys = AlpacaKeys::new("PKTESTKEYID", "s3cr3tS3CR3T").unwrap();
        let printed = format!(
            "{keys:?} {:?} {:?}",
            TwelveDataKey::new("0123456789abcdef").unwrap(),
            FmpKey::new("0123456789abcdef").unwrap(),
        );
        insta::assert_snapshot!(printed, @"AlpacaKeys { id: [redacted], secret: [redacted] } TwelveDataKey([redacted]) FmpKey { secret: [redacted], calls_per_day: 250 }");
    }

    #[test]
    fn a_text_that_cannot_be_a_key_is_refused_unseen() {
        let cases = [
            ("", "shorter"),
            ("abc", "shorter"),
            ("two words", "blank"),
            ("schlüssel", "blank"),
        ];
        for (text, word) in cases {
            let error = TwelveDataKey::new(text).unwrap_err().to_string();
            assert!(
                error.contains(word) && error.contains(TwelveDataKey::VARIABLE),
                "{error}"
            );
            assert!(text.is_empty() || !error.contains(text), "{error}");
        }
        assert_eq!(
            TwelveDataKey::new(" abcdef\n").unwrap().0.expose(),
            "abcdef"
        );
    }

    #[test]
    fn a_secret_inside_a_secret_leaves_nothing_behind() {
        let redactor = redactor(&["abcd", "abcdefgh"]);
        assert_eq!(
            redactor.text("x abcdefgh abcd".into()),
            "x [redacted] [redacted]"
        );
    }

    #[test]
    fn the_encoded_form_of_a_secret_is_a_secret() {
        let redactor = redactor(&["ab/cd+ef"]);
        assert_eq!(
            redactor.text("?key=ab%2Fcd%2Bef&also=ab/cd+ef".into()),
            "?key=[redacted]&also=[redacted]"
        );
    }

    proptest! {
        #[test]
        fn no_text_or_body_keeps_a_secret(before in ".{0,20}", after in ".{0,20}", secret in "[!-~]{8,20}") {
            let redactor = redactor(&[&secret]);
            let text = format!("{before}{secret}{after}{secret}");
            prop_assert!(!redactor.text(text.clone()).contains(&secret) || MASK.contains(&secret));
            let bytes = redactor.bytes(text.clone().into_bytes());
            prop_assert_eq!(String::from_utf8(bytes).unwrap(), redactor.text(text));
        }
    }
}
