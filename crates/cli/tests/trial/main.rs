//! The shipping cycle on trial: real connectors over real HTTP, slot after slot as `tqqq run` takes
//! them, and a local exchange in which something goes wrong on purpose.
//!
//! `faults` takes every fault there is, alone, through the situation in which it strikes; the table
//! of what must come of it is docs/faults.md, read from there. `month` draws a fault for every slot
//! of a month; `kills` takes the command itself and kills it, hundreds of times; `weeks` goes through those in which clocks change or sessions end early, `splits`
//! through the real ones. `world` is one exchange with one runner, `prices` the market it plays,
//! `situation` the moments at which faults are set, `laws` what holds whatever happened.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on fails, helpers included"
)]

mod clock;
mod draws;
mod faults;
mod kills;
mod laws;
mod month;
mod prices;
#[path = "../command/real_bars.rs"]
mod real_bars;
mod reaper;
mod situation;
mod splits;
mod told;
mod weeks;
mod world;
