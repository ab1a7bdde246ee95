//! What doing little would have brought: buy and hold, and the 200-day rule.

use crate::backtest::Options;
use crate::metrics::{Metrics, Span};
use crate::series::Series;

/// Days of the classic moving-average rule (Faber 2007 trades its ten-month form).
pub const RULE_DAYS: usize = 200;

const BPS_PER_ONE: f64 = 10_000.0;

/// The equity of a benchmark with its figures.
#[derive(Debug, Clone, PartialEq)]
pub struct Benchmark {
    /// Equity at every bar's close, in dollars.
    pub equity: Vec<f64>,
    /// Its figures.
    pub metrics: Metrics,
}

/// All cash buys at the first bar's open, with the options' slippage, and holds.
#[must_use]
pub fn buy_and_hold(series: &Series, options: &Options) -> Benchmark {
    buy_and_hold_from(series, options, 0)
}

/// The same from the open of bar `first` on; its equity and figures begin there.
///
/// # Panics
/// When there is no bar `first`.
#[must_use]
pub fn buy_and_hold_from(series: &Series, options: &Options, first: usize) -> Benchmark {
    let bars = &series.bars[first..];
    let cash = options.cash.to_f64();
    let cost = 1.0 + options.slippage.to_f64() / BPS_PER_ONE;
    let shares = cash / (bars[0].open.to_f64() * cost);
    let equity = bars.iter().map(|bar| shares * bar.close.to_f64()).collect();
    let span = Span {
        years: series.years_from(first),
        periods_per_year: options.periods_per_year.unwrap_or(series.bars_per_year),
    };
    Benchmark::of(equity, options, span)
}

/// Holds while the last close of the session before stands above the mean of the last 200 such
/// closes, trading at a session's first open; in cash before there are 200. `None` unless it can
/// act in as many sessions as it has to wait: on less it says nothing.
#[must_use]
pub fn rule_of_200_days(series: &Series, options: &Options) -> Option<Benchmark> {
    let cost = options.slippage.to_f64() / BPS_PER_ONE;
    let (mut cash, mut shares) = (options.cash.to_f64(), 0.0);
    let mut closes: Vec<f64> = Vec::new();
    let mut equity = Vec::with_capacity(series.bars.len());
    let mut date = None;
    let mut close = None;
    for bar in &series.bars {
        let today = market::time::new_york_date(bar.start);
        if date != Some(today) {
            closes.extend(close);
            date = Some(today);
            let open = bar.open.to_f64();
            match is_above_mean(&closes) {
                Some(true) if shares == 0.0 => {
                    shares = cash / (open * (1.0 + cost));
                    cash = 0.0;
                }
                Some(false) if shares > 0.0 => {
                    cash = shares * open * (1.0 - cost);
                    shares = 0.0;
                }
                _ => {}
            }
        }
        close = Some(bar.close.to_f64());
        equity.push(cash + shares * bar.close.to_f64());
    }
    let span = Span {
        years: series.years(),
        periods_per_year: options.periods_per_year.unwrap_or(series.bars_per_year),
    };
    (closes.len() >= 2 * RULE_DAYS).then(|| Benchmark::of(equity, options, span))
}

/// Whether the last of the closes is above the mean of the last 200; `None` with fewer.
fn is_above_mean(closes: &[f64]) -> Option<bool> {
    let from = closes.len().checked_sub(RULE_DAYS)?;
    let window = &closes[from..];
    let mean = window.iter().sum::<f64>() / RULE_DAYS as f64;
    window.last().map(|last| *last > mean)
}

impl Benchmark {
    fn of(equity: Vec<f64>, options: &Options, span: Span) -> Self {
        let metrics = Metrics::of(options.cash.to_f64(), &equity, span)
            .expect("a benchmark holds at least one bar");
        Self { equity, metrics }
    }
}
