//! Ticker symbols.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Longest symbol accepted, in characters.
pub const SYMBOL_LENGTH_MAX: usize = 32;

/// A symbol as the broker writes it: upper-case letters, digits, `.`, `-`, `/` and `_`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Symbol(String);

/// The text is no symbol.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a symbol: 1 to 32 upper-case letters, digits, `.`, `-`, `/` or `_`")]
pub struct SymbolError {
    text: String,
}

impl Symbol {
    /// A checked symbol.
    ///
    /// # Errors
    /// [`SymbolError`] when the text is empty, too long or holds another character.
    pub fn new(text: impl Into<String>) -> Result<Self, SymbolError> {
        let text = text.into();
        let known = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || "./-_".contains(c);
        if text.is_empty() || text.len() > SYMBOL_LENGTH_MAX || !text.chars().all(known) {
            return Err(SymbolError { text });
        }
        Ok(Self(text))
    }

    /// The symbol's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Symbol {
    type Err = SymbolError;

    fn from_str(text: &str) -> Result<Self, SymbolError> {
        Self::new(text)
    }
}

impl TryFrom<String> for Symbol {
    type Error = SymbolError;

    fn try_from(text: String) -> Result<Self, SymbolError> {
        Self::new(text)
    }
}

impl From<Symbol> for String {
    fn from(symbol: Symbol) -> String {
        symbol.0
    }
}

impl fmt::Display for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Symbol({})", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_symbol_is_upper_case_and_bounded() {
        for good in [
            "TQQQ",
            "BRK.B",
            "BTC/USD",
            "QQQ260116C00500000",
            "00206R409",
        ] {
            assert!(Symbol::new(good).is_ok(), "{good}");
        }
        for bad in ["", "tqqq", "TQ QQ", "TQQQ;", "É", &"A".repeat(33)] {
            assert!(Symbol::new(bad).is_err(), "{bad}");
        }
    }
}
