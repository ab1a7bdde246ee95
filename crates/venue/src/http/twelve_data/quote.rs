//! `GET /quote`: the session so far; its `last_quote_at` is the only sign of freshness.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use market::{Date, Price};
use rust_decimal::Decimal;
use serde::Serialize;

use super::written::{DECIMALS, number_text};
use super::{ErrorBody, bare, for_each_symbol, written};
use crate::fault::Call;
use crate::http::parameters::{Parameters, text};
use crate::http::reply::Reply;
use crate::http::shared::Shared;
use crate::model::{DayQuote, Listing, Venue};

/// Digits behind the point in the year's range.
const RANGE_DECIMALS: u32 = 6;

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/quote", get(quote))
}

#[derive(Serialize)]
struct QuoteBody<'a> {
    symbol: &'a str,
    name: &'a str,
    exchange: &'a str,
    mic_code: &'a str,
    currency: &'a str,
    datetime: Date,
    timestamp: i64,
    last_quote_at: i64,
    open: String,
    high: String,
    low: String,
    close: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    volume: Option<String>,
    previous_close: String,
    change: String,
    percent_change: String,
    average_volume: String,
    is_market_open: bool,
    fifty_two_week: Year,
}

#[derive(Serialize)]
struct Year {
    low: String,
    high: String,
    low_change: String,
    high_change: String,
    low_change_percent: String,
    high_change_percent: String,
    range: String,
}

async fn quote(State(shared): State<Shared>, call: Call, parameters: Parameters) -> Reply {
    // Other intervals would change the row; the venue quotes sessions only.
    if let Some(other) = text(&parameters, "interval").filter(|i| *i != "1day") {
        return ErrorBody::invalid("interval", other).into();
    }
    let mut exchange = shared.lock();
    for_each_symbol(&parameters, |symbol, body| {
        let symbol = bare(symbol);
        let at = exchange.price_moment(&call, symbol);
        let found = exchange
            .venue
            .listing(symbol)
            .zip(exchange.venue.day_quote_at(symbol, at));
        let (listing, quote) = found.ok_or_else(ErrorBody::unknown_symbol)?;
        written::json(body, &quote_body(&exchange.venue, listing, &quote));
        Ok(())
    })
}

fn quote_body<'a>(venue: &Venue, listing: &'a Listing, quote: &DayQuote) -> QuoteBody<'a> {
    let day = &quote.day;
    let [open, high, low, close] = [day.open, day.high, day.low, day.close].map(Price::decimal);
    let before = quote.previous_close.decimal();
    QuoteBody {
        symbol: listing.symbol.as_str(),
        name: &listing.name,
        exchange: listing.exchange,
        mic_code: listing.mic_code,
        currency: "USD",
        datetime: day.date,
        timestamp: quote.opened.as_second(),
        last_quote_at: minute_of(quote.trade.at.as_second()),
        open: five(open),
        high: five(high),
        low: five(low),
        close: five(close),
        volume: day.volume.map(|volume| volume.to_string()),
        previous_close: five(before),
        change: five(close - before),
        percent_change: five(percent(close - before, before)),
        average_volume: quote.average_volume.to_string(),
        is_market_open: venue.session().is_some(),
        fifty_two_week: year(quote, close),
    }
}

fn year(quote: &DayQuote, close: Decimal) -> Year {
    let (low, high) = (quote.year_low.decimal(), quote.year_high.decimal());
    let six = |value| number_text(value, RANGE_DECIMALS);
    Year {
        low: five(low),
        high: five(high),
        low_change: five(close - low),
        high_change: five(close - high),
        low_change_percent: five(percent(close - low, low)),
        high_change_percent: five(percent(close - high, high)),
        range: format!("{} - {}", six(low), six(high)),
    }
}

/// The minute bar that a second falls into.
const fn minute_of(second: i64) -> i64 {
    second - second.rem_euclid(60)
}

fn five(value: Decimal) -> String {
    number_text(value, DECIMALS)
}

fn percent(part: Decimal, whole: Decimal) -> Decimal {
    part / whole * Decimal::ONE_HUNDRED
}
