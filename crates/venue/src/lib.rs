//! The local exchange: our counterparty.
//!
//! [`model`] is the exchange itself: a market made from bars, an account, and orders that live
//! and fill. It is pure: no async, no I/O, no clock. Time is handed in and every draw comes from
//! one seed, so that the same calls give the same fills. [`synthetic`] makes bars for it from a
//! seed. [`fault`] names everything that can go wrong on purpose, in the exchange and on the wire.
//! `http` (feature `http`) puts the wire faces of Alpaca, Twelve Data and FMP on it, and a
//! `/control` face of our own that moves its clock and sets faults.
//!
//! It shares nothing with the code that trades against it but money, symbols, time, bars and the
//! calendar: matching, accounting, the status machine and every JSON type are its own, so that an
//! error in reading a vendor cannot hide behind the same error in imitating it.

pub mod fault;
#[cfg(feature = "http")]
pub mod http;
pub mod model;
pub mod synthetic;

pub use model::{Config, Venue};
