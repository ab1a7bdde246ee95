//! Virtual time that moves only when someone waits.

use std::collections::BTreeMap;
use std::future::{pending, poll_fn};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::Poll;

use async_trait::async_trait;
use market::{Duration, Instant};

use super::{CrashPoints, lock};
use crate::port::{Clock, Elapsed, Monotonic};

type Event = Box<dyn FnOnce() + Send>;

/// Wall and monotonic time, standing still between waits; what the world has planned happens in
/// passing.
pub struct FakeClock {
    state: Mutex<State>,
    crash: Arc<CrashPoints>,
}

struct State {
    wall: Instant,
    monotonic: Duration,
    agenda: BTreeMap<(Instant, u64), Event>,
    planned: u64,
    /// Ends of the limits under way, innermost last, and whether one was met.
    limits: Vec<Instant>,
    elapsed: bool,
}

impl FakeClock {
    /// A clock that reads `wall`.
    #[must_use]
    pub fn new(wall: Instant, crash: Arc<CrashPoints>) -> Self {
        let state = State {
            wall,
            monotonic: Duration::ZERO,
            agenda: BTreeMap::new(),
            planned: 0,
            limits: Vec::new(),
            elapsed: false,
        };
        Self {
            state: Mutex::new(state),
            crash,
        }
    }

    /// Plans something to happen as soon as `moment` is reached.
    pub fn plan(&self, moment: Instant, event: impl FnOnce() + Send + 'static) {
        let mut state = lock(&self.state);
        state.planned += 1;
        let key = (moment, state.planned);
        state.agenda.insert(key, Box::new(event));
    }

    /// Moves on to `moment`, past everything planned until then; never back.
    pub fn advance_to(&self, moment: Instant) {
        loop {
            let event = {
                let mut state = lock(&self.state);
                let due = state.agenda.keys().next().copied();
                match due.filter(|(at, _)| *at <= moment) {
                    Some(key) => {
                        state.step_to(key.0);
                        state.agenda.remove(&key)
                    }
                    None => {
                        state.step_to(moment);
                        return;
                    }
                }
            };
            if let Some(event) = event {
                event();
            }
        }
    }

    /// Moves on by `span`.
    pub fn advance(&self, span: Duration) {
        self.advance_to(self.now() + span);
    }

    /// Forgets limits under way: their program has died.
    pub fn forget_limits(&self) {
        lock(&self.state).elapsed = false;
        self.swap_limits(Vec::new());
    }

    /// Sets the limits of one program aside for those of another; they are programs of their own.
    pub(super) fn swap_limits(&self, limits: Vec<Instant>) -> Vec<Instant> {
        std::mem::replace(&mut lock(&self.state).limits, limits)
    }

    /// Waits until `moment` or the nearest limit, whichever comes first.
    pub(super) async fn wait_until(&self, moment: Instant) {
        let limit = lock(&self.state).limits.iter().min().copied();
        match limit.filter(|limit| *limit < moment) {
            None => self.advance_to(moment),
            Some(limit) => {
                self.advance_to(limit);
                lock(&self.state).elapsed = true;
                pending::<()>().await;
            }
        }
    }
}

impl State {
    fn step_to(&mut self, moment: Instant) {
        if moment > self.wall {
            self.monotonic += moment.duration_since(self.wall);
            self.wall = moment;
        }
    }
}

#[async_trait]
impl Clock for FakeClock {
    fn now(&self) -> Instant {
        lock(&self.state).wall
    }

    fn monotonic(&self) -> Monotonic {
        Monotonic(lock(&self.state).monotonic)
    }

    async fn sleep_until(&self, moment: Instant) {
        self.crash.moment().await;
        self.wait_until(moment).await;
        self.crash.moment().await;
    }

    async fn limit<'w>(
        &self,
        limit: Duration,
        mut work: Pin<Box<dyn Future<Output = ()> + Send + 'w>>,
    ) -> Result<(), Elapsed> {
        let end = self.now() + limit;
        poll_fn(|context| {
            lock(&self.state).limits.push(end);
            let polled = work.as_mut().poll(context);
            let mut state = lock(&self.state);
            state.limits.pop();
            match polled {
                Poll::Ready(()) => Poll::Ready(Ok(())),
                Poll::Pending if state.elapsed && state.wall >= end => {
                    state.elapsed = false;
                    Poll::Ready(Err(Elapsed { limit }))
                }
                Poll::Pending => Poll::Pending,
            }
        })
        .await
    }
}
