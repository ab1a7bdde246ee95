//! `GET /v2/account/configurations`: the owner's settings.

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
