//! `GET /stable/quote`: the newest price with its time.

use market::{Instant, Symbol};
use trading::observation::{PricePoint, SourceName};

use super::NAME;
use crate::wire::{Object, Unreadable, same};

/// The endpoint.
pub const PATH: &str = "/stable/quote";

/// The price of a good answer, as of `timestamp` in unix seconds; `None` when the vendor knows no
/// such symbol, which it says by an empty list. That `timestamp` is the last trade's moment and
/// not the answer's is unconfirmed: this price comes after those that say so.
///
/// # Errors
/// [`Unreadable`] when price or time are missing (a dead symbol has a price of `null`), for an
/// answer about another symbol and for more than one.
pub fn read(bytes: &[u8], symbol: &Symbol) -> Result<Option<PricePoint>, Unreadable> {
    let quotes = Object::parse_list("quote", bytes)?;
    let Some(quote) = quotes.first() else {
        return Ok(None);
    };
    if let Some(second) = quotes.get(1) {
        return Err(second.invalid("symbol", "one quote was asked for"));
    }
    same(quote, "symbol", symbol.as_str())?;
    let second: i64 = quote.needed("timestamp")?;
    let at = Instant::from_second(second).map_err(|error| quote.invalid("timestamp", error))?;
    Ok(Some(PricePoint {
        symbol: symbol.clone(),
        price: quote.needed("price")?,
        at,
        source: SourceName(NAME.into()),
    }))
}
