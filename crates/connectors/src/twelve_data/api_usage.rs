//! `GET /api_usage`: credits used and granted, of the minute and, where the plan counts days, of the
//! day.

use crate::wire::{Object, Unreadable};

/// The endpoint; whether it costs a credit itself is not documented.
pub const PATH: &str = "/api_usage";

/// Credits of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usage {
    /// Used in the current minute, by all who use the key.
    pub minute_used: u32,
    /// Granted a minute.
    pub minute_limit: u32,
    /// Used and granted a day; `None` for a plan that counts no days.
    pub day: Option<(u32, u32)>,
    /// The plan's name.
    pub plan: Option<String>,
}

/// The credits of a good answer.
///
/// # Errors
/// [`Unreadable`] when the minute's are missing.
pub fn read(bytes: &[u8]) -> Result<Usage, Unreadable> {
    let usage = Object::parse("api_usage", bytes)?;
    Ok(Usage {
        minute_used: usage.needed("current_usage")?,
        minute_limit: usage.needed("plan_limit")?,
        day: usage
            .lenient("daily_usage")
            .zip(usage.lenient("plan_daily_limit")),
        plan: usage.text("plan_category"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_without_a_day_has_none() {
        let free = br#"{"timestamp":"2026-11-20 15:30:05","current_usage":3,"plan_limit":8,"daily_usage":41,"plan_daily_limit":800,"plan_category":"basic"}"#;
        let usage = read(free).unwrap();
        assert_eq!((usage.minute_used, usage.minute_limit), (3, 8));
        assert_eq!(
            (usage.day, usage.plan.as_deref()),
            (Some((41, 800)), Some("basic"))
        );
        let paid = br#"{"timestamp":"2026-11-20 15:30:05","current_usage":3,"plan_limit":610}"#;
        assert_eq!(read(paid).unwrap().day, None);
        insta::assert_snapshot!(read(b"{}").unwrap_err(), @"api_usage: `current_usage` is missing");
    }
}
