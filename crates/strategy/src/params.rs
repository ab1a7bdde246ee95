//! The strategy's settings.

use serde::{Deserialize, Serialize};

/// Longest average, in hours.
pub const SLOW_MAX: u32 = 1000;
/// Default warm-up in multiples of the slow average: the first close then weighs less than 3e-9.
pub const WARMUP_PER_SLOW: u32 = 10;
/// Longest warm-up, in hours; a whole history of hours is shorter.
pub const WARMUP_HOURS_MAX: u32 = 100_000;
/// Hours that a live window holds beyond the warm-up, so that a few missing ones refuse nothing.
pub const WINDOW_RESERVE_HOURS: u32 = 30;

/// Which hours the averages see.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HoursMode {
    /// Closed hours only.
    #[default]
    Closed,
    /// Also the hour under way, the price being its close so far.
    Forming,
}

/// When a position is left.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExitRule {
    /// On a bearish signal; a neutral one keeps what there is.
    #[default]
    Confirmed,
    /// On whatever is not bullish.
    Broken,
}

/// Checked settings: `1 <= fast < slow <= 1000`, warm-up at most 100 000 hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "ParamsFields")]
#[non_exhaustive]
pub struct Params {
    /// Span of the fast average, in hours.
    pub fast: u32,
    /// Span of the slow average, in hours.
    pub slow: u32,
    /// Which hours the averages see.
    pub hours: HoursMode,
    /// When a position is left.
    pub exit: ExitRule,
    /// Closed hours needed before the first signal.
    pub warmup_hours: u32,
}

/// Settings that mean nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParamsError {
    /// An average over nothing.
    #[error("fast = 0: an average needs at least 1 hour")]
    FastZero,
    /// The averages are in the wrong order.
    #[error("fast = {fast} must be below slow = {slow}")]
    FastNotBelowSlow {
        /// The fast span given.
        fast: u32,
        /// The slow span given.
        slow: u32,
    },
    /// The slow average is too long.
    #[error("slow = {slow} must be at most 1000 hours")]
    SlowTooLong {
        /// The slow span given.
        slow: u32,
    },
    /// The warm-up is too long.
    #[error("warmup_hours = {warmup_hours} must be at most 100000")]
    WarmupTooLong {
        /// The warm-up given.
        warmup_hours: u32,
    },
}

impl Params {
    /// Averages over `fast` and `slow` hours; closed hours, confirmed exits, warm-up 10 × slow.
    ///
    /// # Errors
    /// [`ParamsError`] unless `1 <= fast < slow <= 1000`.
    pub fn new(fast: u32, slow: u32) -> Result<Self, ParamsError> {
        if fast == 0 {
            return Err(ParamsError::FastZero);
        }
        if fast >= slow {
            return Err(ParamsError::FastNotBelowSlow { fast, slow });
        }
        if slow > SLOW_MAX {
            return Err(ParamsError::SlowTooLong { slow });
        }
        Ok(Self {
            fast,
            slow,
            hours: HoursMode::default(),
            exit: ExitRule::default(),
            warmup_hours: slow * WARMUP_PER_SLOW,
        })
    }

    /// The same with these hours.
    #[must_use]
    pub const fn with_hours(self, hours: HoursMode) -> Self {
        Self { hours, ..self }
    }

    /// The same with this exit rule.
    #[must_use]
    pub const fn with_exit(self, exit: ExitRule) -> Self {
        Self { exit, ..self }
    }

    /// The same with this warm-up, in hours; with 0 the first closed hour is enough.
    ///
    /// # Errors
    /// [`ParamsError::WarmupTooLong`] above 100 000.
    pub fn with_warmup_hours(self, warmup_hours: u32) -> Result<Self, ParamsError> {
        if warmup_hours > WARMUP_HOURS_MAX {
            return Err(ParamsError::WarmupTooLong { warmup_hours });
        }
        Ok(Self {
            warmup_hours,
            ..self
        })
    }

    /// How many closed hours a live slot folds: exactly the newest so many, or all when there are
    /// fewer. Live and replay start their averages at the same hour by this number.
    #[must_use]
    pub const fn window_hours(&self) -> u32 {
        self.warmup_hours + WINDOW_RESERVE_HOURS
    }
}

/// 10 and 20 hours, closed, confirmed, warm-up 200.
impl Default for Params {
    fn default() -> Self {
        Self::new(10, 20).expect("1 <= 10 < 20 <= 1000")
    }
}

/// The settings as text carries them, before they are checked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ParamsFields {
    fast: u32,
    slow: u32,
    #[serde(default)]
    hours: HoursMode,
    #[serde(default)]
    exit: ExitRule,
    warmup_hours: Option<u32>,
}

impl TryFrom<ParamsFields> for Params {
    type Error = ParamsError;

    fn try_from(fields: ParamsFields) -> Result<Self, ParamsError> {
        let params = Self::new(fields.fast, fields.slow)?
            .with_hours(fields.hours)
            .with_exit(fields.exit);
        match fields.warmup_hours {
            Some(hours) => params.with_warmup_hours(hours),
            None => Ok(params),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_ten_and_twenty_closed_hours_with_a_window_of_230() {
        let params = Params::default();
        assert_eq!((params.fast, params.slow), (10, 20));
        assert_eq!(
            (params.hours, params.exit),
            (HoursMode::Closed, ExitRule::Confirmed)
        );
        assert_eq!((params.warmup_hours, params.window_hours()), (200, 230));
    }

    #[test]
    fn settings_that_mean_nothing_are_refused_with_their_values() {
        let warmup = Params::default().with_warmup_hours(100_001).unwrap_err();
        let cases = [
            (
                Params::new(0, 20).unwrap_err(),
                "fast = 0: an average needs at least 1 hour",
            ),
            (
                Params::new(20, 20).unwrap_err(),
                "fast = 20 must be below slow = 20",
            ),
            (
                Params::new(30, 20).unwrap_err(),
                "fast = 30 must be below slow = 20",
            ),
            (
                Params::new(10, 1001).unwrap_err(),
                "slow = 1001 must be at most 1000 hours",
            ),
            (warmup, "warmup_hours = 100001 must be at most 100000"),
        ];
        for (error, message) in cases {
            assert_eq!(error.to_string(), message);
        }
        assert!(Params::new(1, 1000).is_ok());
    }

    #[test]
    fn json_is_read_through_the_same_checks() {
        let params = Params::default()
            .with_exit(ExitRule::Broken)
            .with_hours(HoursMode::Forming);
        let json = serde_json::to_string(&params).unwrap();
        assert_eq!(
            json,
            r#"{"fast":10,"slow":20,"hours":"forming","exit":"broken","warmup_hours":200}"#
        );
        assert_eq!(serde_json::from_str::<Params>(&json).unwrap(), params);
        assert_eq!(
            serde_json::from_str::<Params>(r#"{"fast":5,"slow":9}"#)
                .unwrap()
                .warmup_hours,
            90
        );
        assert!(serde_json::from_str::<Params>(r#"{"fast":9,"slow":9}"#).is_err());
        assert!(serde_json::from_str::<Params>(r#"{"fast":5,"slow":9,"fats":1}"#).is_err());
    }
}
