//! `GET /stable/quote` and `/stable/quote-short`, and the same of the older generation.

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use market::bar::Interval;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::Serialize;

use crate::fault::Call;
use crate::http::parameters::{Parameters, list, text};
use crate::http::reply::Reply;
use crate::http::shared::{Exchange, Shared};
use crate::model::{DayQuote, Listing, Row, Window};

/// Digits behind the point of percents and averages.
const PERCENT_DECIMALS: u32 = 5;
const AVERAGE_DECIMALS: u32 = 5;
/// Sessions in the two averages.
const SHORT_AVERAGE: usize = 50;
const LONG_AVERAGE: usize = 200;
/// Shares of a fund, made up, for what it is worth.
const SHARES_OUTSTANDING: u64 = 306_000_000;

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/stable/quote", get(quote))
        .route("/stable/quote-short", get(quote_short))
        .route("/stable/batch-quote", get(batch_quote))
        .route("/api/v3/quote/{symbols}", get(legacy_quote))
        .route("/api/v3/quote-short/{symbols}", get(legacy_quote_short))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct QuoteBody {
    symbol: String,
    name: String,
    price: f64,
    change_percentage: f64,
    change: f64,
    volume: u64,
    day_low: f64,
    day_high: f64,
    year_high: f64,
    year_low: f64,
    market_cap: u64,
    price_avg50: f64,
    price_avg200: f64,
    exchange: &'static str,
    open: f64,
    previous_close: f64,
    timestamp: i64,
}

/// `changesPercentage`, and what only the older generation knows.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LegacyQuoteBody {
    symbol: String,
    name: String,
    price: f64,
    changes_percentage: f64,
    change: f64,
    day_low: f64,
    day_high: f64,
    year_high: f64,
    year_low: f64,
    market_cap: u64,
    price_avg50: f64,
    price_avg200: f64,
    exchange: &'static str,
    volume: u64,
    avg_volume: u64,
    open: f64,
    previous_close: f64,
    eps: Option<f64>,
    pe: Option<f64>,
    earnings_announcement: Option<()>,
    shares_outstanding: u64,
    timestamp: i64,
}

#[derive(Serialize)]
struct ShortBody {
    symbol: String,
    price: f64,
    change: f64,
    volume: u64,
}

#[derive(Serialize)]
struct LegacyShortBody {
    symbol: String,
    price: f64,
    volume: u64,
}

async fn quote(State(shared): State<Shared>, call: Call, parameters: Parameters) -> Reply {
    let symbol = text(&parameters, "symbol").unwrap_or_default().to_owned();
    each(&shared, &call, &[symbol], Seen::body)
}

async fn quote_short(State(shared): State<Shared>, call: Call, parameters: Parameters) -> Reply {
    let symbol = text(&parameters, "symbol").unwrap_or_default().to_owned();
    each(&shared, &call, &[symbol], |seen| {
        let QuoteBody {
            symbol,
            price,
            change,
            volume,
            ..
        } = seen.body();
        ShortBody {
            symbol,
            price,
            change,
            volume,
        }
    })
}

async fn batch_quote(State(shared): State<Shared>, call: Call, parameters: Parameters) -> Reply {
    let symbols = list(&parameters, "symbols");
    each(&shared, &call, &symbols, Seen::body)
}

async fn legacy_quote(
    State(shared): State<Shared>,
    call: Call,
    Path(symbols): Path<String>,
) -> Reply {
    each(&shared, &call, &commas(&symbols), Seen::legacy_body)
}

async fn legacy_quote_short(
    State(shared): State<Shared>,
    call: Call,
    Path(symbols): Path<String>,
) -> Reply {
    each(&shared, &call, &commas(&symbols), |seen| {
        let body = seen.body();
        LegacyShortBody {
            symbol: body.symbol,
            price: body.price,
            volume: body.volume,
        }
    })
}

