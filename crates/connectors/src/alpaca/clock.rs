//! `GET /v2/clock`: the market's clock, regular session only. It knows nothing of halts.

use trading::observation::MarketClock;

use crate::wire::{Object, Unreadable};

/// The endpoint.
pub const PATH: &str = "/v2/clock";

/// The clock of a reply; all four fields are needed.
///
/// # Errors
/// [`Unreadable`].
pub fn read(bytes: &[u8]) -> Result<MarketClock, Unreadable> {
    let clock = Object::parse("clock", bytes)?;
    Ok(MarketClock {
        timestamp: clock.needed("timestamp")?,
        is_open: clock
            .flag("is_open")
            .ok_or_else(|| clock.missing("is_open"))?,
        next_open: clock.needed("next_open")?,
        next_close: clock.needed("next_close")?,
    })
}
