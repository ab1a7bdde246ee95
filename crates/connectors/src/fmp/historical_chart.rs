//! `GET /stable/historical-chart/{interval}`: bars by their opening moment, split-adjusted.
//!
//! Newest first, the newest one still forming; times are New York's without saying so; numbers are
//! JSON numbers, taken digit by digit. Order, forming bars and rows outside the session (a closing
//! print at 16:00 has been seen) are the reader's business.

use market::{Interval, RawBar};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::wire::{Unreadable, new_york_moment, not_json, verbatim};

const WHAT: &str = "historical_chart";

/// The endpoint of an interval; `None` for one that the vendor does not have.
#[must_use]
pub const fn path(interval: Interval) -> Option<&'static str> {
    Some(match interval {
        Interval::OneMinute => "/stable/historical-chart/1min",
        Interval::FiveMinutes => "/stable/historical-chart/5min",
        Interval::FifteenMinutes => "/stable/historical-chart/15min",
        Interval::ThirtyMinutes => "/stable/historical-chart/30min",
        Interval::OneHour => "/stable/historical-chart/1hour",
        Interval::OneDay => return None,
    })
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Row<'a> {
    #[serde(borrow)]
    date: Option<&'a RawValue>,
    #[serde(borrow)]
    open: Option<&'a RawValue>,
    #[serde(borrow)]
    low: Option<&'a RawValue>,
    #[serde(borrow)]
    high: Option<&'a RawValue>,
    #[serde(borrow)]
    close: Option<&'a RawValue>,
    #[serde(borrow)]
    volume: Option<&'a RawValue>,
}

/// The rows of a good answer, in the vendor's order, prices unchecked. The empty list is the
/// vendor's word for "no such rows".
///
/// # Errors
/// [`Unreadable`] for anything but a list of objects, and for a row whose moment cannot be read.
pub fn read(bytes: &[u8]) -> Result<Vec<RawBar>, Unreadable> {
    let rows: Vec<Row> =
        serde_json::from_slice(bytes).map_err(|error| not_json(WHAT, bytes, &error))?;
    rows.iter()
        .enumerate()
        .map(|(at, row)| raw_bar(at, row))
        .collect()
}

fn raw_bar(at: usize, row: &Row) -> Result<RawBar, Unreadable> {
    let (what, field) = (|| format!("{WHAT} row {}", at + 1), || "date".to_owned());
    let date = verbatim(row.date);
    if date.is_empty() {
        return Err(Unreadable::Missing {
            what: what(),
            field: field(),
        });
    }
    // A bar within a day has a time; a bare date would be read as midnight.
    let start = new_york_moment(&date).filter(|_| date.contains(' '));
    let start = start.ok_or_else(|| Unreadable::Invalid {
        what: what(),
        field: field(),
        value: format!("`{date}`"),
        why: "not a date and time".into(),
    })?;
    Ok(RawBar {
        start,
        open: verbatim(row.open).into_owned(),
        high: verbatim(row.high).into_owned(),
        low: verbatim(row.low).into_owned(),
        close: verbatim(row.close).into_owned(),
        volume: row.volume.map(|raw| verbatim(Some(raw)).into_owned()),
    })
}
