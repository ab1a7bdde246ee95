//! Walk-forward analysis (Pardo 1992, 2008): choose on the past, be judged on what comes next.

use serde::Serialize;

use crate::metrics::{Metrics, Moments, Span};
use crate::sweep::{Metric, Options, SweepError, Table, plain, top};

/// Parts of history: the first is only learnt from, each later one is traded once.
pub const PARTS: usize = 6;

/// What choosing again and again would have brought.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WalkForward {
    /// Each part traded.
    pub folds: Vec<Fold>,
    /// Figures of the traded parts strung together, of one dollar.
    pub metrics: Metrics,
    /// Buy and hold over the same bars.
    pub buy_and_hold: Metrics,
    /// Mean annual Sharpe ratio of the winners where they were chosen.
    pub sharpe_inside: Option<f64>,
    /// Sharpe ratio outside over that inside: Pardo's efficiency. `None` unless both exist and
    /// the one inside is above zero.
    pub efficiency: Option<f64>,
    /// Equity of one dollar at the traded bars' closes.
    #[serde(skip)]
    pub equity: Vec<f64>,
}

/// One choice and its test.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Fold {
    /// First bar traded.
    pub from: usize,
    /// First bar no longer traded.
    pub to: usize,
    /// The winner's fast span.
    pub fast: u32,
    /// The winner's slow span.
    pub slow: u32,
    /// Its Sharpe ratio on all bars before.
    pub sharpe_inside: f64,
    /// Its Sharpe ratio on the bars traded; `None` when it never held.
    pub sharpe_outside: Option<f64>,
    /// Its return on the bars traded.
    pub return_outside: f64,
}

/// Walks forward by the best Sharpe ratio of all bars so far; `None` when no part of the past has
/// a winner. A position under way at a part's start is carried in without a new cost.
///
/// # Errors
/// [`SweepError`].
pub fn walk(table: &Table<'_>, options: &Options) -> Result<Option<WalkForward>, SweepError> {
    let bars = table.bars();
    let annual = table.span().periods_per_year.sqrt();
    let (mut folds, mut returns, mut held) = (Vec::new(), Vec::new(), Vec::new());
    for part in 1..PARTS {
        let (from, to) = (bars * part / PARTS, bars * (part + 1) / PARTS);
        let scores = table.first(from).sweep(options)?;
        let best = top(&scores, Metric::Sharpe, 1).into_iter().next();
        let Some((best, sharpe_inside)) = best.and_then(|best| Some((best, best.sharpe?))) else {
            continue;
        };
        let path = plain::walk(table, options, (best.fast, best.slow), 0.0).returns();
        // Return `t` leads from bar `t` to bar `t + 1`.
        let traded = &path[from - 1..to - 1];
        let sharpe = Moments::of(traded.iter().copied()).sharpe();
        folds.push(Fold {
            from,
            to,
            fast: best.fast,
            slow: best.slow,
            sharpe_inside,
            sharpe_outside: sharpe.map(|sharpe| sharpe * annual),
            return_outside: traded
                .iter()
                .fold(1.0, |level, change| level * (1.0 + change))
                - 1.0,
        });
        returns.extend_from_slice(traded);
        let closes = &table.marks()[from - 1..to];
        held.extend(closes.windows(2).map(|pair| pair[1] / pair[0] - 1.0));
    }
    Ok(summary(folds, &returns, &held, table))
}

fn summary(
    folds: Vec<Fold>,
    returns: &[f64],
    held: &[f64],
    table: &Table<'_>,
) -> Option<WalkForward> {
    let equity = compounded(returns);
    let part = returns.len() as f64 / table.bars() as f64;
    let span = Span {
        years: table.span().years * part,
        ..table.span()
    };
    if folds.is_empty() {
        return None;
    }
    let metrics = Metrics::of(1.0, &equity, span)?;
    let sharpe_inside = Moments::of(folds.iter().map(|fold| fold.sharpe_inside)).mean();
    let efficiency = metrics
        .sharpe
        .zip(sharpe_inside.filter(|inside| *inside > 0.0));
    let efficiency = efficiency.map(|(outside, inside)| outside / inside);
    Some(WalkForward {
        folds,
        metrics,
        buy_and_hold: Metrics::of(1.0, &compounded(held), span)?,
        sharpe_inside,
        efficiency,
        equity,
    })
}

/// One dollar through these returns, the beginning included.
fn compounded(returns: &[f64]) -> Vec<f64> {
    let mut level = 1.0;
    let mut equity = vec![level];
    equity.extend(returns.iter().map(|change| {
        level *= 1.0 + change;
        level
    }));
    equity
}
