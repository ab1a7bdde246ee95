//! What this crate promises, as tables, laws and small stories.

#![expect(
    clippy::unwrap_used,
    clippy::needless_pass_by_value,
    reason = "builders read better without references, and a fixture that cannot be built fails its test"
)]

mod approving;
#[path = "../../../../tests/damage/mod.rs"]
mod damage;
mod damaged;
mod exits;
mod fixture;
mod folding;
mod gates;
mod invariants;
mod judging;
mod orders;
mod planning;
mod planning_laws;
mod reconstructing;
mod records;
mod repairing;
mod replaying;
mod reviewing;
mod revising;
mod spreads;
mod stranded;
mod switching;
mod units;
mod words;
