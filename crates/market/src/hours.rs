//! Hours: session-anchored 1-hour bars, built by us from finer ones.
//!
//! Hours begin at the open and every 60 minutes after it, the last cut at the close. What is
//! closed and what is still forming is decided by the clock alone.

use serde::{Deserialize, Serialize};

use crate::bar::{Bar, Interval};
use crate::calendar::{Calendar, CalendarError, HourSpan, Session};
use crate::money::Price;
use crate::time::{Instant, new_york_date};

/// One session-anchored hour; prices in dollars.
///
/// As JSON a compact array, since a record holds some 230 of them:
/// `[start, end, "open", "high", "low", "close", volume]`, times in seconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "HourRow", into = "HourRow")]
pub struct Hour {
    /// First moment.
    pub start: Instant,
    /// First moment after it.
    pub end: Instant,
    /// Open of its first bar.
    pub open: Price,
    /// Highest price.
    pub high: Price,
    /// Lowest price.
    pub low: Price,
    /// Close of its last bar.
    pub close: Price,
    /// Shares traded; `None` when any of its bars does not know.
    pub volume: Option<u64>,
}

/// The hours that bars make at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hours {
    /// Hours that have ended, oldest first.
    pub closed: Vec<Hour>,
    /// The hour under way, from what it has so far.
    pub forming: Option<Hour>,
    /// Bars that should exist and do not, oldest first.
    pub gaps: Vec<Gap>,
}

/// A bar that the calendar expects and nobody gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Gap {
    /// Where the bar should start.
    pub start: Instant,
}

/// Builds the hours that `bars` make at `now`.
///
/// `bars` are checked ones of `interval`, at most an hour, oldest first
/// ([`crate::check::check`]); rows that are no bar of that grid, or begin after `now`, count for
/// nothing. An hour is closed once its end has passed. A bar whose end has not passed belongs to
/// the forming hour only. An hour that misses bars is built from those it has, one without any is
/// skipped; each missing bar between the first given and `now` is reported once its end has passed.
///
/// # Errors
/// [`CalendarError::OutOfRange`] when the first bar or `now` leaves the calendar.
pub fn build(
    bars: &[Bar],
    interval: Interval,
    calendar: &Calendar,
    now: Instant,
) -> Result<Hours, CalendarError> {
    let mut hours = Hours {
        closed: Vec::new(),
        forming: None,
        gaps: Vec::new(),
    };
    let Some(first) = bars.first().filter(|bar| bar.start <= now) else {
        return Ok(hours);
    };
    let mut given = Given {
        bars,
        from: first.start,
    };
    for session in calendar.sessions(new_york_date(first.start), new_york_date(now))? {
        for span in session
            .hours()
            .into_iter()
            .take_while(|span| span.start <= now)
        {
            hours.add(&mut given, &session, span, interval, now);
        }
    }
    Ok(hours)
}

/// The bars not yet used, consumed front to back.
struct Given<'a> {
    bars: &'a [Bar],
    /// Start of the very first, before which nothing is expected.
    from: Instant,
}

impl Given<'_> {
    /// The bar at `start`, if it was given; whatever lies before it is dropped.
    fn take(&mut self, start: Instant) -> Option<Bar> {
        let skipped = self.bars.iter().take_while(|bar| bar.start < start).count();
        self.bars = &self.bars[skipped..];
        self.bars.first().copied().filter(|bar| bar.start == start)
    }
}

impl Hours {
    /// Builds one hour from the bars that fall in it.
    fn add(
        &mut self,
        given: &mut Given<'_>,
        session: &Session,
        span: HourSpan,
        interval: Interval,
        now: Instant,
    ) {
        let mut hour: Option<Hour> = None;
        let mut start = span.start;
        while start < span.end && start <= now {
            let end = session.bar_end(interval, start);
            match given.take(start) {
                Some(bar) => hour = Some(extend(hour, &bar, span)),
                None if end <= now && start >= given.from => self.gaps.push(Gap { start }),
                None => {}
            }
            start = end;
        }
        if span.end <= now {
            self.closed.extend(hour);
        } else {
            self.forming = hour;
        }
    }
}

/// The hour with one more bar at its end.
fn extend(hour: Option<Hour>, bar: &Bar, span: HourSpan) -> Hour {
    match hour {
        None => Hour {
            start: span.start,
            end: span.end,
            open: bar.open,
            high: bar.high,
            low: bar.low,
            close: bar.close,
            volume: bar.volume,
        },
        Some(so_far) => Hour {
            high: so_far.high.max(bar.high),
            low: so_far.low.min(bar.low),
            close: bar.close,
            volume: so_far
                .volume
                .zip(bar.volume)
                .map(|(a, b)| a.saturating_add(b)),
            ..so_far
        },
    }
}

/// An hour as a record stores it.
#[derive(Serialize, Deserialize)]
struct HourRow(i64, i64, Price, Price, Price, Price, Option<u64>);

impl From<Hour> for HourRow {
    fn from(hour: Hour) -> Self {
        let (start, end) = (hour.start.as_second(), hour.end.as_second());
        Self(
            start,
            end,
            hour.open,
            hour.high,
            hour.low,
            hour.close,
            hour.volume,
        )
    }
}

impl TryFrom<HourRow> for Hour {
    type Error = String;

    fn try_from(row: HourRow) -> Result<Self, String> {
        let HourRow(start, end, open, high, low, close, volume) = row;
        let instant = |second: i64| {
            Instant::from_second(second).map_err(|_| format!("{second} is not a time in seconds"))
        };
        let hour = Self {
            start: instant(start)?,
            end: instant(end)?,
            open,
            high,
            low,
            close,
            volume,
        };
        if hour.start >= hour.end {
            return Err(format!("hour from {start} to {end} is empty"));
        }
        Bar::new(hour.start, open, high, low, close, volume)
            .map_err(|defect| defect.to_string())?;
        Ok(hour)
    }
}
