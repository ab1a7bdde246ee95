//! One process's seat in the world: what every port of it does before and after a call.

use std::future::poll_fn;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;

use market::{Duration, Instant};

use crate::fate::{Fault, Lot};
use crate::world::{Event, Held, ProcessId, State, World};

/// An answer on its way: empty until it arrives.
pub(crate) struct Ticket<T>(Arc<Mutex<Option<T>>>);

impl<T> Ticket<T> {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(None)))
    }

    pub(crate) fn put(&self, value: T) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
    }

    fn take(&self) -> Option<T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl<T> Clone for Ticket<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

/// A process's seat.
#[derive(Clone)]
pub(crate) struct Seat {
    pub(crate) world: World,
    pub(crate) process: ProcessId,
}

impl Seat {
    pub(crate) fn state(&self) -> Held<'_> {
        self.world.state()
    }

    /// Its own clock.
    pub(crate) fn now(&self) -> Instant {
        let state = self.state();
        state.now + state.processes[self.process].skew
    }

    /// Its own count of time since it was started.
    pub(crate) fn elapsed(&self) -> Duration {
        let state = self.state();
        let process = &state.processes[self.process];
        state.now.duration_since(process.began) - process.slept
    }

    /// The numbered moment before a call: here the process may die or stand still.
    pub(crate) async fn before(&self, call: &str) {
        self.moment("before", call).await;
    }

    /// The numbered moment after a call.
    pub(crate) async fn after(&self, call: &str) {
        self.moment("after", call).await;
    }

    async fn moment(&self, side: &'static str, call: &str) {
        let stands = {
            let mut state = self.state();
            let number = {
                let process = &mut state.processes[self.process];
                process.moments += 1;
                if let Some(named) = &mut process.named {
                    named.push(format!("{side} `{call}`"));
                }
                process.moments
            };
            let told = state.processes[self.process].dies_at == Some(number);
            if told || state.fate.strikes(Fault::Crash).is_some() {
                state.processes[self.process].dead = true;
                let process = self.process;
                state.note(|_| format!("process {process} dies at its moment {number}"));
            }
            let span = |mut lot: Lot| {
                let longest = if lot.coin() { 60_000 } else { 2_400_000 };
                lot.milliseconds(1_000, longest)
            };
            let sends = side == "before" && call.starts_with("send an order");
            let at_send = sends
                .then(|| state.fate.strikes(Fault::SleepAtSend))
                .flatten();
            let sleep = state.fate.strikes(Fault::Sleep).or(at_send).map(span);
            state.processes[self.process].slept += sleep.unwrap_or_default();
            let pause = state.fate.strikes(Fault::Pause).map(span).or(sleep);
            state.stood_still_max = state.stood_still_max.max(pause.unwrap_or_default());
            if let Some(span) = pause {
                let until = state.now + span;
                state.processes[self.process].paused_until = Some(until);
                state.plan(until, Event::Wake(self.process));
                let process = self.process;
                state.note(|_| format!("process {process} stands still for {span:#}"));
            }
            pause.is_some() || state.processes[self.process].dead
        };
        if stands {
            let mut looked = false;
            poll_fn(|_| {
                let dead = self.state().processes[self.process].dead;
                if looked && !dead {
                    return Poll::Ready(());
                }
                looked = true;
                Poll::Pending
            })
            .await;
        }
    }

    /// Waits for `span` of true time.
    pub(crate) async fn wait(&self, span: Duration) {
        let until = self.state().now + span;
        self.wait_until(until).await;
    }

    /// Waits until a moment of true time.
    pub(crate) async fn wait_until(&self, until: Instant) {
        let mut planned = false;
        poll_fn(|_| {
            let mut state = self.state();
            if state.now >= until {
                return Poll::Ready(());
            }
            if !planned {
                planned = true;
                state.plan(until, Event::Wake(self.process));
            }
            Poll::Pending
        })
        .await;
    }

    /// Waits for an answer, for ever if none comes.
    pub(crate) async fn answer<T>(&self, ticket: &Ticket<T>) -> T {
        poll_fn(|_| match ticket.take() {
            Some(value) => Poll::Ready(value),
            None => Poll::Pending,
        })
        .await
    }

    /// Waits for its turn, where the order of effects is prescribed.
    pub(crate) async fn turn(&self) {
        poll_fn(|_| {
            let mut state = self.state();
            let Some(turns) = &mut state.turns else {
                return Poll::Ready(());
            };
            match turns.front() {
                None => Poll::Ready(()),
                Some(next) if *next == self.process => {
                    turns.pop_front();
                    for process in &mut state.processes {
                        process.ready = true;
                    }
                    Poll::Ready(())
                }
                Some(_) => Poll::Pending,
            }
        })
        .await;
    }

    /// Something arrives after `span`, whatever becomes of this process.
    pub(crate) fn send(&self, span: Duration, arrive: impl FnOnce(&mut State) + Send + 'static) {
        let mut state = self.state();
        let moment = state.now + span;
        state.plan(moment, Event::Arrival(Box::new(arrive)));
    }
}
