//! `GET /api_usage`: credits used and granted, of this minute and, where the plan counts days, of
//! today. The call itself may cost a credit (unconfirmed), and is counted as one.

use crate::budget::Rate;
use crate::wire::{Object, Unreadable};

/// The endpoint.
pub const PATH: &str = "/api_usage";

/// What a key has used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// In this minute of the wall clock.
    pub minute: Rate,
    /// In this day of UTC; `None` on plans without a day's limit.
    pub day: Option<Rate>,
}

/// The counts of a good answer.
///
/// # Errors
/// [`Unreadable`] when the minute's counts are missing, or a day has one count without the other.
pub fn read(bytes: &[u8]) -> Result<Usage, Unreadable> {
    let usage = Object::parse("api_usage", bytes)?;
    let minute = Rate {
        used: usage.needed("current_usage")?,
        limit: usage.needed("plan_limit")?,
    };
    let day = match usage.optional("plan_daily_limit")? {
        None => None,
        Some(limit) => Some(Rate {
            used: usage.needed("daily_usage")?,
            limit,
        }),
    };
    Ok(Usage { minute, day })
}
