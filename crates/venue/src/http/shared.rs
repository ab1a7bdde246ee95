//! The exchange that all requests share, and its clock.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use market::time::seconds;
use market::{Duration, Instant};
use tokio::sync::watch;

use super::bucket::{Bucket, Span};
use super::faces::Faces;
use crate::fault::{Fault, FaultId, FaultReport};
use crate::model::{TroubleError, Venue};

/// Longest wait before a venue on the wall's time is stepped again for those who listen.
const LOOK_AGAIN: Duration = seconds(1);

/// Where the venue's time comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// It moves only when told to.
    Virtual,
    /// It is the wall's; the venue is stepped to it whenever somebody asks.
    Real,
}

impl Mode {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Virtual => "virtual",
            Self::Real => "real",
        }
    }
}

/// Wall time in which a request that was sent with another one arrives, in milliseconds.
const ROUND_MS: u64 = 2;
/// Rounds in a row without a new request after which no other is on its way.
const CALM_ROUNDS: u32 = 3;
/// Rounds after which a request that nobody answers is waited for no longer.
const ROUNDS_MAX: u32 = 500;

#[expect(
    clippy::disallowed_methods,
    reason = "whether requests are on their way is a question of the wall's time, whatever clock the venue has"
)]
async fn pause() {
    tokio::time::sleep(std::time::Duration::from_millis(ROUND_MS)).await;
}

/// A request at work, until dropped.
pub(super) struct AtWork(Shared);

impl Drop for AtWork {
    fn drop(&mut self) {
        self.0.lock().at_work -= 1;
    }
}

/// A handle on the exchange behind the faces; clones are the same exchange.
#[derive(Clone)]
pub struct Shared(Arc<Inner>);

struct Inner {
    exchange: Mutex<Exchange>,
    wall: Option<fn() -> Instant>,
    /// How many updates of orders there were when the exchange was last let go.
    update_count: watch::Sender<u64>,
}

/// The exchange while nobody else has it; whoever waits for updates is woken when it is let go.
pub(super) struct Held<'a> {
    exchange: MutexGuard<'a, Exchange>,
    update_count: &'a watch::Sender<u64>,
}

impl Deref for Held<'_> {
    type Target = Exchange;

    fn deref(&self) -> &Exchange {
        &self.exchange
    }
}

impl DerefMut for Held<'_> {
    fn deref_mut(&mut self) -> &mut Exchange {
        &mut self.exchange
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        let count = self.exchange.venue.update_count();
        self.update_count
            .send_if_modified(|seen| std::mem::replace(seen, count) != count);
    }
}

/// The venue and what the faces keep about it.
pub(super) struct Exchange {
    pub(super) venue: Venue,
    pub(super) faces: Faces,
    pub(super) alpaca: Bucket,
    pub(super) alpaca_data: Bucket,
    pub(super) twelve_data_minute: Bucket,
    pub(super) twelve_data_day: Bucket,
    pub(super) fmp_minute: Bucket,
    pub(super) fmp_day: Bucket,
    pub(super) requests: u64,
    /// Requests that nobody has answered yet.
    pub(super) at_work: u64,
    /// Those of them whose answer waits for time to pass.
    pub(super) waiting: u64,
}

impl Shared {
    /// An exchange whose clock moves only by [`Shared::advance`] or `POST /control/advance`.
    #[must_use]
    pub fn new_virtual(venue: Venue, faces: Faces) -> Self {
        Self::new(venue, faces, None)
    }

    /// An exchange on the wall's time, which the caller reads.
    #[must_use]
    pub fn new_real(venue: Venue, faces: Faces, wall: fn() -> Instant) -> Self {
        Self::new(venue, faces, Some(wall))
    }

    fn new(venue: Venue, faces: Faces, wall: Option<fn() -> Instant>) -> Self {
        let exchange = Exchange {
            alpaca: Bucket::new(faces.alpaca_requests_a_minute, Span::Minute),
            alpaca_data: Bucket::new(faces.alpaca_data_requests_a_minute, Span::Minute),
            twelve_data_minute: Bucket::new(faces.twelve_data_credits_a_minute, Span::Minute),
            twelve_data_day: Bucket::new(faces.twelve_data_credits_a_day, Span::Day),
            fmp_minute: Bucket::new(faces.fmp_calls_a_minute, Span::Minute),
            fmp_day: Bucket::new(faces.fmp_day_limit(), Span::Day),
            requests: 0,
            at_work: 0,
            waiting: 0,
            venue,
            faces,
        };
        Self(Arc::new(Inner {
            exchange: Mutex::new(exchange),
            wall,
            update_count: watch::Sender::new(0),
        }))
    }

