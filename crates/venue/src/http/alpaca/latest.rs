//! `GET /v2/stocks/…/latest` of the data host: JSON numbers, unlike the trading host.

use std::collections::BTreeMap;

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use market::Instant;
use serde::Serialize;

use super::refused::Refused;
use crate::fault::Call;
use crate::http::parameters::{Parameters, list};
use crate::http::reply::Reply;
use crate::http::served::Shown;
use crate::http::shared::{Exchange, Shared};
use crate::model::{Quote, Trade};

/// The exchange and tape that every print of the venue names.
const EXCHANGE: &str = "V";
const TAPE: &str = "C";
/// Shares on either side of the quote; orders are never compared with them.
const QUOTE_SIZES: [u32; 2] = [300, 200];

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/v2/stocks/{symbol}/trades/latest", get(trade))
        .route("/v2/stocks/trades/latest", get(trades))
        .route("/v2/stocks/{symbol}/quotes/latest", get(quote))
        .route("/v2/stocks/quotes/latest", get(quotes))
}

#[derive(Serialize)]
struct TradeBody {
    t: Instant,
    x: &'static str,
    p: f64,
    s: u64,
    c: [&'static str; 1],
    i: usize,
    z: &'static str,
}

#[derive(Serialize)]
struct QuoteBody {
    t: Instant,
    ax: &'static str,
    ap: f64,
    r#as: u32,
    bx: &'static str,
    bp: f64,
    bs: u32,
    c: [&'static str; 1],
    z: &'static str,
}

#[derive(Serialize)]
struct OneTrade {
    symbol: String,
    trade: TradeBody,
}

#[derive(Serialize)]
struct OneQuote {
    symbol: String,
    quote: QuoteBody,
}

#[derive(Serialize)]
struct Trades {
    trades: BTreeMap<String, TradeBody>,
}

#[derive(Serialize)]
struct Quotes {
    quotes: BTreeMap<String, QuoteBody>,
}

async fn trade(State(shared): State<Shared>, call: Call, Path(symbol): Path<String>) -> Reply {
    match seen(&mut shared.lock(), &call, &symbol) {
        Some(Quote { trade, .. }) => Reply::json(&OneTrade {
            symbol,
            trade: trade_body(trade),
        }),
        None => nothing_found("trade", &symbol),
    }
}

async fn quote(State(shared): State<Shared>, call: Call, Path(symbol): Path<String>) -> Reply {
    match shared.lock().shown_quote(&call, &symbol) {
        Some(shown) => Reply::json(&OneQuote {
            symbol,
            quote: quote_body(&shown),
        }),
        None => nothing_found("quote", &symbol),
    }
}

async fn trades(State(shared): State<Shared>, call: Call, parameters: Parameters) -> Reply {
    let body = |exchange: &mut Exchange, symbol: &str| {
        seen(exchange, &call, symbol).map(|quote| trade_body(quote.trade))
    };
    let trades = each(&mut shared.lock(), &parameters, body);
    Reply::json(&Trades { trades })
}

async fn quotes(State(shared): State<Shared>, call: Call, parameters: Parameters) -> Reply {
    let body = |exchange: &mut Exchange, symbol: &str| {
        let shown = exchange.shown_quote(&call, symbol);
        shown.as_ref().map(quote_body)
    };
    let quotes = each(&mut shared.lock(), &parameters, body);
    Reply::json(&Quotes { quotes })
}

/// The quote as this call sees it.
fn seen(exchange: &mut Exchange, call: &Call, symbol: &str) -> Option<Quote> {
    let at = exchange.price_moment(call, symbol);
    exchange.venue.quote_at(symbol, at)
}

/// Symbols without anything are missing from the reply.
fn each<T>(
    exchange: &mut Exchange,
    parameters: &Parameters,
    body: impl Fn(&mut Exchange, &str) -> Option<T>,
) -> BTreeMap<String, T> {
    let symbols = list(parameters, "symbols").into_iter();
    symbols
        .filter_map(|symbol| {
            let body = body(exchange, &symbol)?;
            Some((symbol, body))
        })
        .collect()
}

fn trade_body(trade: Trade) -> TradeBody {
    TradeBody {
        t: trade.at,
        x: EXCHANGE,
        p: trade.price.to_f64(),
        s: trade.size,
        c: ["@"],
        i: trade.number,
        z: TAPE,
    }
}

/// A side where nobody is has the price and the size 0.
fn quote_body(shown: &Shown) -> QuoteBody {
    let [ask_size, bid_size] = QUOTE_SIZES;
    QuoteBody {
        t: shown.at,
        ax: EXCHANGE,
        ap: shown.ask.map_or(0.0, market::Price::to_f64),
        r#as: shown.ask.map_or(0, |_| ask_size),
        bx: EXCHANGE,
        bp: shown.bid.to_f64(),
        bs: bid_size,
        c: ["R"],
        z: TAPE,
    }
}

/// Text unconfirmed.
fn nothing_found(what: &str, symbol: &str) -> Reply {
    Refused::new(404, 40_410_000, format!("no {what} found for {symbol}")).into()
}
