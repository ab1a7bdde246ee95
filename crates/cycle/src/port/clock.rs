//! Time, handed in.

use std::future::Future;
use std::pin::Pin;

use async_trait::async_trait;
use market::{Duration, Instant};

/// A reading of a clock that never goes back; only differences mean anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Monotonic(pub Duration);

/// The time limit ran out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no answer within {limit:#}")]
pub struct Elapsed {
    /// The limit.
    pub limit: Duration,
}

/// Wall time, monotonic time, waiting and limits.
#[async_trait]
pub trait Clock: Send + Sync {
    /// Wall time.
    fn now(&self) -> Instant;

    /// Monotonic time.
    fn monotonic(&self) -> Monotonic;

    /// Returns once `now()` is at or past `moment`; at once when it already is.
    async fn sleep_until(&self, moment: Instant);

    /// Drives `work` to its end or gives it up after `limit`. Use [`timeout`], which returns the
    /// work's value.
    ///
    /// # Errors
    /// [`Elapsed`]; the work is dropped and what it had in flight is unknown.
    async fn limit<'w>(
        &self,
        limit: Duration,
        work: Pin<Box<dyn Future<Output = ()> + Send + 'w>>,
    ) -> Result<(), Elapsed>;
}

/// The value of `work`, if it comes within `limit` by this clock.
///
/// # Errors
/// [`Elapsed`]; the work is dropped and what it had in flight is unknown.
pub async fn timeout<T: Send>(
    clock: &dyn Clock,
    limit: Duration,
    work: impl Future<Output = T> + Send,
) -> Result<T, Elapsed> {
    let mut value = None;
    let slot = &mut value;
    clock
        .limit(limit, Box::pin(async move { *slot = Some(work.await) }))
        .await?;
    value.ok_or(Elapsed { limit })
}

/// Waits for `span` from now.
pub async fn sleep(clock: &dyn Clock, span: Duration) {
    clock.sleep_until(clock.now() + span).await;
}
