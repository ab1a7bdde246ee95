//! `GET /v2/positions`: all holdings.

use market::{Decimal, Shares, Symbol};
use trading::portfolio::{Direction, Position};

use crate::wire::{Object, Unreadable};

/// The endpoint.
pub const PATH: &str = "/v2/positions";

/// The class of what we trade.
const US_EQUITY: &str = "us_equity";

/// The holdings of a reply, in the broker's order. Symbol and quantity must be there.
///
/// # Errors
/// [`Unreadable`]; an unreadable list is never an empty one.
pub fn read(bytes: &[u8]) -> Result<Vec<Position>, Unreadable> {
    let rows = Object::parse_list("position", bytes)?;
    let positions: Result<Vec<Option<Position>>, Unreadable> = rows.iter().map(position).collect();
    Ok(positions?.into_iter().flatten().collect())
}

/// One holding; `None` for one of no shares.
fn position(row: &Object) -> Result<Option<Position>, Unreadable> {
    let symbol: Symbol = row.needed("symbol")?;
    let signed: Decimal = row.needed("qty")?;
    if signed.is_zero() {
        return Ok(None);
    }
    let quantity = shares(row, "qty", signed)?;
    // Absent only in replies from before the field existed, when nothing else could be known. A
    // sale of reserved shares is refused by the broker.
    let available = match row.optional::<Decimal>("qty_available")? {
        Some(available) => shares(row, "qty_available", available)?,
        None => quantity,
    };
    Ok(Some(Position {
        is_us_equity: is_us_equity(row, &symbol),
        symbol,
        direction: direction(row, signed)?,
        quantity,
        available,
        average_entry_price: row.lenient("avg_entry_price"),
        market_value: row.lenient("market_value"),
    }))
}

/// Held or owed: the sign of the quantity says it, the word only confirms it.
fn direction(row: &Object, signed: Decimal) -> Result<Direction, Unreadable> {
    match row.text("side").as_deref() {
        Some("short") => Ok(Direction::Short),
        Some("long") if signed.is_sign_negative() => {
            Err(row.invalid("side", "the quantity is below zero"))
        }
        _ if signed.is_sign_negative() => Ok(Direction::Short),
        _ => Ok(Direction::Long),
    }
}

fn shares(row: &Object, field: &str, signed: Decimal) -> Result<Shares, Unreadable> {
    Shares::new(signed.abs()).map_err(|error| row.invalid(field, error))
}

/// By its class; when that is gone, by the look of the symbol: options carry digits, pairs of
/// currencies a stroke.
pub(super) fn is_us_equity(row: &Object, symbol: &Symbol) -> bool {
    match row.text("asset_class") {
        Some(class) => class == US_EQUITY,
        None => symbol
            .as_str()
            .chars()
            .all(|c| c.is_ascii_uppercase() || c == '.'),
    }
}