fn commas(symbols: &str) -> Vec<String> {
    symbols.split(',').map(str::to_owned).collect()
}

/// An array with an entry for every symbol that is known.
fn each<T: Serialize>(
    shared: &Shared,
    call: &Call,
    symbols: &[String],
    body: impl Fn(&Seen) -> T,
) -> Reply {
    let mut exchange = shared.lock();
    let seen = symbols
        .iter()
        .filter_map(|symbol| Seen::of(&mut exchange, call, symbol));
    Reply::json(&seen.map(|seen| body(&seen)).collect::<Vec<_>>())
}

/// A quote as a call sees it.
struct Seen {
    listing: Listing,
    quote: DayQuote,
    average50: Decimal,
    average200: Decimal,
}

impl Seen {
    fn of(exchange: &mut Exchange, call: &Call, symbol: &str) -> Option<Self> {
        let at = exchange.price_moment(call, symbol);
        let venue = &exchange.venue;
        let window = Window {
            limit: LONG_AVERAGE,
            from: None,
            until: None,
        };
        let days = venue
            .series(symbol)?
            .adjusted_rows(Interval::OneDay, window, at);
        Some(Self {
            listing: venue.listing(symbol)?.clone(),
            quote: venue.day_quote_at(symbol, at)?,
            average50: average(&days, SHORT_AVERAGE),
            average200: average(&days, LONG_AVERAGE),
        })
    }

    fn body(&self) -> QuoteBody {
        let day = &self.quote.day;
        let (price, before) = (day.close.decimal(), self.quote.previous_close.decimal());
        let change = price - before;
        let worth = price * Decimal::from(SHARES_OUTSTANDING);
        QuoteBody {
            symbol: self.listing.symbol.to_string(),
            name: self.listing.name.clone(),
            price: day.close.to_f64(),
            change_percentage: number(change / before * Decimal::ONE_HUNDRED, PERCENT_DECIMALS),
            change: number(change, AVERAGE_DECIMALS),
            volume: day.volume.unwrap_or(0),
            day_low: day.low.to_f64(),
            day_high: day.high.to_f64(),
            year_high: self.quote.year_high.to_f64(),
            year_low: self.quote.year_low.to_f64(),
            market_cap: worth.to_u64().unwrap_or(0),
            price_avg50: number(self.average50, AVERAGE_DECIMALS),
            price_avg200: number(self.average200, AVERAGE_DECIMALS),
            exchange: self.listing.exchange,
            open: day.open.to_f64(),
            previous_close: self.quote.previous_close.to_f64(),
            timestamp: self.quote.trade.at.as_second(),
        }
    }

    fn legacy_body(&self) -> LegacyQuoteBody {
        let body = self.body();
        LegacyQuoteBody {
            symbol: body.symbol,
            name: body.name,
            price: body.price,
            changes_percentage: body.change_percentage,
            change: body.change,
            day_low: body.day_low,
            day_high: body.day_high,
            year_high: body.year_high,
            year_low: body.year_low,
            market_cap: body.market_cap,
            price_avg50: body.price_avg50,
            price_avg200: body.price_avg200,
            exchange: body.exchange,
            volume: body.volume,
            avg_volume: self.quote.average_volume,
            open: body.open,
            previous_close: body.previous_close,
            eps: None,
            pe: None,
            earnings_announcement: None,
            shares_outstanding: SHARES_OUTSTANDING,
            timestamp: body.timestamp,
        }
    }
}

/// The mean close of the newest days, of so many as there are.
fn average(days: &[Row], count: usize) -> Decimal {
    let newest = &days[..days.len().min(count)];
    let sum: Decimal = newest.iter().map(|day| day.close.decimal()).sum();
    sum.checked_div(Decimal::from(newest.len()))
        .unwrap_or_default()
}

fn number(value: Decimal, decimals: u32) -> f64 {
    value.round_dp(decimals).to_f64().unwrap_or_default()
}
