//! The ports and the cycle of one slot: open, recover, observe, decide, act, verify, close.
//!
//! [`runner::Runner`] holds a journal and carries slots through one after another; `slot_try.rs`
//! shows one try on one page. [`rehearsal`] carries a slot as far as its decision and tells nobody;
//! [`switching`] appends the owner's word beside a runner; [`sighting`] looks at the sources outside of any slot. The cycle awaits nothing but [`port`]s.

pub mod deadline;
pub mod error;
#[cfg(any(test, feature = "fake"))]
pub mod fake;
pub mod port;
pub mod rehearsal;
pub mod runner;
pub mod sighting;
pub mod skew;
pub mod switching;

mod acting;
mod closing;
mod ledger;
mod listing;
mod observing;
mod opening;
mod quoting;
mod reading;
mod recovering;
mod retrying;
mod sending;
mod settling;
mod slot_try;
mod splitting;

pub use error::{CycleError, Step};
pub use retrying::{TRIES_MAX, retry_pause};
pub use runner::{Ended, Ports, Runner, TryLimits};
