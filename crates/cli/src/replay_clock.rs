//! The clock of a run inside one process: the venue's own, shared by both sides.
//!
//! It moves only in `sleep_until`, which steps the venue's model through each of its events on the
//! way; HTTP takes no virtual time. So months pass in seconds and every wait is exact.

use std::future::Future;
use std::pin::Pin;

use async_trait::async_trait;
use connectors::clock::{WALL_GUARD, wall_guard};
use cycle::port::{Clock, Elapsed, Monotonic};
use market::{Duration, Instant};
use venue::http::Shared;

/// The clock of an exchange in this process.
#[derive(Clone)]
pub(crate) struct ReplayClock {
    venue: Shared,
    began: Instant,
}

impl ReplayClock {
    /// The clock of `venue`; its monotonic reading begins at zero.
    pub(crate) fn new(venue: Shared) -> Self {
        let began = venue.now();
        Self { venue, began }
    }
}

#[async_trait]
impl Clock for ReplayClock {
    fn now(&self) -> Instant {
        self.venue.now()
    }

    fn monotonic(&self) -> Monotonic {
        Monotonic(self.now().duration_since(self.began))
    }

    async fn sleep_until(&self, moment: Instant) {
        self.venue.advance(moment);
    }

    /// The wall guards against real sockets that hang; the limit itself is of virtual time.
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
            Err(Elapsed { limit })
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use cycle::port::clock::{sleep, timeout};
    use market::time::seconds;
    use venue::http::Faces;
    use venue::{Config, Venue};

    use super::*;

    fn clock() -> ReplayClock {
        let start = "2025-05-12T13:30:00Z".parse().unwrap();
        let venue = Venue::new(Config::new(1, start)).unwrap();
        ReplayClock::new(Shared::new_virtual(venue, Faces::default()))
    }

    #[tokio::test]
    async fn time_stands_still_until_somebody_sleeps() {
        let clock = clock();
        let (began, monotonic) = (clock.now(), clock.monotonic());
        assert_eq!(timeout(&clock, seconds(1), async { 7 }).await, Ok(7));
        assert_eq!((clock.now(), clock.monotonic()), (began, monotonic));
        sleep(&clock, seconds(45)).await;
        assert_eq!(clock.now(), began + seconds(45));
        assert_eq!(clock.monotonic(), Monotonic(seconds(45)));
    }

    #[tokio::test]
    async fn a_limit_counts_the_virtual_time_that_passed() {
        let clock = clock();
        let slow = async {
            sleep(&clock, seconds(11)).await;
        };
        assert_eq!(
            timeout(&clock, seconds(10), slow).await,
            Err(Elapsed { limit: seconds(10) })
        );
        let quick = async {
            sleep(&clock, seconds(10)).await;
        };
        assert_eq!(timeout(&clock, seconds(10), quick).await, Ok(()));
    }
}
