//! The rows of a history: a session each, or a part of a session.

use jiff::tz::TimeZone;
use market::calendar::Session;
use market::time::{Time, new_york_date};
use market::{Date, Duration, Instant};
use rust_decimal::Decimal;

use super::asked::{Asked, Timeframe};
use crate::http::alpaca::refused::Refused;
use crate::model::Venue;

/// One row.
pub(super) struct Row {
    /// Seconds since 1970.
    pub(super) label: i64,
    pub(super) on: Date,
    /// The row takes what comes after this; the first of all takes everything.
    since: Option<Instant>,
    /// When it was counted.
    pub(super) until: Instant,
    pub(super) equity: Decimal,
}

impl Row {
    /// Whether something that came then belongs to this row.
    pub(super) fn holds(&self, at: Instant) -> bool {
        self.since.is_none_or(|since| at > since) && at <= self.until
    }
}

/// The rows asked for, oldest first.
///
/// # Errors
/// A span that the calendar does not hold.
pub(super) fn rows(venue: &Venue, asked: &Asked) -> Result<Vec<Row>, Refused> {
    match asked.timeframe {
        Timeframe::Day => Ok(days(venue, asked)),
        Timeframe::Within(_, step) => windows(venue, asked, step),
    }
}

/// One row a session, counted at its close.
fn days(venue: &Venue, asked: &Asked) -> Vec<Row> {
    let counts = venue.counts();
    let span = asked.first_date()..=new_york_date(asked.until);
    let rows = counts.iter().enumerate().map(|(nth, count)| Row {
        label: label(count.on),
        on: count.on,
        since: nth.checked_sub(1).map(|before| counts[before].at),
        until: count.at,
        equity: count.equity.decimal(),
    });
    rows.filter(|row| span.contains(&row.on)).collect()
}

/// A day's row bears the UTC midnight that ends it, as the recorded ones seem to; unconfirmed.
fn label(date: Date) -> i64 {
    let next = date.tomorrow().unwrap_or(date);
    let midnight = next.to_datetime(Time::midnight()).to_zoned(TimeZone::UTC);
    midnight.map_or(0, |midnight| midnight.timestamp().as_second())
}

/// One row for each step of the sessions, labelled with its beginning and counted at its end, the
/// one under way now. What comes outside the sessions belongs to the first row after it.
fn windows(venue: &Venue, asked: &Asked, step: Duration) -> Result<Vec<Row>, Refused> {
    let dates = (asked.first_date(), new_york_date(asked.until));
    let sessions = venue.hours().sessions(dates.0, dates.1);
    let sessions = sessions.map_err(|error| Refused::malformed(error.to_string()))?;
    let shown = |(start, end): &(Instant, Instant)| {
        (asked.from..=asked.until).contains(start)
            && *start <= venue.now()
            && *end > venue.config().start
    };
    let mut rows: Vec<Row> = Vec::new();
    for session in sessions {
        let before = venue.hours().previous_session(session.date).ok();
        for (start, end) in steps(&session, step).filter(shown) {
            let opens = start == session.open;
            let alone = (!opens).then_some(start).or(before.map(|b| b.close));
            rows.push(Row {
                label: start.as_second(),
                on: session.date,
                since: rows.last().map(|row| row.until).or(alone),
                until: end.min(venue.now()),
                equity: Decimal::ZERO,
            });
        }
    }
    let equities = venue.equities(rows.iter().map(|row| row.until));
    for (row, equity) in rows.iter_mut().zip(equities) {
        row.equity = equity.decimal();
    }
    Ok(rows)
}

fn steps(session: &Session, step: Duration) -> impl Iterator<Item = (Instant, Instant)> {
    let close = session.close;
    let next = move |start: &Instant| Some(*start + step).filter(|next| *next < close);
    std::iter::successors(Some(session.open), next)
        .map(move |start| (start, (start + step).min(close)))
}
