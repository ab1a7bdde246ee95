//! `GET /time_series`: rows newest first, the forming one included.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use market::bar::Interval;
use market::time::{Time, new_york};
use market::{Date, Instant};
use serde::Serialize;
use std::fmt::Write;

use super::{ErrorBody, bare, for_each_symbol, written};
use crate::fault::{Call, Reading};
use crate::http::parameters::{Parameters, read, text};
use crate::http::reply::Reply;
use crate::http::served::{self, window_end};
use crate::http::shared::{Exchange, Shared};
use crate::model::{Listing, Row, Window};

/// Rows of a reply unless asked otherwise.
const ROWS_DEFAULT: usize = 30;
/// Most rows of a reply.
const ROWS_MAX: usize = 5_000;
/// Most digits behind the point that may be asked for.
const DECIMALS_MAX: u32 = 11;
/// Bytes of one row, a little more than most have.
const ROW_BYTES: usize = 160;

/// The vendor's words for the intervals that the venue has.
const INTERVALS: [(&str, Interval); 6] = [
    ("1min", Interval::OneMinute),
    ("5min", Interval::FiveMinutes),
    ("15min", Interval::FifteenMinutes),
    ("30min", Interval::ThirtyMinutes),
    ("1h", Interval::OneHour),
    ("1day", Interval::OneDay),
];

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/time_series", get(time_series))
}

#[derive(Serialize)]
pub(super) struct Meta<'a> {
    symbol: &'a str,
    interval: &'a str,
    currency: &'a str,
    exchange_timezone: &'a str,
    exchange: &'a str,
    mic_code: &'a str,
    r#type: &'a str,
}

/// What was asked for, but for the symbols.
pub(super) struct Asked {
    interval: Interval,
    word: &'static str,
    pub(super) window: Window,
    /// On today's share basis; dividends are never taken out, since the venue's bars hold none.
    adjusted: bool,
    /// Another zone than the exchange's, for the text of the rows.
    zone: Option<TimeZone>,
    pub(super) oldest_first: bool,
    pub(super) decimals: u32,
}

async fn time_series(State(shared): State<Shared>, call: Call, parameters: Parameters) -> Reply {
    let mut exchange = shared.lock();
    let end_included = exchange.venue.unconfirmed().end_included;
    let asked = match Asked::of(&parameters, end_included) {
        Ok(asked) => asked,
        Err(error) => return error.into(),
    };
    if asked.window.until.is_some() {
        let met = |reading: &Reading| matches!(reading, Reading::EndIncluded(_));
        exchange.venue.met(met);
    }
    for_each_symbol(&parameters, |symbol, body| {
        asked.answer(&mut exchange, &call, bare(symbol), body)
    })
}

impl Asked {
    pub(super) fn of(parameters: &Parameters, end_included: bool) -> Result<Self, ErrorBody> {
        let word = text(parameters, "interval").unwrap_or_default();
        let known = INTERVALS.into_iter().find(|(known, _)| *known == word);
        let (word, interval) = known.ok_or_else(|| ErrorBody::invalid("interval", word))?;
        if let Some(other) = text(parameters, "format").filter(|f| !f.eq_ignore_ascii_case("json"))
        {
            return Err(ErrorBody::invalid("format", other));
        }
        let zone = zone(parameters)?;
        let mut window = window(parameters, zone.as_ref())?;
        window.until = window.until.map(|end| window_end(end, end_included));
        Ok(Self {
            interval,
            word,
            window,
            adjusted: match text(parameters, "adjust") {
                None | Some("splits" | "all") => true,
                Some("none" | "dividends") => false,
                Some(other) => return Err(ErrorBody::invalid("adjust", other)),
            },
            zone,
            oldest_first: match text(parameters, "order") {
                Some(order) if order.eq_ignore_ascii_case("asc") => true,
                Some(order) if !order.eq_ignore_ascii_case("desc") => {
                    return Err(ErrorBody::invalid("order", order));
                }
                _ => false,
            },
            decimals: decimals(parameters)?,
        })
    }

    /// The rows of a symbol in a window as this call sees them, newest first.
    pub(super) fn rows(
        &self,
        exchange: &mut Exchange,
        call: &Call,
        symbol: &str,
        window: Window,
    ) -> Result<Vec<Row>, ErrorBody> {
        let asked = served::Asked {
            interval: self.interval,
            window,
            adjusted: self.adjusted,
        };
        let rows = exchange.bars(call, symbol, asked);
        let rows = rows.ok_or_else(ErrorBody::unknown_symbol)?;
        if rows.is_empty() {
            return Err(ErrorBody::no_data());
        }
        Ok(rows)
    }

