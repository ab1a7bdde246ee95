//! `GET /time_series`: bars by their opening moment.
//!
//! New York time is asked for by name: for a US symbol that is the exchange's own zone too, so the
//! text means the same whether the parameter is honoured or not. Order is asked for and not relied
//! upon; the newest row may still be forming; both are the reader's business.

use cycle::port::BarRequest;
use market::{Interval, RawBar, Symbol};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::history::Span;
use crate::wire::{Object, Unreadable, new_york_moment, not_json, same, verbatim};

/// The endpoint.
pub const PATH: &str = "/time_series";
const WHAT: &str = "time_series";

/// Most rows the vendor gives.
pub const ROWS_MAX: usize = 5000;
/// Rows asked for beyond the expected ones: twins, and sessions our calendar does not know.
const ROWS_MARGIN: usize = 26;

/// The query of a request. Only `outputsize` bounds it: with dates the vendor ignores the size,
/// and the newest rows are always the ones wanted.
#[must_use]
pub fn query(request: &BarRequest) -> Vec<(&'static str, String)> {
    let rows = request.expected.saturating_add(ROWS_MARGIN).min(ROWS_MAX);
    vec![
        ("symbol", request.symbol.to_string()),
        ("interval", interval(request.interval).to_owned()),
        ("outputsize", rows.to_string()),
        ("timezone", "America/New_York".to_owned()),
        ("order", "asc".to_owned()),
    ]
}

/// The query of whole sessions. Whether the end belongs to the window is unconfirmed, so it is the
/// midnight after the last session, where only a daily bar that nobody asked for may start.
#[must_use]
pub fn window(span: &Span) -> Vec<(&'static str, String)> {
    let last = span.last.date;
    vec![
        ("symbol", span.symbol.to_string()),
        ("interval", interval(span.interval).to_owned()),
        ("start_date", format!("{} 00:00:00", span.first.date)),
        (
            "end_date",
            format!("{} 00:00:00", last.tomorrow().unwrap_or(last)),
        ),
        ("outputsize", ROWS_MAX.to_string()),
        ("timezone", "America/New_York".to_owned()),
        ("order", "asc".to_owned()),
        ("adjust", "splits".to_owned()),
    ]
}

/// An interval in the vendor's words.
const fn interval(interval: Interval) -> &'static str {
    match interval {
        Interval::OneMinute => "1min",
        Interval::FiveMinutes => "5min",
        Interval::FifteenMinutes => "15min",
        Interval::ThirtyMinutes => "30min",
        Interval::OneHour => "1h",
        Interval::OneDay => "1day",
    }
}

#[derive(Deserialize)]
struct Series<'a> {
    #[serde(borrow, default)]
    meta: Option<&'a RawValue>,
    #[serde(borrow, default)]
    values: Option<Vec<Row<'a>>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Row<'a> {
    #[serde(borrow)]
    datetime: Option<&'a RawValue>,
    #[serde(borrow)]
    open: Option<&'a RawValue>,
    #[serde(borrow)]
    high: Option<&'a RawValue>,
    #[serde(borrow)]
    low: Option<&'a RawValue>,
    #[serde(borrow)]
    close: Option<&'a RawValue>,
    #[serde(borrow)]
    volume: Option<&'a RawValue>,
}

/// The rows of a good answer, in the vendor's order, prices unchecked.
///
/// # Errors
/// [`Unreadable`] for anything but such a list, for a row whose moment cannot be read, and for an
/// answer about another symbol or interval.
pub fn read(bytes: &[u8], symbol: &Symbol, wanted: Interval) -> Result<Vec<RawBar>, Unreadable> {
    let series: Series =
        serde_json::from_slice(bytes).map_err(|error| not_json(WHAT, bytes, &error))?;
    if let Some(meta) = series.meta {
        let meta = Object::parse("time_series meta", meta.get().as_bytes())?;
        same(&meta, "symbol", symbol.as_str())?;
        same(&meta, "interval", interval(wanted))?;
    }
    let missing = || Unreadable::Missing {
        what: WHAT.into(),
        field: "values".into(),
    };
    series
        .values
        .ok_or_else(missing)?
        .iter()
        .enumerate()
        .map(|(at, row)| raw_bar(at, row))
        .collect()
}

fn raw_bar(at: usize, row: &Row) -> Result<RawBar, Unreadable> {
    let datetime = verbatim(row.datetime);
    let start = new_york_moment(&datetime).ok_or_else(|| Unreadable::Invalid {
        what: format!("{WHAT} row {}", at + 1),
        field: "datetime".into(),
        value: format!("`{datetime}`"),
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
