//! `GET /stable/historical-chart/{interval}`: rows newest first, the forming one included, without
//! zone or status.

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use market::bar::Interval;
use market::time::{Time, new_york, new_york_date};
use market::{Date, Duration};
use serde::Serialize;

use super::invalid;
use crate::fault::{Call, Reading};
use crate::http::parameters::{Parameters, flag, read, text};
use crate::http::reply::Reply;
use crate::http::served;
use crate::http::shared::{Exchange, Shared};
use crate::model::{Row, Window};

/// Most rows of a reply, as reported.
const ROWS_MAX: usize = 2_140;
/// Days of history without dates: some 60 sessions.
const DAYS_DEFAULT: i64 = 87;

/// The vendor's words for the intervals that the venue has.
const INTERVALS: [(&str, Interval); 5] = [
    ("1min", Interval::OneMinute),
    ("5min", Interval::FiveMinutes),
    ("15min", Interval::FifteenMinutes),
    ("30min", Interval::ThirtyMinutes),
    ("1hour", Interval::OneHour),
];

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/stable/historical-chart/{interval}", get(chart))
        .route(
            "/api/v3/historical-chart/{interval}/{symbol}",
            get(legacy_chart),
        )
}

/// Low stands before high.
#[derive(Serialize)]
struct RowBody {
    date: String,
    open: f64,
    low: f64,
    high: f64,
    close: f64,
    volume: u64,
}

async fn chart(
    State(shared): State<Shared>,
    call: Call,
    Path(interval): Path<String>,
    parameters: Parameters,
) -> Reply {
    let symbol = text(&parameters, "symbol").unwrap_or_default();
    answer(&shared, &call, &interval, symbol, &parameters)
}

async fn legacy_chart(
    State(shared): State<Shared>,
    call: Call,
    Path((interval, symbol)): Path<(String, String)>,
    parameters: Parameters,
) -> Reply {
    answer(&shared, &call, &interval, &symbol, &parameters)
}

fn answer(
    shared: &Shared,
    call: &Call,
    word: &str,
    symbol: &str,
    parameters: &Parameters,
) -> Reply {
    let known = INTERVALS.into_iter().find(|(known, _)| *known == word);
    let Some((_, interval)) = known else {
        return super::unknown_path();
    };
    if symbol.is_empty() {
        return invalid("symbol", symbol);
    }
    let mut exchange = shared.lock();
    let window = match window(&mut exchange, parameters) {
        Ok(window) => window,
        Err(reply) => return reply,
    };
    let asked = served::Asked {
        interval,
        window,
        adjusted: !flag(parameters, "nonadjusted"),
    };
    let rows = exchange.bars(call, symbol, asked);
    // An unknown symbol and an empty window look alike.
    let bodies = rows
        .unwrap_or_default()
        .iter()
        .map(body)
        .collect::<Vec<_>>();
    Reply::json(&bodies)
}

/// Dates alone, both included; whether the last one is, is unconfirmed.
fn window(exchange: &mut Exchange, parameters: &Parameters) -> Result<Window, Reply> {
    let now = exchange.venue.now();
    let date = |name| read::<Date>(parameters, name).map_err(|text| invalid(name, text));
    let (from, to) = (date("from")?, date("to")?);
    let history = Duration::from_hours(24 * DAYS_DEFAULT);
    let from = from.unwrap_or_else(|| new_york_date(now - history));
    let midnight = |date| new_york(date, Time::midnight());
    let included = exchange.venue.unconfirmed().end_included;
    if to.is_some() {
        let met = |reading: &Reading| matches!(reading, Reading::EndIncluded(_));
        exchange.venue.met(met);
    }
    let until = to.map(|to| match included {
        true => midnight(to.tomorrow().unwrap_or(to)),
        false => midnight(to),
    });
    Ok(Window {
        limit: ROWS_MAX,
        from: Some(midnight(from)),
        until: until.map(|until| served::window_end(until, false)),
    })
}

fn body(row: &Row) -> RowBody {
    let (hour, minute) = (row.second / 3600, row.second / 60 % 60);
    RowBody {
        date: format!("{} {hour:02}:{minute:02}:00", row.date),
        open: row.open.to_f64(),
        low: row.low.to_f64(),
        high: row.high.to_f64(),
        close: row.close.to_f64(),
        volume: row.volume.unwrap_or(0),
    }
}
