//! The same ports on AWS: the journal in a DynamoDB table, keys from Secrets Manager, alerts through
//! SNS.
//!
//! [`Access`] says who asks, where and of whom; [`Table`] is a [`journal::Store`], so
//! [`journal::Chain`] over it is the `Journal` port; [`secret::read`] fetches the one secret;
//! [`Topic`] is the `Alerts` port. Every service is spoken to by [`Client`]: one signed POST a call,
//! with one total limit by the `Clock` port.
//!
//! Invariants: a write is sent once and never repeated below [`journal::Chain`]; reads and writes
//! of content under its own hash are repeated a few times, since they change nothing. Absent on
//! purpose: deletion, scans, batches, and any call that the roles in `infrastructure/` do not grant
//! ([`call::Call::actions`] is compared with them).

pub mod access;
pub mod alerts;
pub mod call;
pub mod client;
pub mod error;
pub mod limits;
#[cfg(feature = "local")]
pub mod local;
pub mod secret;
pub mod signature;
pub mod table;

pub use access::{Access, AccessError, Credentials};
pub use alerts::Topic;
pub use client::Client;
pub use error::AwsError;
pub use table::Table;
