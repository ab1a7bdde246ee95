//! `GET /v2/stocks/{symbol}/bars` and `/v2/stocks/bars`: JSON numbers, oldest first, raw by default.
//!
//! Hourly bars begin on the clock hour. The hours around the session are not modelled: bars hold
//! the session's trades alone, so that of 09:00 New York holds its first half hour and no more, and
//! a day's bar no more than the session. The feed of one exchange shows the same prices with a
//! small part of the volume.

use std::collections::BTreeMap;

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use market::bar::Interval;
use market::time::{Time, minutes, new_york, new_york_date};
use market::{Date, Duration, Instant};
use serde::Serialize;

use super::refused::Refused;
use crate::fault::Call;
use crate::http::parameters::{Parameters, list, read, text};
use crate::http::reply::Reply;
use crate::http::served;
use crate::http::shared::{Exchange, Shared};
use crate::model::{Row, Window};

/// Bars of a page unless asked otherwise.
const PAGE_DEFAULT: usize = 1_000;
/// Most bars of a page.
const PAGE_MAX: usize = 10_000;
/// Most bars that one window may hold, so that no request runs away.
const WINDOW_MAX: usize = 1_000_000;
/// The consolidated tape of the last quarter of an hour costs extra.
const DELAY_OF_SIP: Duration = minutes(15);
const HALF_HOUR: Duration = minutes(30);
/// One share in so many trades on the one exchange of the free feed.
const SINGLE_EXCHANGE_PART: u64 = 40;
/// Shares of an average trade, for the number of trades.
const SHARES_A_TRADE: u64 = 120;
/// Digits behind the point of an average price.
const AVERAGE_DECIMALS: u32 = 6;

/// The vendor's words for the intervals that the venue has.
const TIMEFRAMES: [(&str, Interval); 12] = [
    ("1Min", Interval::OneMinute),
    ("1T", Interval::OneMinute),
    ("5Min", Interval::FiveMinutes),
    ("5T", Interval::FiveMinutes),
    ("15Min", Interval::FifteenMinutes),
    ("15T", Interval::FifteenMinutes),
    ("30Min", Interval::ThirtyMinutes),
    ("30T", Interval::ThirtyMinutes),
    ("1Hour", Interval::OneHour),
    ("1H", Interval::OneHour),
    ("1Day", Interval::OneDay),
    ("1D", Interval::OneDay),
];

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/v2/stocks/{symbol}/bars", get(bars))
        .route("/v2/stocks/bars", get(bars_of_many))
}

#[derive(Serialize)]
struct BarBody {
    t: Instant,
    o: f64,
    h: f64,
    l: f64,
    c: f64,
    v: u64,
    n: u64,
    vw: f64,
}

#[derive(Serialize)]
struct OneSymbol {
    /// Null when there are none.
    bars: Option<Vec<BarBody>>,
    symbol: String,
    next_page_token: Option<String>,
}

#[derive(Serialize)]
struct ManySymbols {
    bars: BTreeMap<String, Vec<BarBody>>,
    next_page_token: Option<String>,
}

struct Asked {
    interval: Interval,
    start: Instant,
    end: Instant,
    limit: usize,
    adjusted: bool,
    single_exchange: bool,
    newest_first: bool,
    /// Begin with this symbol and moment.
    from: Option<(String, Instant)>,
}

async fn bars(
    State(shared): State<Shared>,
    call: Call,
    Path(symbol): Path<String>,
    parameters: Parameters,
) -> Reply {
    let mut exchange = shared.lock();
    let symbols = [symbol];
    let [symbol] = &symbols;
    match page(&mut exchange, &call, &parameters, &symbols) {
        Ok((mut bars, next_page_token)) => Reply::json(&OneSymbol {
            bars: bars.remove(symbol),
            symbol: symbol.clone(),
            next_page_token,
        }),
        Err(refused) => refused.into(),
    }
}

