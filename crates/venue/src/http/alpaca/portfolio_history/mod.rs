//! `GET /v2/account/portfolio/history`: what the account was worth, by day or within days.

mod asked;
mod rows;

use std::collections::BTreeMap;

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use market::time::new_york_date;
use market::{Date, Instant};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::Serialize;

use super::refused::Refused;
use crate::http::parameters::Parameters;
use crate::http::reply::Reply;
use crate::http::shared::Shared;
use crate::model::{Cash, CashKind, Entry, Venue};
use asked::{Asked, Reset};
use rows::Row;

/// Digits behind the point of dollars and of parts.
const DOLLAR_DECIMALS: u32 = 2;
const PART_DECIMALS: u32 = 4;

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/v2/account/portfolio/history", get(history))
}

#[derive(Serialize)]
struct HistoryBody {
    timestamp: Vec<i64>,
    equity: Vec<f64>,
    profit_loss: Vec<f64>,
    profit_loss_pct: Vec<f64>,
    base_value: f64,
    base_value_asof: Date,
    timeframe: &'static str,
    cashflow: BTreeMap<&'static str, Vec<f64>>,
}

async fn history(State(shared): State<Shared>, parameters: Parameters) -> Reply {
    let exchange = shared.lock();
    let venue = &exchange.venue;
    let answer = Asked::of(&parameters, venue).and_then(|asked| {
        let rows = rows::rows(venue, &asked)?;
        Ok(body(venue, &asked, &rows))
    });
    match answer {
        Ok(body) => Reply::json(&body),
        Err(refused) => Refused::into(refused),
    }
}

fn body(venue: &Venue, asked: &Asked, rows: &[Row]) -> HistoryBody {
    let first = rows.first().map_or(asked.first_date(), |row| row.on);
    let base = Baseline::before(venue, first);
    let profits = profits(venue, asked, rows, base);
    HistoryBody {
        timestamp: rows.iter().map(|row| row.label).collect(),
        equity: rows.iter().map(|row| dollars(row.equity)).collect(),
        profit_loss: profits.iter().map(|(profit, _)| dollars(*profit)).collect(),
        profit_loss_pct: profits.iter().map(|(_, part)| *part).collect(),
        base_value: dollars(base.equity),
        base_value_asof: base.on,
        timeframe: asked.timeframe.word(),
        cashflow: cashflow(venue, asked, rows),
    }
}

/// What profit counts from.
#[derive(Clone, Copy)]
struct Baseline {
    /// The close it was counted at; `None` for the cash of the start.
    at: Option<Instant>,
    on: Date,
    equity: Decimal,
}

impl Baseline {
    /// The newest close before a day.
    fn before(venue: &Venue, day: Date) -> Self {
        let count = venue.counts().iter().rev().find(|count| count.on < day);
        match count {
            Some(count) => Self {
                at: Some(count.at),
                on: count.on,
                equity: count.equity.decimal(),
            },
            None => Self {
                at: None,
                on: new_york_date(venue.config().start),
                equity: venue.config().cash.decimal(),
            },
        }
    }
}

/// Dollars and the part of the baseline that each row has gained; transfers are no profit, but
/// dividends and fees are.
fn profits(venue: &Venue, asked: &Asked, rows: &[Row], base: Baseline) -> Vec<(Decimal, f64)> {
    let profit = |row: &Row| {
        let from = match asked.reset {
            Reset::EachDay => Baseline::before(venue, row.on),
            Reset::Never => base,
        };
        let profit = row.equity - from.equity - transferred(venue, from.at, row.until);
        let part = profit.checked_div(from.equity).unwrap_or_default();
        (profit, number(part, PART_DECIMALS))
    };
    rows.iter().map(profit).collect()
}

/// Dollars of each kind in each row; kinds without any are left out.
fn cashflow(venue: &Venue, asked: &Asked, rows: &[Row]) -> BTreeMap<&'static str, Vec<f64>> {
    let mut by_kind: BTreeMap<&'static str, Vec<Decimal>> = BTreeMap::new();
    for (at, cash) in flows(venue).filter(|(_, cash)| asked.wants(cash.kind)) {
        let Some(place) = rows.iter().position(|row| row.holds(at)) else {
            continue;
        };
        let sums = by_kind
            .entry(cash.kind.word())
            .or_insert_with(|| vec![Decimal::ZERO; rows.len()]);
        sums[place] += cash.amount.decimal();
    }
    let written = |sums: Vec<Decimal>| sums.into_iter().map(dollars).collect();
    by_kind
        .into_iter()
        .map(|(kind, sums)| (kind, written(sums)))
        .collect()
}

fn flows(venue: &Venue) -> impl Iterator<Item = (Instant, &Cash)> {
    venue
        .activities()
        .iter()
        .filter_map(|row| match &row.entry {
            Entry::Cash(cash) => Some((row.at, cash)),
            _ => None,
        })
}

/// Dollars paid in and out after one moment up to another.
fn transferred(venue: &Venue, after: Option<Instant>, until: Instant) -> Decimal {
    let inside = |at: Instant| after.is_none_or(|after| at > after) && at <= until;
    flows(venue)
        .filter(|(at, cash)| {
            matches!(cash.kind, CashKind::Deposit | CashKind::Withdrawal) && inside(*at)
        })
        .map(|(_, cash)| cash.amount.decimal())
        .sum()
}

fn dollars(value: Decimal) -> f64 {
    number(value, DOLLAR_DECIMALS)
}

fn number(value: Decimal, decimals: u32) -> f64 {
    value.round_dp(decimals).to_f64().unwrap_or_default()
}
