//! The clock of a venue in another process: read over HTTP, moved only by its clients.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use cycle::port::{Clock, Elapsed, Monotonic};
use market::time::milliseconds;
use market::{Date, Duration, Instant};
use reqwest::Method;

use super::{SystemClock, WALL_GUARD, wall_guard, wall_sleep};
use crate::http::{Answer, HttpError, Transport};
use crate::wire::{Object, Unreadable, excerpt};

const CLOCK_PATH: &str = "/control/clock";
const ADVANCE_PATH: &str = "/control/advance";
/// The word of a venue that runs on the wall's time.
const REAL_MODE: &str = "real";
/// How often a venue that does not answer is asked to advance before the wait is given up.
const ADVANCE_TRIES: usize = 5;
/// Wall time between those tries.
const ADVANCE_PAUSE: Duration = milliseconds(200);

/// The venue's clock cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VenueClockError {
    /// Nobody answers, or not in time.
    #[error(
        "the venue's clock at {base}: {why}\nhint: start one with `tqqq venue`, or check `venue_url`"
    )]
    Unreachable {
        /// Where it was looked for.
        base: String,
        /// What went wrong.
        why: String,
    },
    /// Somebody answers who is no venue of ours.
    #[error(
        "{base} answers, but not with a venue's clock: {why}\nhint: is this the address `tqqq venue` printed?"
    )]
    NoClock {
        /// Where it was looked for.
        base: String,
        /// What came instead.
        why: String,
    },
}

/// A venue's clock, seen from another process.
///
/// `now()` is the venue's time as last read; every limited piece of work and every wait read it
/// anew. `monotonic()` is this machine's: a process that was stopped for longer than an order may
/// wait notices it there, even though the venue's time stood still.
pub struct VenueClock {
    transport: Transport,
    base: String,
    wall: SystemClock,
    known: Mutex<Reading>,
    /// That it does not answer is told once, until it answers again.
    is_away: AtomicBool,
}

/// What the venue's clock last showed.
#[derive(Debug, Clone, Copy)]
struct Reading {
    now: Instant,
    is_virtual: bool,
    /// The last date with bars, where the venue says it.
    last_date: Option<Date>,
}

impl VenueClock {
    /// The clock of the venue at `base`, read once.
    ///
    /// # Errors
    /// [`VenueClockError`].
    pub async fn connect(transport: Transport, base: &str) -> Result<Self, VenueClockError> {
        let base = base.trim_end_matches('/').to_owned();
        let unread = Reading {
            now: Instant::UNIX_EPOCH,
            is_virtual: true,
            last_date: None,
        };
        let clock = Self {
            transport,
            base,
            wall: SystemClock::new(),
            known: Mutex::new(unread),
            is_away: AtomicBool::new(false),
        };
        clock.refresh().await?;
        Ok(clock)
    }

    /// Whether its clients move this clock; a venue on the wall's time wants [`SystemClock`].
    #[must_use]
    pub fn is_virtual(&self) -> bool {
        self.known().is_virtual
    }

    /// The last New York date on which the venue trades; `None` when it does not say.
    #[must_use]
    pub fn last_date(&self) -> Option<Date> {
        self.known().last_date
    }

    /// Reads the venue's time.
    ///
    /// # Errors
    /// [`VenueClockError`].
    pub async fn refresh(&self) -> Result<Instant, VenueClockError> {
        self.ask(Method::GET, CLOCK_PATH, None).await
    }

