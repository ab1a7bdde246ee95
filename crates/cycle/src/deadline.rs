//! The times of EXECUTION §3, from the start of a try.

use market::calendar::Slot;
use market::{Duration, Instant, time};
use trading::settings::OrderSettings;

/// Observing may take so long.
pub const OBSERVE_MAX: Duration = time::seconds(60);
/// An entry waits so long for a narrower spread.
pub const SPREAD_WAIT_MAX: Duration = time::seconds(60);
/// Kept at the end of a try for cancelling and closing.
pub const RESERVE: Duration = time::seconds(10);
/// An intent is sent within this time or not at all.
pub const SEND_WITHIN: Duration = time::seconds(5);
/// Nobody may call an intent unsent before its `send_before` and this.
pub const QUARANTINE: Duration = time::seconds(20);
/// Between the two look-ups that prove absence.
pub const ABSENCE_GAP: Duration = time::seconds(2);
/// A call that changes something at the broker is given up after this.
pub const SEND_TIMEOUT: Duration = time::seconds(10);
/// A read is given up after this.
pub const READ_TIMEOUT: Duration = time::seconds(10);
/// So long the broker's account may not show a fill that the order itself shows.
pub const ACCOUNT_LAG_MAX: Duration = time::seconds(60);
/// After a cancel its end is awaited for so long beyond the leg's deadline.
pub const CANCEL_GRACE: Duration = time::seconds(10);

/// The ends that one try runs toward.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadlines {
    /// Observing is over.
    pub observe: Instant,
    /// No first byte leaves later.
    pub send_until: Instant,
    /// The try is over.
    pub end: Instant,
}

impl Deadlines {
    /// The ends of a try that starts `now`; a shorter outer deadline shortens it.
    #[must_use]
    pub fn new(now: Instant, slot: Slot, orders: &OrderSettings, outer: Option<Instant>) -> Self {
        let end = (now + orders.try_timeout()).min(outer.unwrap_or(Instant::MAX));
        let send_until = (end - RESERVE).min(slot.at() + orders.max_slot_age());
        Self {
            observe: (now + OBSERVE_MAX).min(end - RESERVE),
            send_until,
            end,
        }
    }

    /// A leg's end, beginning now.
    #[must_use]
    pub fn leg(&self, now: Instant, orders: &OrderSettings) -> Instant {
        (now + orders.leg_timeout()).min(self.end - RESERVE)
    }
}
