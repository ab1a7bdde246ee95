//! The moments at which a program can die: before and after every port call.

use std::future::{Future, pending};
use std::pin::pin;
use std::sync::Mutex;
use std::task::{Context, Poll, Waker};

use super::lock;

/// What happens in the world while the program is paused.
type Meanwhile = Box<dyn FnOnce() + Send>;

/// Numbers the moments before and after port calls, and stops or pauses the program at one of
/// them.
#[derive(Default)]
pub struct CrashPoints {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    passed: u64,
    crash_at: Option<u64>,
    pause_at: Option<(u64, Meanwhile)>,
    crashed: bool,
}

impl CrashPoints {
    /// Counts from zero again and dies at moment `at`, from 1; `None` dies never.
    pub fn arm(&self, at: Option<u64>) {
        *lock(&self.state) = State {
            passed: 0,
            crash_at: at,
            ..State::default()
        };
    }

    /// Counts from zero again and pauses the program at moment `at`, from 1, while `meanwhile`
    /// happens.
    pub fn pause(&self, at: u64, meanwhile: impl FnOnce() + Send + 'static) {
        *lock(&self.state) = State {
            pause_at: Some((at, Box::new(meanwhile))),
            ..State::default()
        };
    }

    /// How many moments have passed since [`CrashPoints::arm`].
    #[must_use]
    pub fn passed(&self) -> u64 {
        lock(&self.state).passed
    }

    /// One moment: returns at once, or never when the program dies here or has died before.
    pub(super) async fn moment(&self) {
        let (dead, meanwhile) = {
            let mut state = lock(&self.state);
            if !state.crashed {
                state.passed += 1;
                state.crashed = state.crash_at == Some(state.passed);
            }
            let passed = state.passed;
            let due = state.pause_at.take_if(|(at, _)| *at == passed);
            (state.crashed, due)
        };
        if let Some((_, meanwhile)) = meanwhile {
            meanwhile();
        }
        if dead {
            pending::<()>().await;
        }
    }
}

/// The value of `work`, which awaits nothing but fakes; `None` when it died on the way.
pub fn drive<T>(work: impl Future<Output = T>) -> Option<T> {
    let mut work = pin!(work);
    // Fakes answer at once, so one look tells: what is not ready now never will be.
    match work.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}
