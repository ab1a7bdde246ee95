//! The command as its user meets it: help, output, errors, exit codes.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on fails, helpers included"
)]

mod bad_input;
mod configuration;
mod daemon;
mod data;
mod faults;
mod folder;
mod help;
mod killed;
mod looking;
mod reading;
mod running;
mod simulating;
mod switching;
