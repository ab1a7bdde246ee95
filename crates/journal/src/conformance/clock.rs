//! A clock that moves only when waited on, and then at once.

use std::future::Future;
use std::pin::Pin;
use std::sync::Mutex;

use async_trait::async_trait;
use cycle::port::{Clock, Elapsed, Monotonic};
use market::{Duration, Instant};

/// Begins at 1970; each wait moves it to its end.
#[derive(Debug, Default)]
pub struct StillClock {
    since_start: Mutex<Duration>,
}

impl StillClock {
    /// How long was waited in all.
    ///
    /// # Panics
    /// Never: no holder of the lock panics.
    #[must_use]
    pub fn waited(&self) -> Duration {
        *self
            .since_start
            .lock()
            .expect("no holder of this lock panics")
    }
}

#[async_trait]
impl Clock for StillClock {
    fn now(&self) -> Instant {
        Instant::UNIX_EPOCH + self.waited()
    }

    fn monotonic(&self) -> Monotonic {
        Monotonic(self.waited())
    }

    async fn sleep_until(&self, moment: Instant) {
        let mut since_start = self
            .since_start
            .lock()
            .expect("no holder of this lock panics");
        *since_start = (*since_start).max(moment.duration_since(Instant::UNIX_EPOCH));
    }

    async fn limit<'w>(
        &self,
        _limit: Duration,
        work: Pin<Box<dyn Future<Output = ()> + Send + 'w>>,
    ) -> Result<(), Elapsed> {
        work.await;
        Ok(())
    }
}