    /// Where the time comes from.
    #[must_use]
    pub fn mode(&self) -> Mode {
        match self.0.wall {
            None => Mode::Virtual,
            Some(_) => Mode::Real,
        }
    }

    /// The moment at which the venue stands.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.lock().venue.now()
    }

    /// The moment of the next thing the venue will do by itself.
    #[must_use]
    pub fn next_event(&self) -> Option<Instant> {
        self.lock().venue.next_event()
    }

    /// Moves a virtual clock to `to` through every event on the way, and answers the new now.
    ///
    /// It never goes back: a moment already past changes nothing. A real clock is not moved.
    pub fn advance(&self, to: Instant) -> Instant {
        let mut exchange = self.lock();
        if self.mode() == Mode::Virtual {
            exchange.venue.advance(to);
        }
        exchange.venue.now()
    }

    /// Requests answered so far, refused ones too.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.lock().requests
    }

    /// Sets a fault.
    ///
    /// # Errors
    /// [`TroubleError`]: it cannot be.
    pub fn set_fault(&self, fault: Fault) -> Result<FaultId, TroubleError> {
        self.lock().venue.set_fault(fault)
    }

    /// Ends every fault of a name, and answers how many.
    pub fn clear_fault(&self, name: &str) -> usize {
        let named = |_: FaultId, fault: &Fault| fault.name == name;
        self.lock().venue.clear_faults(named)
    }

    /// Ends every fault and forgets it with its count.
    pub fn forget_faults(&self) {
        self.lock().venue.forget_faults();
    }

    /// Every fault that was set, with how often it struck.
    #[must_use]
    pub fn faults(&self) -> Vec<FaultReport> {
        self.lock().venue.faults()
    }

    /// Counts a request as at work for as long as the answer is held.
    pub(super) fn begin(&self) -> AtWork {
        self.lock().at_work += 1;
        AtWork(self.clone())
    }

    /// Returns once every other request is answered, those that are only now on their way too.
    pub(super) async fn others_are_answered(&self) {
        self.lock().waiting += 1;
        let (mut calm, mut known) = (0, 0);
        for _ in 0..ROUNDS_MAX {
            pause().await;
            let exchange = self.lock();
            let is_calm = exchange.requests == known && exchange.at_work <= exchange.waiting;
            known = exchange.requests;
            calm = if is_calm { calm + 1 } else { 0 };
            if calm == CALM_ROUNDS {
                break;
            }
        }
        self.lock().waiting -= 1;
    }

    /// Asks the exchange itself; requests wait meanwhile.
    pub fn with_venue<T>(&self, ask: impl FnOnce(&mut Venue) -> T) -> T {
        ask(&mut self.lock().venue)
    }

    /// Tells whenever there are updates of orders.
    pub(super) fn update_count(&self) -> watch::Receiver<u64> {
        self.0.update_count.subscribe()
    }

    /// Waits until a real clock reaches what the venue will do next, and lets it; for ever where
    /// the clock is virtual, since whoever moves it lets the venue act.
    pub(super) async fn wall_passes(&self) {
        let Some(wall) = self.0.wall else {
            return std::future::pending().await;
        };
        let until = self.next_event().map(|at| at.duration_since(wall()));
        let pause = until.map_or(LOOK_AGAIN, |until| until.clamp(Duration::ZERO, LOOK_AGAIN));
        #[expect(
            clippy::disallowed_methods,
            reason = "a venue on the wall's time has no other clock to wait on"
        )]
        tokio::time::sleep(pause.unsigned_abs()).await;
        drop(self.lock());
    }

    /// The exchange, stepped to now where the clock is real.
    pub(super) fn lock(&self) -> Held<'_> {
        // A handler that died left a venue between two whole calls; others may go on with it.
        let mut exchange = self
            .0
            .exchange
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(wall) = self.0.wall {
            exchange.venue.advance(wall());
        }
        Held {
            exchange,
            update_count: &self.0.update_count,
        }
    }
}
