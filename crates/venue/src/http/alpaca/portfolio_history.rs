//! `GET /v2/account/portfolio/history`: one row a session, counted at its close.
//!
//! Timeframes within a day are refused: the venue counts at closes alone.

use std::collections::BTreeMap;

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use jiff::tz::TimeZone;
use market::time::{Time, new_york_date};
use market::{Date, Instant};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::Serialize;

use super::refused::{Refused, UNPROCESSABLE};
use crate::http::parameters::{Parameters, read, text};
use crate::http::reply::Reply;
use crate::http::shared::Shared;
use crate::model::{Cash, Count, Entry, Venue};

/// Digits behind the point of dollars and of parts.
const DOLLAR_DECIMALS: u32 = 2;
const PART_DECIMALS: u32 = 4;
/// Days that the units of a period have.
const UNITS: [(char, i64); 4] = [('D', 1), ('W', 7), ('M', 31), ('A', 366)];
/// The period unless asked otherwise: a month.
const PERIOD_DEFAULT: &str = "1M";

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
    match span(&parameters, exchange.venue.now()) {
        Ok((from, until)) => Reply::json(&body(&exchange.venue, from, until)),
        Err(refused) => refused.into(),
    }
}

/// The dates asked for, both included.
fn span(parameters: &Parameters, now: Instant) -> Result<(Date, Date), Refused> {
    let invalid = |name: &str, text: &str| Refused::malformed(format!("invalid {name} {text}"));
    if let Some(other) = text(parameters, "timeframe").filter(|word| *word != "1D") {
        let message =
            format!("timeframe {other} is not supported by this venue, which counts days");
        return Err(Refused::new(422, UNPROCESSABLE, message));
    }
    let date = |name: &str| match read::<Instant>(parameters, name) {
        Ok(moment) => Ok(moment.map(new_york_date)),
        Err(text) => text.parse().map(Some).map_err(|_| invalid(name, text)),
    };
    let (start, end) = (date("start")?, date("end")?);
    let period = text(parameters, "period");
    if start.is_some() && end.is_some() && period.is_some() {
        return Err(Refused::malformed(
            "only two of start, end and period can be specified",
        ));
    }
    let until = end.unwrap_or_else(|| new_york_date(now));
    let words = period.unwrap_or(PERIOD_DEFAULT);
    let days = days(words).ok_or_else(|| invalid("period", words))?;
    let back = until.checked_sub(market::Duration::from_hours(24 * days));
    let from = start
        .or(back.ok())
        .ok_or_else(|| invalid("period", words))?;
    Ok((from, until))
}

fn days(period: &str) -> Option<i64> {
    let unit = period.chars().next_back()?;
    let (_, days) = UNITS.into_iter().find(|(known, _)| *known == unit)?;
    let count: i64 = period[..period.len() - 1].parse().ok()?;
    let days = count.checked_mul(days)?;
    (1..=366 * 100).contains(&days).then_some(days)
}

fn body(venue: &Venue, from: Date, until: Date) -> HistoryBody {
    let counts = venue.counts();
    let wanted = |count: &&Count| from <= count.on && count.on <= until;
    let shown: Vec<&Count> = counts.iter().filter(wanted).collect();
    let before = counts.iter().rev().find(|count| count.on < from);
    let base = before.map_or(venue.config().cash, |count| count.equity);
    let base = base.decimal();
    let flows: Vec<&Cash> = flows(venue);
    let mut last = base;
    let mut profits = Vec::with_capacity(shown.len());
    for (nth, count) in shown.iter().enumerate() {
        let since = nth.checked_sub(1).map(|nth| shown[nth].at);
        let paid: Decimal = flows_between(venue, since, count.at)
            .map(|c| c.amount.decimal())
            .sum();
        profits.push(count.equity.decimal() - last - paid);
        last = count.equity.decimal();
    }
    HistoryBody {
        timestamp: shown.iter().map(|count| label(count.on)).collect(),
        equity: shown
            .iter()
            .map(|count| number(count.equity.decimal(), DOLLAR_DECIMALS))
            .collect(),
        profit_loss: profits
            .iter()
            .map(|p| number(*p, DOLLAR_DECIMALS))
            .collect(),
        profit_loss_pct: profits
            .iter()
            .map(|p| number(p.checked_div(base).unwrap_or_default(), PART_DECIMALS))
            .collect(),
        base_value: number(base, DOLLAR_DECIMALS),
        base_value_asof: before.map_or(new_york_date(venue.config().start), |count| count.on),
        timeframe: "1D",
        cashflow: by_kind(&shown, &flows),
    }
}

/// Dollars of each kind on each day shown; kinds without any are left out.
fn by_kind(shown: &[&Count], flows: &[&Cash]) -> BTreeMap<&'static str, Vec<f64>> {
    let mut by_kind: BTreeMap<&'static str, Vec<Decimal>> = BTreeMap::new();
    for flow in flows {
        let Some(day) = shown.iter().position(|count| count.on == flow.date) else {
            continue;
        };
        let days = by_kind
            .entry(flow.kind.word())
            .or_insert_with(|| vec![Decimal::ZERO; shown.len()]);
        days[day] += flow.amount.decimal();
    }
    let written = |days: Vec<Decimal>| days.iter().map(|d| number(*d, DOLLAR_DECIMALS)).collect();
    by_kind
        .into_iter()
        .map(|(kind, days)| (kind, written(days)))
        .collect()
}

fn flows(venue: &Venue) -> Vec<&Cash> {
    let cash = venue
        .activities()
        .iter()
        .filter_map(|row| match &row.entry {
            Entry::Cash(cash) => Some(cash),
            _ => None,
        });
    cash.collect()
}

/// Transfers after one moment up to another: they are no profit. Dividends and fees are.
fn flows_between(
    venue: &Venue,
    after: Option<Instant>,
    until: Instant,
) -> impl Iterator<Item = &Cash> {
    use crate::model::CashKind::{Deposit, Withdrawal};
    venue
        .activities()
        .iter()
        .filter_map(move |row| match &row.entry {
            Entry::Cash(cash) if matches!(cash.kind, Deposit | Withdrawal) => {
                let inside = after.is_none_or(|after| row.at > after) && row.at <= until;
                inside.then_some(cash)
            }
            _ => None,
        })
}

/// A day's row bears the UTC midnight that ends it, as the recorded ones seem to; unconfirmed.
fn label(date: Date) -> i64 {
    let next = date.tomorrow().unwrap_or(date);
    let midnight = next.to_datetime(Time::midnight()).to_zoned(TimeZone::UTC);
    midnight.map_or(0, |midnight| midnight.timestamp().as_second())
}

fn number(value: Decimal, decimals: u32) -> f64 {
    value.round_dp(decimals).to_f64().unwrap_or_default()
}
