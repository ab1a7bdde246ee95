//! The wire faces: what Alpaca, Twelve Data and FMP answer, and `/control`, which is ours.
//!
//! [`serve`] answers on a listener; [`Shared`] is the exchange behind it, which a program in the
//! same process may hold to move the clock and to set faults. Every request passes one gate: it
//! steps a real clock, loses what faults lose, checks keys and counts rate limits on the venue's
//! own clock.
//!
//! Faces write JSON with types of their own, held equal to the recorded samples by test. Absent:
//! the hours around the session (bars of Alpaca's data host hold the session's trades alone),
//! streams of prices, stop and bracket orders.

mod alpaca;
mod bucket;
mod call;
mod control;
mod faces;
mod fmp;
mod gate;
mod parameters;
mod reply;
mod served;
mod shared;
mod strike;
mod twelve_data;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::serve::ListenerExt;
use tokio::net::TcpListener;

pub use faces::{AlpacaKeys, Faces, FmpPlan};
pub use shared::{Mode, Shared};

/// Largest request body, in bytes; an order has a few hundred.
const BODY_BYTES_MAX: usize = 64 * 1024;

/// Every face on one exchange.
pub fn router(shared: Shared) -> Router {
    Router::new()
        .merge(alpaca::routes())
        .merge(twelve_data::routes())
        .merge(fmp::routes())
        .merge(control::routes())
        .fallback(gate::not_found)
        .layer(from_fn_with_state(shared.clone(), gate::pass))
        .layer(axum::extract::DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(shared)
}

/// Answers on `listener` until the future is dropped.
///
/// # Errors
/// Those of the listener.
pub async fn serve(listener: TcpListener, shared: Shared) -> std::io::Result<()> {
    // Replies are small: waiting to fill a packet would cost a client 40 ms a call.
    let prompt = listener.tap_io(|stream| {
        // A stream that refuses the option still works, only slower.
        let _ = stream.set_nodelay(true);
    });
    axum::serve(prompt, router(shared)).await
}
