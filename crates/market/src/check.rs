//! Bars on trial: what a source wrote against the grid, the calendar, the clock and itself.
//!
//! A row that fails is named with its reason and kept out; no value is ever guessed or repaired.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::bar::{Bar, Interval, RawBar};
use crate::calendar::{Calendar, Session};
use crate::money::{Decimal, MoneyError, Price};
use crate::time::{Date, Instant, new_york_date, new_york_text};

/// What is left of a source's rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// The sound bars, oldest first, each start once. The newest may still be forming.
    pub bars: Vec<Bar>,
    /// The rows kept out, oldest first.
    pub rejected: Vec<Rejected>,
    /// How many identical twins were dropped.
    pub duplicates: usize,
}

/// A row kept out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejected {
    /// The start it claimed.
    pub start: Instant,
    /// Why.
    pub reason: Reject,
}

/// Why a row is no bar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reject {
    /// Inside a session, but no bar of the interval starts there.
    OffGrid,
    /// No session then: night, weekend, holiday, after an early close, or outside the calendar.
    OutsideSession,
    /// A text that is no finite number.
    NotANumber {
        /// Where it stood.
        field: Field,
        /// What stood there.
        text: String,
    },
    /// Zero or below, which no price is.
    NotPositive {
        /// Where it stood.
        field: Field,
        /// What stood there.
        text: String,
    },
    /// A number that no share costs.
    OutOfRange {
        /// Where it stood.
        field: Field,
        /// What stood there.
        text: String,
    },
    /// High and low do not bound open and close.
    Inconsistent,
    /// Another row has the same start and other values; neither can be believed.
    ConflictingTwin,
    /// It begins after now.
    Future,
}

/// A column of a bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// First price.
    Open,
    /// Highest price.
    High,
    /// Lowest price.
    Low,
    /// Last price.
    Close,
    /// Shares traded.
    Volume,
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Open => "open",
            Self::High => "high",
            Self::Low => "low",
            Self::Close => "close",
            Self::Volume => "volume",
        })
    }
}

impl fmt::Display for Reject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OffGrid => f.write_str("starts off the bar grid"),
            Self::OutsideSession => f.write_str("starts outside the session"),
            Self::NotANumber { field, text } => write!(f, "{field} `{text}` is not a number"),
            Self::NotPositive { field, text } => write!(f, "{field} {text} is not above 0"),
            Self::OutOfRange { field, text } => write!(f, "{field} {text} is no price of a share"),
            Self::Inconsistent => f.write_str("high and low do not bound open and close"),
            Self::ConflictingTwin => f.write_str("another row has this start and other values"),
            Self::Future => f.write_str("starts in the future"),
        }
    }
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", new_york_text(self.start), self.reason)
    }
}

/// Sorts a source's rows and keeps out what is no bar of `interval` at or before `now`.
///
/// Of twins with the same values one stays; twins with other values are all rejected, for nothing
/// says which is right. A zero volume beside a price means the source does not know it.
#[must_use]
pub fn check(rows: Vec<RawBar>, interval: Interval, calendar: &Calendar, now: Instant) -> Checked {
    let mut sound = Vec::with_capacity(rows.len());
    let mut rejected = Vec::new();
    let mut days = Days::new(calendar);
    for row in rows {
        let start = row.start;
        match days
            .place(start, interval, now)
            .and_then(|()| Texts::of(&row).bar(start))
        {
            Ok(bar) => sound.push(bar),
            Err(reason) => rejected.push(Rejected { start, reason }),
        }
    }
    let mut checked = Checked {
        bars: Vec::with_capacity(sound.len()),
        rejected,
        duplicates: 0,
    };
    // Vendors send either order, and a sort that keeps twins in theirs takes one pass for both.
    sound.sort_by_key(|bar| bar.start);
    for twins in sound.chunk_by(|a, b| a.start == b.start) {
        checked.settle(twins);
    }
    checked.rejected.sort_by_key(|row| row.start);
    checked
}

