//! Bars: open, high, low, close and volume over one span of time.
//!
//! A [`Bar`] is named by its start and always consistent: its high and low bound its open and
//! close. A [`RawBar`] is what a source wrote, before anyone looked; [`crate::check`] turns the one
//! into the other. Which spans exist on a day is the calendar's knowledge, not a bar's.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::money::Price;
use crate::time::{Duration, Instant, minutes};

/// The span of a bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Interval {
    /// One minute.
    OneMinute,
    /// Five minutes.
    FiveMinutes,
    /// Fifteen minutes.
    FifteenMinutes,
    /// Thirty minutes.
    ThirtyMinutes,
    /// One hour on the session grid; the last of a session is cut at its close.
    OneHour,
    /// One session, named by New York midnight of its date.
    OneDay,
}

/// The text names no interval.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not an interval: use 1m, 5m, 15m, 30m, 1h or 1d")]
pub struct IntervalError {
    text: String,
}

impl Interval {
    /// Every interval, shortest first.
    pub const ALL: [Self; 6] = [
        Self::OneMinute,
        Self::FiveMinutes,
        Self::FifteenMinutes,
        Self::ThirtyMinutes,
        Self::OneHour,
        Self::OneDay,
    ];

    /// The nominal length of a bar. A bar that a session's close cuts is shorter: ask
    /// [`crate::calendar::Session::bar_end`] where a bar ends.
    #[must_use]
    pub const fn duration(self) -> Duration {
        minutes(match self {
            Self::OneMinute => 1,
            Self::FiveMinutes => 5,
            Self::FifteenMinutes => 15,
            Self::ThirtyMinutes => 30,
            Self::OneHour => 60,
            Self::OneDay => 24 * 60,
        })
    }

    const fn text(self) -> &'static str {
        match self {
            Self::OneMinute => "1m",
            Self::FiveMinutes => "5m",
            Self::FifteenMinutes => "15m",
            Self::ThirtyMinutes => "30m",
            Self::OneHour => "1h",
            Self::OneDay => "1d",
        }
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.text())
    }
}

impl FromStr for Interval {
    type Err = IntervalError;

    fn from_str(text: &str) -> Result<Self, IntervalError> {
        Self::ALL
            .into_iter()
            .find(|interval| interval.text() == text)
            .ok_or_else(|| IntervalError {
                text: text.to_owned(),
            })
    }
}

impl TryFrom<String> for Interval {
    type Error = IntervalError;

    fn try_from(text: String) -> Result<Self, IntervalError> {
        text.parse()
    }
}

impl From<Interval> for String {
    fn from(interval: Interval) -> String {
        interval.text().to_owned()
    }
}

/// A consistent bar, named by its start; prices in dollars.
///
/// Only [`Bar::new`] makes one, so that `low <= open, close <= high` always holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Bar {
    /// The moment the span begins.
    pub start: Instant,
    /// Price of the first trade.
    pub open: Price,
    /// Highest price.
    pub high: Price,
    /// Lowest price.
    pub low: Price,
    /// Price of the last trade.
    pub close: Price,
    /// Shares traded, where the source knows it.
    pub volume: Option<u64>,
}

/// Why five numbers are no bar.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BarDefect {
    /// The range is empty.
    #[error("high {high} is below low {low}")]
    HighBelowLow {
        /// The high given.
        high: Price,
        /// The low given.
        low: Price,
    },
    /// The bar opens where it never traded.
    #[error("open {open} is outside {low} to {high}")]
    OpenOutsideRange {
        /// The open given.
        open: Price,
        /// The low given.
        low: Price,
        /// The high given.
        high: Price,
    },
    /// The bar closes where it never traded.
    #[error("close {close} is outside {low} to {high}")]
    CloseOutsideRange {
        /// The close given.
        close: Price,
        /// The low given.
        low: Price,
        /// The high given.
        high: Price,
    },
}

impl Bar {
    /// A bar whose high and low bound its open and close.
    ///
    /// # Errors
    /// [`BarDefect`] when they do not.
    pub fn new(
        start: Instant,
        open: Price,
        high: Price,
        low: Price,
        close: Price,
        volume: Option<u64>,
    ) -> Result<Self, BarDefect> {
        let range = low..=high;
        if range.is_empty() {
            return Err(BarDefect::HighBelowLow { high, low });
        }
        if !range.contains(&open) {
            return Err(BarDefect::OpenOutsideRange { open, low, high });
        }
        if !range.contains(&close) {
            return Err(BarDefect::CloseOutsideRange { close, low, high });
        }
        Ok(Self {
            start,
            open,
            high,
            low,
            close,
            volume,
        })
    }
}

/// A bar as its source wrote it: texts that may be `NaN`, `null`, `inf` or empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawBar {
    /// The moment the span begins, already made explicit by the adapter.
    pub start: Instant,
    /// Text of the open.
    pub open: String,
    /// Text of the high.
    pub high: String,
    /// Text of the low.
    pub low: String,
    /// Text of the close.
    pub close: String,
    /// Text of the volume; `None` where the source has no such field.
    pub volume: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(open: &str, high: &str, low: &str, close: &str) -> Result<Bar, BarDefect> {
        let price = |text: &str| text.parse::<Price>().unwrap();
        Bar::new(
            Instant::UNIX_EPOCH,
            price(open),
            price(high),
            price(low),
            price(close),
            None,
        )
    }

    #[test]
    fn a_bar_opens_and_closes_inside_its_range() {
        assert!(bar("10", "12", "9", "11").is_ok());
        assert!(bar("10", "10", "10", "10").is_ok());
        let cases = [
            (bar("10", "9", "12", "11"), "high 9 is below low 12"),
            (bar("8", "12", "9", "11"), "open 8 is outside 9 to 12"),
            (
                bar("10", "12", "9", "12.01"),
                "close 12.01 is outside 9 to 12",
            ),
        ];
        for (result, message) in cases {
            assert_eq!(result.unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn intervals_read_back_what_they_write() {
        for interval in Interval::ALL {
            assert_eq!(interval.to_string().parse::<Interval>().unwrap(), interval);
            let json = serde_json::to_string(&interval).unwrap();
            assert_eq!(serde_json::from_str::<Interval>(&json).unwrap(), interval);
        }
        assert_eq!(
            "2h".parse::<Interval>().unwrap_err().to_string(),
            "`2h` is not an interval: use 1m, 5m, 15m, 30m, 1h or 1d"
        );
    }
}
