//! `GET` and `PATCH /v2/account/configurations`: the owner's settings.
//!
//! Changed is only what makes the account safer for this program, one setting at a time by name; a
//! change leaves every other setting as it is.

use trading::account::AccountConfiguration;

use crate::wire::{Object, Unreadable};

/// The endpoint.
pub const PATH: &str = "/v2/account/configurations";

/// The settings of a reply; what is gone is not known, and the gates decide what that means.
///
/// # Errors
/// [`Unreadable`] when the reply is no object.
pub fn read(bytes: &[u8]) -> Result<AccountConfiguration, Unreadable> {
    let settings = Object::parse("account configuration", bytes)?;
    Ok(AccountConfiguration {
        max_margin_multiplier: settings.lenient("max_margin_multiplier"),
        no_shorting: settings.flag("no_shorting"),
        fractional_trading: settings.flag("fractional_trading"),
        suspend_trade: settings.flag("suspend_trade"),
    })
}

/// A setting that can be made what this program wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Safeguard {
    /// No leverage: a late duplicate buy meets "insufficient".
    NoMargin,
    /// No short sales: a late duplicate sale meets "insufficient".
    NoShorting,
    /// Fractions of shares may be traded, so that entries spend all there is.
    FractionalTrading,
}

impl Safeguard {
    /// The setting's name and its value as the body writes it.
    const fn field(self) -> (&'static str, &'static str) {
        match self {
            Self::NoMargin => ("max_margin_multiplier", "\"1\""),
            Self::NoShorting => ("no_shorting", "true"),
            Self::FractionalTrading => ("fractional_trading", "true"),
        }
    }
}

impl std::fmt::Display for Safeguard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (name, value) = self.field();
        write!(f, "{name} = {}", value.trim_matches('"'))
    }
}

/// The body that asks for `safeguards`.
#[must_use]
pub fn body(safeguards: &[Safeguard]) -> String {
    let fields = safeguards.iter().map(|safeguard| {
        let (name, value) = safeguard.field();
        format!("\"{name}\":{value}")
    });
    format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_names_what_it_sets_and_nothing_else() {
        assert_eq!(
            body(&[Safeguard::NoMargin, Safeguard::NoShorting]),
            r#"{"max_margin_multiplier":"1","no_shorting":true}"#
        );
        assert_eq!(
            body(&[Safeguard::FractionalTrading]),
            r#"{"fractional_trading":true}"#
        );
        assert_eq!(Safeguard::NoMargin.to_string(), "max_margin_multiplier = 1");
    }
}