impl Checked {
    /// Takes the rows of one start.
    fn settle(&mut self, twins: &[Bar]) {
        let (first, others) = twins.split_first().expect("no chunk is empty");
        if others.iter().all(|other| other == first) {
            self.bars.push(*first);
            self.duplicates += others.len();
        } else {
            let start = first.start;
            let conflict = Rejected {
                start,
                reason: Reject::ConflictingTwin,
            };
            self.rejected.extend(twins.iter().map(|_| conflict.clone()));
        }
    }
}

/// The calendar with the last day asked for at hand, since neighbouring rows share it.
struct Days<'a> {
    calendar: &'a Calendar,
    last: Option<(Date, Option<Session>)>,
}

impl<'a> Days<'a> {
    const fn new(calendar: &'a Calendar) -> Self {
        Self {
            calendar,
            last: None,
        }
    }

    fn session(&mut self, start: Instant) -> Option<Session> {
        if let Some((_, Some(session))) = self.last
            && session.contains(start)
        {
            return Some(session);
        }
        let date = new_york_date(start);
        if let Some((_, session)) = self.last.filter(|(known, _)| *known == date) {
            return session;
        }
        // A day that the calendar does not know has no session we could vouch for.
        let session = self.calendar.session(date).ok().flatten();
        self.last = Some((date, session));
        session
    }

    /// Whether a bar may start here.
    fn place(&mut self, start: Instant, interval: Interval, now: Instant) -> Result<(), Reject> {
        if start > now {
            return Err(Reject::Future);
        }
        let session = self.session(start).ok_or(Reject::OutsideSession)?;
        if session.is_bar_start(interval, start) {
            return Ok(());
        }
        let trading = session.contains(start) || interval == Interval::OneDay;
        Err(if trading {
            Reject::OffGrid
        } else {
            Reject::OutsideSession
        })
    }
}

/// The texts of one row's values, wherever they stand.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Texts<'a> {
    pub(crate) open: &'a str,
    pub(crate) high: &'a str,
    pub(crate) low: &'a str,
    pub(crate) close: &'a str,
    pub(crate) volume: Option<&'a str>,
}

impl<'a> Texts<'a> {
    fn of(row: &'a RawBar) -> Self {
        let RawBar {
            start: _,
            open,
            high,
            low,
            close,
            volume,
        } = row;
        Self {
            open,
            high,
            low,
            close,
            volume: volume.as_deref(),
        }
    }

    /// The bar that the texts spell.
    pub(crate) fn bar(self, start: Instant) -> Result<Bar, Reject> {
        let open = price(Field::Open, self.open)?;
        let high = price(Field::High, self.high)?;
        let low = price(Field::Low, self.low)?;
        let close = price(Field::Close, self.close)?;
        // A price without a share traded: the source does not know the volume.
        let volume = self
            .volume
            .map(volume)
            .transpose()?
            .filter(|shares| *shares > 0);
        Bar::new(start, open, high, low, close, volume).map_err(|_| Reject::Inconsistent)
    }
}

fn price(field: Field, text: &str) -> Result<Price, Reject> {
    let trimmed = text.trim();
    let text = || trimmed.to_owned();
    match trimmed.parse::<Price>() {
        // The decimal reader takes `1_000`; no vendor writes that, so it is damage.
        Ok(price) if !trimmed.contains('_') => Ok(price),
        Err(MoneyError::OutOfRange { value, .. }) if value <= Decimal::ZERO => {
            let text = text();
            Err(Reject::NotPositive { field, text })
        }
        Err(MoneyError::OutOfRange { .. }) => {
            let text = text();
            Err(Reject::OutOfRange { field, text })
        }
        _ => {
            let text = text();
            Err(Reject::NotANumber { field, text })
        }
    }
}

/// A volume in whole shares; some sources write `1200.0` or fractions, which are floored.
fn volume(text: &str) -> Result<u64, Reject> {
    let text = text.trim();
    if let Ok(shares) = text.parse::<u64>() {
        return Ok(shares);
    }
    let field = Field::Volume;
    let refused = || Reject::NotANumber {
        field,
        text: text.to_owned(),
    };
    let value = Decimal::from_scientific(text)
        .or_else(|_| text.parse())
        .map_err(|_| refused())?;
    if value.is_sign_negative() {
        return Err(Reject::NotPositive {
            field,
            text: text.to_owned(),
        });
    }
    u64::try_from(value.trunc()).map_err(|_| refused())
}
