//! What idle cash would earn in a fund of Treasury bills.
//!
//! This is arithmetic and no evidence of skill: bills pay in every market. Each bar that ends out
//! of the market earns the year's effective federal funds rate ([`crate::rates`]), to which such
//! funds stay close, less their expenses; every trip into the fund and back pays for two trades.

use market::time::new_york_date;
use serde::Serialize;

use crate::metrics::{cagr, max_drawdown};
use crate::rates::federal_funds_bps;
use crate::series::Series;
use crate::sweep::{Table, plain};

/// Expenses of a fund of bills a year, in basis points, as SGOV's.
pub const EXPENSES_BPS: f64 = 9.0;
/// Cost of each trade in it, in basis points: half a cent on a hundred dollars.
pub const TRADE_BPS: f64 = 0.5;

const BPS_PER_ONE: f64 = 10_000.0;

/// What parking would have done.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Parking {
    /// Total return with it.
    pub total_return: f64,
    /// Maximum drawdown with it.
    pub max_drawdown: f64,
    /// Annual growth gained, in ratio points; `None` where growth does not exist.
    pub gained_a_year: Option<f64>,
    /// Part of bars spent parked.
    pub idle: f64,
    /// Trips into the fund.
    pub trips: usize,
    /// Cost of a trade in the fund, in basis points, at which parking gains nothing; `None`
    /// without a trip.
    pub break_even_bps: Option<f64>,
}

/// Parks the idle cash of `path`.
#[must_use]
pub fn park(series: &Series, table: &Table<'_>, path: &plain::Path) -> Parking {
    let span = table.span();
    let trips = path
        .held
        .chunk_by(|a, b| a == b)
        .filter(|run| !run[0])
        .count();
    let interest = interest(series, path, span.periods_per_year);
    let trade = 1.0 - TRADE_BPS / BPS_PER_ONE;
    let mut level = 1.0;
    let mut was_held = true;
    let mut equity = Vec::with_capacity(path.equity.len());
    for ((own, held), earned) in path.equity.iter().zip(&path.held).zip(&interest) {
        if *held != was_held {
            level *= trade;
        }
        was_held = *held;
        level *= 1.0 + earned;
        equity.push(own * level);
    }
    let total = |equity: &[f64]| equity.last().map_or(0.0, |last| last - 1.0);
    let grown = |total| cagr(total, span.years);
    let earned: f64 = interest.iter().map(|part| part.ln_1p()).sum();
    let idle = path.held.iter().filter(|held| !**held).count();
    Parking {
        total_return: total(&equity),
        max_drawdown: max_drawdown(1.0, &equity),
        gained_a_year: grown(total(&equity))
            .zip(grown(total(&path.equity)))
            .map(|(with, without)| with - without),
        idle: idle as f64 / path.held.len() as f64,
        trips,
        break_even_bps: (trips > 0).then(|| earned / (2.0 * trips as f64) * BPS_PER_ONE),
    }
}

/// By bar: the part earned while it ends out of the market.
fn interest(series: &Series, path: &plain::Path, periods_per_year: f64) -> Vec<f64> {
    let of = |(bar, held): (&market::Bar, &bool)| {
        if *held {
            return 0.0;
        }
        let year = new_york_date(bar.start).year();
        let rate = (federal_funds_bps(year) - EXPENSES_BPS).max(0.0);
        rate / BPS_PER_ONE / periods_per_year
    };
    series.bars.iter().zip(&path.held).map(of).collect()
}
