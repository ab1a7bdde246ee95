//! Clocks: the system's, and the one a venue in another process keeps.
//!
//! The clock of a run inside one process stands beside its venue; it shares [`wall_guard`] with
//! the one here.

mod system;
mod venue;

use std::future::Future;

use cycle::port::Elapsed;
use market::Duration;
use market::time::seconds;

pub use system::SystemClock;
pub use venue::{VenueClock, VenueClockError};

/// On virtual clocks, how long work may take by the wall at least: real sockets can hang.
pub const WALL_GUARD: Duration = seconds(10);

/// Drives `work` for at most `limit` of wall time.
///
/// # Errors
/// [`Elapsed`]; the work is dropped.
#[expect(
    clippy::disallowed_methods,
    reason = "the Clock port's own limit is made of this"
)]
pub async fn wall_guard(limit: Duration, work: impl Future<Output = ()>) -> Result<(), Elapsed> {
    tokio::time::timeout(limit.unsigned_abs(), work)
        .await
        .map_err(|_| Elapsed { limit })
}

/// Waits for `span` of wall time.
#[expect(
    clippy::disallowed_methods,
    reason = "the Clock port's own sleep is made of this"
)]
async fn wall_sleep(span: Duration) {
    tokio::time::sleep(span.unsigned_abs()).await;
}
