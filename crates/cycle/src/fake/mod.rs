//! A whole world in memory behind the ports, for tests: it never waits, never fails unless told
//! to, and does the same every time.
//!
//! [`World`] wires the fakes together and drives a runner through slots; each fake takes scripts
//! of what shall go wrong. [`CrashPoints`] numbers the moments before and after every port call
//! and can stop the program at any of them. Absent on purpose: randomness, sockets and threads.

mod alerts;
mod bars;
mod broker;
mod clock;
mod corporate_actions;
mod crash;
mod entropy;
mod exchange;
mod faults;
mod inspection;
mod journal;
mod market;
mod prices;
mod quotes;
mod world;

pub use alerts::FakeAlerts;
pub use bars::{Basis, FakeBars};
pub use broker::FakeBroker;
pub use clock::FakeClock;
pub use corporate_actions::FakeCorporateActions;
pub use crash::{CrashPoints, drive};
pub use entropy::FakeEntropy;
pub use exchange::{Exchange, FakeOrder, Held};
pub use faults::{Behaviour, CancelFault, Endpoint, SubmitFault};
pub use journal::{FakeJournal, JournalFault};
pub use market::{FakeMarket, Trend};
pub use prices::FakePrices;
pub use quotes::FakeQuotes;
pub use world::{World, at};

use std::sync::{Mutex, MutexGuard};

/// Fakes are used by one test at a time; a poisoned lock means that test has failed already.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex
        .lock()
        .expect("no holder of a fake's lock panics while holding it")
}
