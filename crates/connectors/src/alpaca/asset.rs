//! `GET /v2/assets/{symbol}`.

use market::Symbol;
use trading::observation::Asset;

use crate::secret::percent_encode;
use crate::wire::{Object, Unreadable};

/// The endpoint of a symbol.
#[must_use]
pub fn path(symbol: &Symbol) -> String {
    format!("/v2/assets/{}", percent_encode(symbol.as_str()))
}

/// The asset of a reply. What it does not say may not be done.
///
/// # Errors
/// [`Unreadable`] when the reply is no object or about another symbol.
pub fn read(bytes: &[u8], symbol: &Symbol) -> Result<Asset, Unreadable> {
    let asset = Object::parse("asset", bytes)?;
    match asset.text("symbol") {
        Some(answered) if answered != symbol.as_str() => {
            return Err(asset.invalid("symbol", format!("`{symbol}` was asked for")));
        }
        _ => {}
    }
    let is_active = asset.text("status").is_none_or(|status| status == "active");
    Ok(Asset {
        symbol: symbol.clone(),
        tradable: is_active && asset.flag("tradable") == Some(true),
        fractionable: asset.flag("fractionable") == Some(true),
    })
}
