//! `GET /quote`: the newest price with its time, which `/price` does not tell.

use market::{Instant, Symbol};
use trading::observation::{PricePoint, SourceName};

use super::NAME;
use crate::wire::{Object, Unreadable, same};

/// The endpoint.
pub const PATH: &str = "/quote";

/// The price of a good answer: `close`, which is the last price during the session, as of
/// `last_quote_at`, the moment of the last minute bar in unix seconds. (`timestamp` is the day
/// bar's opening and says nothing about freshness.)
///
/// # Errors
/// [`Unreadable`] when either is missing, and for an answer about another symbol: a price without
/// its time is worth nothing.
pub fn read(bytes: &[u8], symbol: &Symbol) -> Result<PricePoint, Unreadable> {
    let quote = Object::parse("quote", bytes)?;
    same(&quote, "symbol", symbol.as_str())?;
    let second: i64 = quote.needed("last_quote_at")?;
    let at = Instant::from_second(second).map_err(|error| quote.invalid("last_quote_at", error))?;
    Ok(PricePoint {
        symbol: symbol.clone(),
        price: quote.needed("close")?,
        at,
        source: SourceName(NAME.into()),
    })
}
