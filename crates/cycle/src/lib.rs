//! The ports and the cycle of one slot: open, recover, gate, observe, decide, act, verify, close.

pub mod port;