    fn answer(
        &self,
        exchange: &mut Exchange,
        call: &Call,
        symbol: &str,
        body: &mut String,
    ) -> Result<(), ErrorBody> {
        let mut rows = self.rows(exchange, call, symbol, self.window)?;
        let listing = exchange.venue.listing(symbol);
        let listing = listing.ok_or_else(ErrorBody::unknown_symbol)?;
        if self.oldest_first {
            rows.reverse();
        }
        body.reserve(rows.len() * ROW_BYTES);
        body.push_str("{\"meta\":");
        written::json(body, &self.meta(listing));
        body.push_str(",\"values\":[");
        for (place, row) in rows.iter().enumerate() {
            if place > 0 {
                body.push(',');
            }
            self.write_row(row, body);
        }
        body.push_str("],\"status\":\"ok\"}");
        Ok(())
    }

    pub(super) fn meta<'a>(&self, listing: &'a Listing) -> Meta<'a> {
        Meta {
            symbol: listing.symbol.as_str(),
            interval: self.word,
            currency: "USD",
            exchange_timezone: "America/New_York",
            exchange: listing.exchange,
            mic_code: listing.mic_code,
            r#type: "ETF",
        }
    }

    fn write_row(&self, row: &Row, body: &mut String) {
        body.push_str("{\"datetime\":\"");
        self.write_moment(row, body);
        body.push('"');
        let prices = [
            (",\"open\":", row.open),
            (",\"high\":", row.high),
            (",\"low\":", row.low),
            (",\"close\":", row.close),
        ];
        for (name, price) in prices {
            body.push_str(name);
            written::number(body, price.decimal(), self.decimals);
        }
        if let Some(volume) = row.volume {
            write!(body, ",\"volume\":\"{volume}\"").expect("a string takes all");
        }
        body.push('}');
    }

    /// Local text without an offset; the date alone for days.
    pub(super) fn write_moment(&self, row: &Row, body: &mut String) {
        let (date, second) = match &self.zone {
            _ if self.interval == Interval::OneDay => (row.date, 0),
            None => (row.date, row.second),
            Some(zone) => {
                let reading = zone.to_datetime(row.start);
                let (hour, minute) = (i64::from(reading.hour()), i64::from(reading.minute()));
                (reading.date(), hour * 3600 + minute * 60)
            }
        };
        let (year, month, day) = (date.year(), date.month(), date.day());
        write!(body, "{year:04}-{month:02}-{day:02}").expect("a string takes all");
        if self.interval != Interval::OneDay {
            let (hour, minute) = (second / 3600, second / 60 % 60);
            write!(body, " {hour:02}:{minute:02}:00").expect("a string takes all");
        }
    }
}

/// The zone asked for, where it is not the exchange's.
fn zone(parameters: &Parameters) -> Result<Option<TimeZone>, ErrorBody> {
    match text(parameters, "timezone") {
        None | Some("Exchange" | "exchange" | "America/New_York") => Ok(None),
        Some("UTC") => Ok(Some(TimeZone::UTC)),
        Some(name) => match TimeZone::get(name) {
            Ok(zone) => Ok(Some(zone)),
            Err(_) => Err(ErrorBody::invalid("timezone", name)),
        },
    }
}

/// Dates push the default number of rows to the most there is.
fn window(parameters: &Parameters, zone: Option<&TimeZone>) -> Result<Window, ErrorBody> {
    let from = moment(parameters, "start_date", zone)?;
    let until = moment(parameters, "end_date", zone)?;
    let default = match from {
        Some(_) => ROWS_MAX,
        None => ROWS_DEFAULT,
    };
    let invalid = |text: &str| ErrorBody::invalid("outputsize", text);
    let limit = read::<usize>(parameters, "outputsize").map_err(invalid)?;
    let limit = limit.unwrap_or(default);
    if !(1..=ROWS_MAX).contains(&limit) {
        return Err(invalid(&limit.to_string()));
    }
    Ok(Window { limit, from, until })
}

/// A date, taken at its first moment, or a date and time, in the zone asked for. Both ends are
/// included; for the end that is unconfirmed.
fn moment(
    parameters: &Parameters,
    name: &str,
    zone: Option<&TimeZone>,
) -> Result<Option<Instant>, ErrorBody> {
    let Some(text) = text(parameters, name) else {
        return Ok(None);
    };
    let invalid = || ErrorBody::invalid(name, text);
    let reading: DateTime = match text.parse::<Date>() {
        Ok(date) if text.len() == "2026-11-20".len() => date.to_datetime(Time::midnight()),
        _ => text.parse().map_err(|_| invalid())?,
    };
    match zone {
        None => Ok(Some(new_york(reading.date(), reading.time()))),
        Some(zone) => {
            let moment = zone.to_ambiguous_timestamp(reading).compatible();
            moment.map(Some).map_err(|_| invalid())
        }
    }
}

/// `dp`: −1 and absence mean automatic.
fn decimals(parameters: &Parameters) -> Result<u32, ErrorBody> {
    match read::<i64>(parameters, "dp") {
        Ok(None | Some(-1)) => Ok(written::DECIMALS),
        Ok(Some(asked)) => u32::try_from(asked)
            .ok()
            .filter(|decimals| *decimals <= DECIMALS_MAX)
            .ok_or_else(|| ErrorBody::invalid("dp", &asked.to_string())),
        Err(text) => Err(ErrorBody::invalid("dp", text)),
    }
}
