//! Portfolio, orders, plan, limits, invariants, and the words of the journal.
//!
//! Pure: no clock, network, store or runtime. [`judge::judge`] turns what a slot saw into what it
//! does; [`approve::approve`] is the only way to an order the broker port takes; [`state::State`]
//! is the journal folded; [`replay::Replay`] computes it all again from the record.

pub mod account;
pub mod approve;
pub mod fill;
pub mod flow;
pub mod gates;
pub mod health;
pub mod holes;
pub mod invariants;
pub mod judge;
pub mod observation;
pub mod order;
pub mod outcome;
mod ownership;
pub mod plan;
pub mod portfolio;
pub mod reason;
pub mod record;
pub mod repair;
pub mod replay;
pub mod review;
pub mod revision;
pub mod settings;
pub mod spread;
pub mod state;
pub mod stranded;
pub mod unit;
mod words;
