//! The sweep as anybody would write it first: one pair, one loop, one account in floats.
//!
//! Nothing is clever here. Tests hold the kernel to it within 1e-9.

use super::score::Score;
use super::{Options, Table};
use crate::metrics::{Metrics, Span};

/// What one pair did, bar by bar.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    /// Equity at every bar's close, of one dollar.
    pub equity: Vec<f64>,
    /// Whether the position is held at every bar's close.
    pub held: Vec<bool>,
    /// Positions closed.
    pub trades: u32,
}

impl Path {
    /// What the plain rule wants at every bar, for rules that change how it is followed.
    #[must_use]
    pub fn wanted(&self, table: &Table<'_>) -> Vec<Wanted> {
        let prices = table.tape.price.iter().zip(&table.tape.folded);
        let prices = prices.map(|(price, folded)| (*folded > 0).then_some(*price));
        prices
            .zip(&self.held)
            .map(|(price, held)| Wanted { price, held: *held })
            .collect()
    }

    /// Per-bar returns of equity: one fewer than bars.
    #[must_use]
    pub fn returns(&self) -> Vec<f64> {
        self.equity
            .windows(2)
            .map(|pair| pair[1] / pair[0] - 1.0)
            .collect()
    }
}

/// What the signals want at a bar.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Wanted {
    /// The price decided on; `None` where there is no decision.
    pub price: Option<f64>,
    /// Whether the plain rule holds after it.
    pub held: bool,
}

/// Walks one pair bar by bar. `extra` is added to the cost of every fill, as a ratio.
#[must_use]
pub fn walk(table: &Table<'_>, options: &Options, (fast, slow): (u32, u32), extra: f64) -> Path {
    let tape = &table.tape;
    let warm_from = table.warm_from(options, slow);
    let (fast_rate, slow_rate) = (2.0 / (f64::from(fast) + 1.0), 2.0 / (f64::from(slow) + 1.0));
    let seed = tape.closes.first().copied().unwrap_or_default();
    let (mut fast_ema, mut slow_ema) = (seed, seed);
    let (mut cash, mut shares, mut folded) = (1.0, 0.0, 0);
    let mut path = Path {
        equity: Vec::new(),
        held: Vec::new(),
        trades: 0,
    };
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
                shares = cash / (tape.buy[at] * (1.0 + extra));
                cash = 0.0;
            } else if (bearish || options.is_broken() && !bullish) && shares > 0.0 {
                cash = shares * tape.sell[at] * (1.0 - extra);
                shares = 0.0;
                path.trades += 1;
            }
        }
        path.held.push(shares > 0.0);
        path.equity.push(cash + shares * tape.mark[at]);
    }
    path
}

/// Scores one pair bar by bar; `None` without bars.
#[must_use]
pub fn score(table: &Table<'_>, options: &Options, fast: u32, slow: u32) -> Option<Score> {
    let path = walk(table, options, (fast, slow), 0.0);
    let span = Span {
        years: table.years,
        periods_per_year: table.periods_per_year,
    };
    let metrics = Metrics::of(1.0, &path.equity, span)?;
    let held_bars = path.held.iter().filter(|held| **held).count();
    Some(Score {
        fast,
        slow,
        total_return: metrics.total_return,
        cagr: metrics.cagr,
        max_drawdown: metrics.max_drawdown,
        sharpe: metrics.sharpe,
        trades: path.trades,
        exposure: held_bars as f64 / path.held.len() as f64,
    })
}
