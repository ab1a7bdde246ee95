//! The machine's clock.

use std::future::Future;
use std::pin::Pin;

use async_trait::async_trait;
use cycle::port::{Clock, Elapsed, Monotonic};
use market::time::seconds;
use market::{Duration, Instant};

use super::{wall_guard, wall_sleep};

/// Longest sleep before the wall clock is read again: it may be set, and the machine may have been
/// suspended, which timers do not count.
const NAP_MAX: Duration = seconds(15);

/// Wall time and monotonic time of this machine.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock {
    started: std::time::Instant,
}

impl SystemClock {
    /// The clock; its monotonic reading begins at zero.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the port through which time enters"
    )]
    pub fn new() -> Self {
        Self {
            started: std::time::Instant::now(),
        }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the port through which time enters"
    )]
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn monotonic(&self) -> Monotonic {
        Monotonic(Duration::try_from(self.started.elapsed()).unwrap_or(Duration::MAX))
    }

    async fn sleep_until(&self, moment: Instant) {
        loop {
            let left = moment.duration_since(self.now());
            if !left.is_positive() {
                return;
            }
            wall_sleep(left.min(NAP_MAX)).await;
        }
    }

    async fn limit<'w>(
        &self,
        limit: Duration,
        work: Pin<Box<dyn Future<Output = ()> + Send + 'w>>,
    ) -> Result<(), Elapsed> {
        wall_guard(limit, work).await
    }
}

#[cfg(test)]
mod tests {
    use cycle::port::clock::timeout;

    use super::*;

    #[tokio::test]
    async fn the_past_is_not_waited_for_and_work_that_ends_keeps_its_value() {
        let clock = SystemClock::new();
        let before = clock.monotonic();
        clock.sleep_until(clock.now() - seconds(60)).await;
        assert_eq!(timeout(&clock, seconds(60), async { 7 }).await, Ok(7));
        assert!(clock.monotonic() >= before);
    }

    #[tokio::test]
    async fn work_without_end_is_given_up() {
        let outcome = timeout(
            &SystemClock::new(),
            Duration::ZERO,
            std::future::pending::<()>(),
        )
        .await;
        assert_eq!(
            outcome,
            Err(Elapsed {
                limit: Duration::ZERO
            })
        );
    }
}
