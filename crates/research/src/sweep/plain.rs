//! The sweep as anybody would write it first: one pair, one loop, one account in floats.
//!
//! Nothing is clever here. Tests hold the kernel to it within 1e-9.

use super::score::Score;
use super::{Options, SweepError, Table};
use crate::metrics::{Metrics, Span};

/// Scores one pair bar by bar.
///
/// # Errors
/// [`SweepError`] for a pair outside the options' ranges.
pub fn score(
    table: &Table<'_>,
    options: &Options,
    fast: u32,
    slow: u32,
) -> Result<Score, SweepError> {
    let tape = &table.tape;
    let warm_from = table.warm_from(options, slow);
    let (fast_rate, slow_rate) = (2.0 / (f64::from(fast) + 1.0), 2.0 / (f64::from(slow) + 1.0));
    let seed = tape.closes.first().copied().unwrap_or_default();
    let (mut fast_ema, mut slow_ema) = (seed, seed);
    let (mut cash, mut shares, mut folded) = (1.0, 0.0, 0);
    let (mut trades, mut held_bars) = (0, 0);
    let mut equity = Vec::with_capacity(tape.len());
    let next = |rate: f64, ema: f64, close: f64| {
        if close == ema {
            ema
        } else {
            rate * close + (1.0 - rate) * ema
        }
    };
    for at in 0..tape.len() {
        while folded < tape.folded[at] {
            fast_ema = next(fast_rate, fast_ema, tape.closes[folded]);
            slow_ema = next(slow_rate, slow_ema, tape.closes[folded]);
            folded += 1;
        }
        if tape.folded[at] > 0 && at >= warm_from {
            let price = tape.price[at];
            let bullish = price > fast_ema && fast_ema > slow_ema;
            let bearish = price < fast_ema && fast_ema < slow_ema;
            if bullish && shares == 0.0 {
                shares = cash / tape.buy[at];
                cash = 0.0;
            } else if (bearish || options.is_broken() && !bullish) && shares > 0.0 {
                cash = shares * tape.sell[at];
                shares = 0.0;
                trades += 1;
            }
        }
        held_bars += u32::from(shares > 0.0);
        equity.push(cash + shares * tape.mark[at]);
    }
    let span = Span {
        years: table.years,
        periods_per_year: table.periods_per_year,
    };
    let metrics = Metrics::of(1.0, &equity, span).ok_or(SweepError::NoPairs {
        fast: options.fast.clone(),
        slow: options.slow.clone(),
    })?;
    Ok(Score {
        fast,
        slow,
        total_return: metrics.total_return,
        cagr: metrics.cagr,
        max_drawdown: metrics.max_drawdown,
        sharpe: metrics.sharpe,
        trades,
        exposure: f64::from(held_bars) / tape.len() as f64,
    })
}