    async fn advance(&self, to: Instant) -> Result<Instant, VenueClockError> {
        self.ask(
            Method::POST,
            ADVANCE_PATH,
            Some(format!(r#"{{"to":"{to}"}}"#)),
        )
        .await
    }

    async fn ask(
        &self,
        method: Method,
        path: &str,
        json: Option<String>,
    ) -> Result<Instant, VenueClockError> {
        let mut outcome = Err(HttpError::Unknown {
            why: "no answer in time".into(),
        });
        let exchange = async { outcome = self.exchange(method, path, json).await };
        // The outcome says so itself when the guard struck.
        let _ = wall_guard(WALL_GUARD, exchange).await;
        let unreachable = |why: String| VenueClockError::Unreachable {
            base: self.base.clone(),
            why,
        };
        let no_clock = |why: String| VenueClockError::NoClock {
            base: self.base.clone(),
            why,
        };
        let answer = outcome.map_err(|error| unreachable(error.to_string()))?;
        if !answer.is_success() {
            return Err(no_clock(format!(
                "HTTP {}: {}",
                answer.status(),
                excerpt(answer.bytes())
            )));
        }
        let reading = read(answer.bytes()).map_err(|error| no_clock(error.to_string()))?;
        self.set(reading);
        self.is_away.store(false, Ordering::Relaxed);
        Ok(reading.now)
    }

    /// Says that the venue's time is not known, once until it is again.
    fn miss(&self, error: &VenueClockError) {
        if !self.is_away.swap(true, Ordering::Relaxed) {
            tracing::warn!(%error, "the venue's time is not known");
        }
    }

    async fn exchange(
        &self,
        method: Method,
        path: &str,
        json: Option<String>,
    ) -> Result<Answer, HttpError> {
        let mut request = self
            .transport
            .request(method, &format!("{}{path}", self.base));
        if let Some(json) = json {
            request = request
                .header(reqwest::header::CONTENT_TYPE, "application/json")
                .body(json);
        }
        let request = request.build().map_err(|error| HttpError::NotSent {
            why: error.to_string(),
        })?;
        self.transport.execute(request, None).await
    }

    fn set(&self, reading: Reading) {
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = reading;
    }

    fn known(&self) -> Reading {
        *self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn read(bytes: &[u8]) -> Result<Reading, Unreadable> {
    let clock = Object::parse("venue clock", bytes)?;
    let is_virtual = clock.text("mode").as_deref() != Some(REAL_MODE);
    Ok(Reading {
        now: clock.needed("now")?,
        is_virtual,
        last_date: clock.optional("last_date")?,
    })
}

#[async_trait]
impl Clock for VenueClock {
    fn now(&self) -> Instant {
        self.known().now
    }

    fn monotonic(&self) -> Monotonic {
        self.wall.monotonic()
    }

    /// Moves the venue's time there. A venue that stays away does not hold the caller for ever:
    /// its next call to the venue tells it.
    async fn sleep_until(&self, moment: Instant) {
        for _ in 0..ADVANCE_TRIES {
            if self.now() >= moment {
                return;
            }
            match self.advance(moment).await {
                Ok(now) if now >= moment => return,
                Ok(now) => {
                    tracing::warn!(%now, %moment, "the venue's clock did not go as far as asked");
                }
                Err(error) => self.miss(&error),
            }
            wall_sleep(ADVANCE_PAUSE).await;
        }
        self.set(Reading {
            now: moment,
            ..self.known()
        });
    }

    async fn limit<'w>(
        &self,
        limit: Duration,
        work: Pin<Box<dyn Future<Output = ()> + Send + 'w>>,
    ) -> Result<(), Elapsed> {
        let before = self.now();
        wall_guard(limit.max(WALL_GUARD), work)
            .await
            .map_err(|_| Elapsed { limit })?;
        if let Err(error) = self.refresh().await {
            self.miss(&error);
        }
        if self.now().duration_since(before) > limit {
            Err(Elapsed { limit })
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use cycle::port::clock::timeout;
    use market::time::seconds;

    use super::*;
    use crate::loopback::{Act, Seen, ok, reply, serve};
    use crate::secret::Redactor;

    const FIRST: &str = "2026-11-20T15:30:00Z";

    fn shows(now: &str) -> Act {
        ok(&format!(
            r#"{{"now":"{now}","mode":"virtual","next_event":null}}"#
        ))
    }

    async fn connect(
        acts: Vec<Act>,
    ) -> (
        Result<VenueClock, VenueClockError>,
        std::sync::mpsc::Receiver<Seen>,
    ) {
        let (base, seen) = serve(acts);
        let transport = Transport::new(Redactor::default(), false).unwrap();
        (
            VenueClock::connect(transport, &format!("{base}/")).await,
            seen,
        )
    }

    #[tokio::test]
    async fn the_venues_time_moves_when_we_wait_and_only_then() {
        let (clock, seen) = connect(vec![shows(FIRST), shows("2026-11-20T16:00:00Z")]).await;
        let clock = clock.unwrap();
        assert!(clock.is_virtual());
        assert_eq!(clock.now().to_string(), FIRST);
        clock
            .sleep_until("2026-11-20T16:00:00Z".parse().unwrap())
            .await;
        clock.sleep_until(FIRST.parse().unwrap()).await;
        assert_eq!(clock.now().to_string(), "2026-11-20T16:00:00Z");
        let texts: Vec<String> = seen.try_iter().map(|(_, text)| text).collect();
        assert_eq!(texts.len(), 2, "the past is not waited for");
        assert!(
            texts[0].starts_with("GET /control/clock HTTP/1.1"),
            "{}",
            texts[0]
        );
        assert!(
            texts[1].starts_with("POST /control/advance HTTP/1.1"),
            "{}",
            texts[1]
        );
        assert!(
            texts[1].ends_with(r#"{"to":"2026-11-20T16:00:00Z"}"#),
            "{}",
            texts[1]
        );
    }

    #[tokio::test]
    async fn work_is_late_by_the_time_the_venue_let_pass() {
        let readings = [FIRST, "2026-11-20T15:30:10Z", "2026-11-20T15:30:21Z"];
        let (clock, _seen) = connect(readings.map(shows).to_vec()).await;
        let clock = clock.unwrap();
        assert_eq!(
            timeout(&clock, seconds(10), async { "answer" }).await,
            Ok("answer")
        );
        assert_eq!(
            timeout(&clock, seconds(10), async { "answer" }).await,
            Err(Elapsed { limit: seconds(10) })
        );
    }

    #[tokio::test]
    async fn a_venue_on_the_walls_time_says_so() {
        let (clock, _seen) =
            connect(vec![ok(&format!(r#"{{"now":"{FIRST}","mode":"real"}}"#))]).await;
        assert!(!clock.unwrap().is_virtual());
    }

    #[tokio::test]
    async fn a_venue_that_says_where_its_bars_end_is_heard() {
        let body = format!(r#"{{"now":"{FIRST}","mode":"virtual","last_date":"2026-11-25"}}"#);
        let (clock, _seen) = connect(vec![ok(&body)]).await;
        let last = clock.unwrap().last_date().map(|date| date.to_string());
        assert_eq!(last.as_deref(), Some("2026-11-25"));
        let (clock, _seen) = connect(vec![shows(FIRST)]).await;
        assert_eq!(clock.unwrap().last_date(), None);
    }

    #[tokio::test]
    async fn whoever_is_no_venue_is_told_from_nobody() {
        for act in [
            reply("404 Not Found", "", "<html>nginx</html>"),
            ok(r#"{"time":"12:00"}"#),
            ok(""),
        ] {
            let error = connect(vec![act]).await.0.err().unwrap();
            assert!(matches!(error, VenueClockError::NoClock { .. }), "{error}");
        }
        let error = connect(vec![Act::Cut(String::new())])
            .await
            .0
            .err()
            .unwrap();
        assert!(
            matches!(error, VenueClockError::Unreachable { .. }),
            "{error}"
        );
    }
}
