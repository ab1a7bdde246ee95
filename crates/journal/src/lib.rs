//! The journal: an append-only, hash-chained record that is log, lock, audit and replay at once.
//!
//! [`Chain`] implements the `Journal` port of `cycle` over any [`Store`]: [`Memory`], or
//! `sqlite::Sqlite` (feature `sqlite`). [`canonical`] and [`row`] fix the bytes and the hash,
//! [`verify()`] walks a whole chain, [`check_links`] its links alone, `conformance` (feature of that name) is what every store must
//! pass. [`prune`] tells which raw answers a chain can do without.
//!
//! Invariants: a record is never changed or removed; an append is a compare-and-swap on number
//! *and* hash of the head; what is not known to have happened is read back before anything else is
//! done; nothing is returned from a read whose hash does not fit. Absent on purpose: a lock or
//! lease beside the chain (the chain is the lock), deletion of records, and any retry below [`Chain`].

pub mod body;
pub mod canonical;
pub mod chain;
#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
pub mod defect;
pub mod limits;
pub mod links;
pub mod memory;
pub mod prune;
pub mod row;
#[cfg(feature = "sqlite")]
pub mod sqlite;
pub mod store;
pub mod verify;

pub use chain::Chain;
pub use defect::{Defect, Flaw};
pub use links::check_links;
pub use memory::Memory;
pub use row::Row;
pub use store::{Batch, Put, Store, StoreError};
pub use verify::{Report, verify};