async fn bars_of_many(State(shared): State<Shared>, call: Call, parameters: Parameters) -> Reply {
    let mut exchange = shared.lock();
    let mut symbols = list(&parameters, "symbols");
    symbols.sort();
    if symbols.is_empty() {
        return invalid("symbols", "").into();
    }
    match page(&mut exchange, &call, &parameters, &symbols) {
        Ok((bars, next_page_token)) => Reply::json(&ManySymbols {
            bars,
            next_page_token,
        }),
        Err(refused) => refused.into(),
    }
}

type Page = (BTreeMap<String, Vec<BarBody>>, Option<String>);

/// One page, symbol after symbol; the limit counts all together.
fn page(
    exchange: &mut Exchange,
    call: &Call,
    parameters: &Parameters,
    symbols: &[String],
) -> Result<Page, Refused> {
    let asked = Asked::of(exchange, parameters)?;
    let mut bars: BTreeMap<String, Vec<BarBody>> = BTreeMap::new();
    let mut left = asked.limit;
    for symbol in symbols {
        for bar in asked.bars(exchange, call, symbol) {
            if asked.comes_before(symbol, &bar) {
                continue;
            }
            if left == 0 {
                return Ok((bars, Some(format!("{symbol}|{}", bar.t))));
            }
            left -= 1;
            bars.entry(symbol.clone()).or_default().push(bar);
        }
    }
    Ok((bars, None))
}

impl Asked {
    fn of(exchange: &Exchange, parameters: &Parameters) -> Result<Self, Refused> {
        let now = exchange.venue.now();
        let word = text(parameters, "timeframe").unwrap_or_default();
        let known = TIMEFRAMES.into_iter().find(|(known, _)| *known == word);
        let (_, interval) = known.ok_or_else(|| invalid("timeframe", word))?;
        let today = new_york(new_york_date(now), Time::midnight());
        let end = moment(parameters, "end")?;
        let single_exchange = feed(exchange, parameters, end)?;
        Ok(Self {
            interval,
            start: moment(parameters, "start")?.unwrap_or(today),
            end: end.unwrap_or(now),
            limit: limit(parameters)?,
            adjusted: adjusted(parameters)?,
            single_exchange,
            newest_first: match text(parameters, "sort") {
                None | Some("asc") => false,
                Some("desc") => true,
                Some(other) => return Err(invalid("sort", other)),
            },
            from: token(parameters)?,
        })
    }

    /// A symbol's bars in the order asked for; none when nobody knows it.
    fn bars(&self, exchange: &mut Exchange, call: &Call, symbol: &str) -> Vec<BarBody> {
        // The hour that starts at the end asked for is made of halves that start later.
        let (fine, until) = match self.interval {
            Interval::OneHour => (Interval::ThirtyMinutes, self.end + HALF_HOUR),
            other => (other, self.end),
        };
        let window = Window {
            limit: WINDOW_MAX,
            from: Some(self.start),
            until: Some(until),
        };
        let asked = served::Asked {
            interval: fine,
            window,
            adjusted: self.adjusted,
        };
        let mut rows = exchange.bars(call, symbol, asked).unwrap_or_default();
        rows.reverse();
        if self.interval == Interval::OneHour {
            rows = clock_hours(&rows);
            rows.retain(|row| self.start <= row.start && row.start <= self.end);
        }
        if self.newest_first {
            rows.reverse();
        }
        // A bar is given out only when nothing in it is zero.
        rows.retain(|row| row.volume != Some(0));
        rows.iter().map(|row| self.body(row)).collect()
    }

    fn body(&self, row: &Row) -> BarBody {
        let volume = row.volume.unwrap_or(0);
        let volume = match self.single_exchange {
            true => volume / SINGLE_EXCHANGE_PART,
            false => volume,
        };
        let [open, high, low, close] = [row.open, row.high, row.low, row.close];
        let sum = open.decimal() + high.decimal() + low.decimal() + close.decimal();
        let average = (sum / market::Decimal::from(4)).round_dp(AVERAGE_DECIMALS);
        let average = market::Price::new(average).map_or(close.to_f64(), market::Price::to_f64);
        BarBody {
            t: row.start,
            o: open.to_f64(),
            h: high.to_f64(),
            l: low.to_f64(),
            c: close.to_f64(),
            v: volume.max(1),
            n: (volume / SHARES_A_TRADE).max(1),
            vw: average,
        }
    }

