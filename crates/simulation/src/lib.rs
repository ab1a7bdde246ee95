//! The whole cycle under every trouble a seed can think of, and the same again for the same seed.
//!
//! What ships is what runs: [`cycle::Runner`](cycle::runner::Runner) over the exchange's model and
//! the journal's chain, in virtual time, on one thread, without I/O. A [`Fate`] draws what goes
//! wrong, each draw from the seed, the fault and how often it could have struck before, so that
//! leaving one strike out moves no other: a failing plan can be made smaller. A [`Witness`] that
//! knows both sides checks the invariants of EXECUTION §7 as things happen and at the end.
//!
//! Absent on purpose: any path of the cycle of its own. Where a port is simulated here, its rules
//! are those that the real adapter has: the fence before the first byte, a packet that goes its
//! way whether or not its sender still waits, an answer that may never come.

mod conduct;
pub mod fate;
mod finale;
mod market_path;
mod meanwhile;
mod port;
mod program;
pub mod run;
mod scenario;
pub mod shrink;
pub mod spent;
mod stage;
pub mod story;
pub mod totals;
mod witness;
mod world;

pub use conduct::{Death, Order};
pub use fate::{Fate, Fault, Strike};
#[cfg(feature = "sabotage")]
pub use market::sabotage::Sabotage;
pub use run::{Options, Report, simulate};
pub use shrink::shrink;
pub use story::Story;
pub use totals::Totals;
pub use trading::invariants::{Breach, Invariant};
pub use witness::Witness;
