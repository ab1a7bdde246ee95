//! The operator's desk: pages that show a journal while it grows, and the one switch that must be
//! within reach.
//!
//! [`Desk::open`] wants ports and a few words, [`Desk::follow`] reads the chain and goes on reading
//! as it grows, [`Desk::router`] serves the pages. Every page is made here, whole, from what the
//! follower has folded; the browser runs one small script that fetches the page again when the
//! chain has grown. What a slot says comes from `chronicle`, the same words as on the terminal.
//!
//! Reading is free to whoever reaches a loopback address. Everything else, and every read from any
//! other address, takes the token ([`door`]). Deliberately absent: orders, keys, any vendor, and
//! anything that is not in the journal.

pub mod board;
pub mod book;
pub mod chart;
pub mod desk;
pub mod door;
mod guard;
mod live;
mod metrics;
mod page;
mod research;
mod routes;

pub use board::{Halt, Switchboard, Unswitched};
pub use desk::{Desk, Opening};
pub use door::Door;