    /// Whether an earlier page has shown this bar.
    fn comes_before(&self, symbol: &str, bar: &BarBody) -> bool {
        let Some((first, moment)) = &self.from else {
            return false;
        };
        match symbol.cmp(first) {
            std::cmp::Ordering::Less => true,
            std::cmp::Ordering::Greater => false,
            std::cmp::Ordering::Equal if self.newest_first => bar.t > *moment,
            std::cmp::Ordering::Equal => bar.t < *moment,
        }
    }
}

/// Half hours, oldest first, joined by the hour of the clock; offsets from UTC are whole hours.
fn clock_hours(rows: &[Row]) -> Vec<Row> {
    const HOUR: i64 = 60 * 60;
    let mut hours: Vec<Row> = Vec::with_capacity(rows.len() / 2 + 1);
    for row in rows {
        let second = row.start.as_second();
        let start = row.start - market::time::seconds(second.rem_euclid(HOUR));
        match hours.last_mut() {
            Some(hour) if hour.start == start => {
                hour.high = hour.high.max(row.high);
                hour.low = hour.low.min(row.low);
                hour.close = row.close;
                hour.volume = hour.volume.zip(row.volume).map(|(a, b)| a + b);
            }
            _ => hours.push(Row { start, ..*row }),
        }
    }
    hours
}

/// Whether the bars come from one exchange alone.
fn feed(
    exchange: &Exchange,
    parameters: &Parameters,
    end: Option<Instant>,
) -> Result<bool, Refused> {
    let allowed = exchange.faces.alpaca_sip;
    let now = exchange.venue.now();
    match text(parameters, "feed") {
        None => Ok(!allowed),
        Some("iex") => Ok(true),
        Some("sip") if allowed || end.is_some_and(|end| end <= now - DELAY_OF_SIP) => Ok(false),
        Some("sip") => Err(Refused::new(
            403,
            super::refused::UNPROCESSABLE,
            "subscription does not permit querying recent SIP data",
        )),
        Some(other) => Err(invalid("feed", other)),
    }
}

fn adjusted(parameters: &Parameters) -> Result<bool, Refused> {
    const KNOWN: [&str; 5] = ["raw", "split", "dividend", "spin-off", "all"];
    let words = list(parameters, "adjustment");
    match words.iter().find(|word| !KNOWN.contains(&word.as_str())) {
        Some(other) => Err(invalid("adjustment", other)),
        None => Ok(words.iter().any(|word| word == "split" || word == "all")),
    }
}

fn limit(parameters: &Parameters) -> Result<usize, Refused> {
    let limit = read::<usize>(parameters, "limit").map_err(|text| invalid("limit", text))?;
    match limit.unwrap_or(PAGE_DEFAULT) {
        limit @ 1..=PAGE_MAX => Ok(limit),
        other => Err(invalid("limit", &other.to_string())),
    }
}

/// RFC 3339, or a date: its first moment in New York.
fn moment(parameters: &Parameters, name: &str) -> Result<Option<Instant>, Refused> {
    match read::<Instant>(parameters, name) {
        Ok(moment) => Ok(moment),
        Err(text) => match text.parse::<Date>() {
            Ok(date) => Ok(Some(new_york(date, Time::midnight()))),
            Err(_) => Err(invalid(name, text)),
        },
    }
}

fn token(parameters: &Parameters) -> Result<Option<(String, Instant)>, Refused> {
    let Some(token) = text(parameters, "page_token") else {
        return Ok(None);
    };
    let read = token.split_once('|').and_then(|(symbol, moment)| {
        let moment = moment.parse().ok()?;
        Some((symbol.to_owned(), moment))
    });
    read.map(Some).ok_or_else(|| invalid("page_token", token))
}

/// Text unconfirmed.
fn invalid(name: &str, text: &str) -> Refused {
    Refused::new(400, 40_010_001, format!("invalid {name}: {text}"))
}
