//! Orders: `/v2/orders` and what it shows of one.

pub mod cancel;
pub mod get;
pub mod list;
pub mod submit;

use market::Symbol;
use trading::order::{BrokerOrderId, OrderReport, OrderStatus, Side};

use super::positions::is_us_equity;
use crate::wire::{Object, Unreadable};

/// The endpoint.
pub const PATH: &str = "/v2/orders";

/// The order of a reply.
///
/// # Errors
/// [`Unreadable`].
pub fn read(bytes: &[u8]) -> Result<OrderReport, Unreadable> {
    report(&Object::parse("order", bytes)?)
}

/// One order in our words. Both ids, symbol, side and the filled quantity must be there; an order
/// by amount never has a quantity; amounts that are there must make sense.
fn report(order: &Object) -> Result<OrderReport, Unreadable> {
    let symbol: Symbol = order.needed("symbol")?;
    Ok(OrderReport {
        broker_id: BrokerOrderId(order.needed_text("id")?),
        client_order_id: order.needed_text("client_order_id")?,
        is_us_equity: is_us_equity(order, &symbol),
        symbol,
        side: side(order)?,
        status: status(order.text("status").unwrap_or_default()),
        quantity: order.optional("qty")?,
        notional: order.optional("notional")?,
        limit_price: order.optional("limit_price")?,
        filled: order.needed("filled_qty")?,
        average_price: order.optional("filled_avg_price")?,
        submitted_at: order.lenient("submitted_at"),
        filled_at: order.lenient("filled_at"),
        replaced_by: order.text("replaced_by").map(BrokerOrderId),
    })
}

pub(super) fn side(order: &Object) -> Result<Side, Unreadable> {
    match order.needed_text("side")?.as_str() {
        "buy" => Ok(Side::Buy),
        // The wire's older word for a sale that opens a short.
        "sell" | "sell_short" => Ok(Side::Sell),
        _ => Err(order.invalid("side", "neither buy nor sell")),
    }
}

/// The vendor's words for an order's state; an unknown one is kept and the order taken to be alive.
fn status(word: String) -> OrderStatus {
    match word.as_str() {
        "accepted" | "pending_new" | "accepted_for_bidding" | "held" | "pending_review" => {
            OrderStatus::Pending
        }
        "new" | "pending_replace" => OrderStatus::Working,
        "partially_filled" => OrderStatus::PartiallyFilled,
        "filled" => OrderStatus::Filled,
        "canceled" | "cancelled" => OrderStatus::Canceled,
        "expired" => OrderStatus::Expired,
        "rejected" => OrderStatus::Rejected,
        "replaced" => OrderStatus::Replaced,
        "pending_cancel" => OrderStatus::PendingCancel,
        "done_for_day" | "calculated" | "stopped" | "suspended" => OrderStatus::Suspended,
        _ => OrderStatus::Unknown(word),
    }
}
