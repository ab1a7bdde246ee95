//! How far the broker's clock is from ours, against the midpoint of a quick request.

use market::{Duration, time};
use trading::observation::{MarketClock, Skew};

use crate::deadline::READ_TIMEOUT;
use crate::port::{BrokerReader, Clock, ReadError, Reply, clock};

/// A request must be quicker than this to tell two clocks apart.
const REQUEST_MAX: Duration = time::seconds(1);
/// Requests made to tell two clocks apart.
const TRIES: u32 = 3;

/// The broker's clock and its distance from ours.
///
/// # Errors
/// [`ReadError`] of the first question without an answer.
pub async fn measure(
    clock: &dyn Clock,
    broker: &dyn BrokerReader,
) -> Result<(MarketClock, Skew), ReadError> {
    let ask = || async {
        let reply = clock::timeout(clock, READ_TIMEOUT, broker.clock()).await;
        reply.unwrap_or_else(|elapsed| Err(ReadError::Transient(elapsed.to_string())))
    };
    let (replies, skew) = told_apart(clock, ask).await?;
    let newest = replies.into_iter().next_back();
    let newest = newest.expect("at least one request was answered, or an error was returned");
    Ok((newest.value, skew))
}

/// Asks until a request was quick enough or tries are used up; every reply, the newest last.
pub(crate) async fn told_apart<F>(
    clock: &dyn Clock,
    mut ask: impl FnMut() -> F + Send,
) -> Result<(Vec<Reply<MarketClock>>, Skew), ReadError>
where
    F: Future<Output = Result<Reply<MarketClock>, ReadError>> + Send,
{
    let mut replies = Vec::new();
    for _ in 0..TRIES {
        let (asked, began) = (clock.now(), clock.monotonic());
        let reply = ask().await?;
        let took = clock.monotonic().0 - began.0;
        let told = reply.value.timestamp;
        replies.push(reply);
        if took < REQUEST_MAX {
            let apart = told.duration_since(asked + took / 2);
            let milliseconds = i64::try_from(apart.as_millis()).unwrap_or(i64::MAX);
            return Ok((replies, Skew::Milliseconds(milliseconds)));
        }
    }
    Ok((replies, Skew::Unknown))
}
