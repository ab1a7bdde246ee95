//! The clock of a run on the local exchange, at one moment of which something goes wrong.
//!
//! As in `tqqq run` it is the exchange's own, moves only in `sleep_until`, and HTTP takes none of
//! its time but what a fault makes an answer take.

use std::future::Future;
use std::pin::Pin;
use std::sync::Mutex;

use async_trait::async_trait;
use connectors::clock::{WALL_GUARD, wall_guard};
use cycle::port::{Clock, Elapsed, Monotonic};
use market::{Duration, Instant};
use venue::fault::Fault;
use venue::http::Shared;

/// Faults that are set at a moment.
#[derive(Debug)]
pub(super) struct Due {
    pub(super) at: Instant,
    pub(super) faults: Vec<Fault>,
}

/// The exchange's clock, which sets faults on its way.
pub(super) struct TrialClock {
    venue: Shared,
    began: Instant,
    due: Mutex<Option<Due>>,
}

impl TrialClock {
    pub(super) fn new(venue: Shared) -> Self {
        Self {
            began: venue.now(),
            venue,
            due: Mutex::new(None),
        }
    }

    /// Sets faults once their moment comes.
    pub(super) fn expect(&self, due: Due) {
        *self.due.lock().unwrap() = Some(due);
    }

    fn take_due(&self, until: Instant) -> Option<Due> {
        self.due.lock().unwrap().take_if(|due| due.at <= until)
    }
}

#[async_trait]
impl Clock for TrialClock {
    fn now(&self) -> Instant {
        self.venue.now()
    }

    fn monotonic(&self) -> Monotonic {
        Monotonic(self.now().duration_since(self.began))
    }

    async fn sleep_until(&self, moment: Instant) {
        if let Some(due) = self.take_due(moment.max(self.now())) {
            self.venue.advance(due.at);
            for fault in due.faults {
                self.venue.set_fault(fault).unwrap();
            }
        }
        self.venue.advance(moment);
    }

    async fn limit<'w>(
        &self,
        limit: Duration,
        work: Pin<Box<dyn Future<Output = ()> + Send + 'w>>,
    ) -> Result<(), Elapsed> {
        let before = self.now();
        wall_guard(WALL_GUARD.max(limit), work)
            .await
            .map_err(|_| Elapsed { limit })?;
        if self.now().duration_since(before) > limit {
            return Err(Elapsed { limit });
        }
        Ok(())
    }
}
