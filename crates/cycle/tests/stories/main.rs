//! Stories of the cycle over a world in memory: EXECUTION §3 to §6 as specification.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests, where a panic is the failure"
)]

mod crashes;
mod cut_short;
mod data;
mod day;
mod deadlines;
mod exits;
mod fills;
mod halts;
mod holdings;
mod holes;
mod lifecycle;
mod listings;
mod real_splits;
mod rehearsals;
mod revisions;
mod runners;
mod sessions;
mod sightings;
mod splits;
mod spreads;
mod support;
mod together;
mod unanswered;
mod untraded;
