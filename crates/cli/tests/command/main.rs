//! The command as its user meets it: help, output, errors, exit codes.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on fails, helpers included"
)]

mod backtest;
mod bad_input;
mod beginning;
mod care;
mod checking;
mod configuration;
mod daemon;
mod data;
mod dirty;
mod faults;
mod fetching;
mod folder;
mod help;
mod killed;
mod looking;
mod mending;
mod parity;
mod quickstart;
mod reading;
mod real_bars;
mod real_money;
mod relay;
mod repairing;
mod running;
mod simulating;
mod stops;
mod study;
mod supervised;
mod sweep;
mod switching;
mod synthetic;
mod trading;
mod wire;
mod word;
