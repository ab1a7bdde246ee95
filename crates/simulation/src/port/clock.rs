//! A process's clocks.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

use async_trait::async_trait;
use cycle::port::{Clock, Elapsed, Monotonic};
use market::{Duration, Instant};

use super::Seat;
use crate::world::Event;

/// Wall time that may be wrong by a constant, and monotonic time that is right.
pub(crate) struct ProcessClock(pub(crate) Seat);

#[async_trait]
impl Clock for ProcessClock {
    fn now(&self) -> Instant {
        self.0.now()
    }

    fn monotonic(&self) -> Monotonic {
        Monotonic(self.0.elapsed())
    }

    async fn sleep_until(&self, moment: Instant) {
        self.0.before("wait").await;
        let skew = self.0.state().processes[self.0.process].skew;
        self.0.wait_until(moment - skew).await;
        self.0.after("wait").await;
    }

    async fn limit<'w>(
        &self,
        limit: Duration,
        mut work: Pin<Box<dyn Future<Output = ()> + Send + 'w>>,
    ) -> Result<(), Elapsed> {
        let end = self.0.state().now + limit;
        let mut planned = false;
        poll_fn(|context| {
            if work.as_mut().poll(context).is_ready() {
                return Poll::Ready(Ok(()));
            }
            let mut state = self.0.state();
            if state.now >= end {
                return Poll::Ready(Err(Elapsed { limit }));
            }
            if !planned {
                planned = true;
                state.plan(end, Event::Wake(self.0.process));
            }
            Poll::Pending
        })
        .await
    }
}
