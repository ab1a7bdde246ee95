//! The vendors' wires behind the ports of `cycle`: Alpaca, Twelve Data and FMP over one HTTP
//! client, the system's clock and entropy, and their assembly.
//!
//! Only this crate knows a vendor's address, word or number format. Every adapter reads with
//! tolerance: fields it does not use may come, go or change their type; the few that money hangs
//! on are errors when missing, never zeros. Nothing here retries: the cycle decides that, on its
//! clock. [`assemble::assemble`] is the one place where settings become sources and a broker.

pub mod alerts;
pub mod alpaca;
pub mod assemble;
pub mod budget;
pub mod clock;
pub mod entropy;
pub mod fmp;
pub mod history;
pub mod http;
pub mod kept;
#[cfg(test)]
mod loopback;
pub mod secret;
pub mod twelve_data;
pub mod webhook;
pub mod wire;
