//! Intervals by the stationary bootstrap of Politis and Romano (1994).
//!
//! Blocks of geometric length keep the dependence between neighbouring bars that a bar-by-bar
//! draw would destroy. The mean block is the cube root of the sample's length (Hall, Horowitz and
//! Jing 1995 for variances), at least [`BLOCK_MIN`] bars.

use serde::Serialize;

use super::random::Random;
use crate::metrics::{Moments, Span, max_drawdown};

/// Shortest mean block, in bars: one session of hours.
pub const BLOCK_MIN: f64 = 7.0;

/// What resampled histories look like.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Intervals {
    /// Histories drawn.
    pub draws: usize,
    /// Mean length of a block, in bars.
    pub mean_block: f64,
    /// Of the total return.
    pub total_return: Interval,
    /// Of the annual Sharpe ratio; 0 for a history without variance.
    pub sharpe: Interval,
    /// Of the maximum drawdown.
    pub max_drawdown: Interval,
    /// Deepest fall of them all.
    pub worst_drawdown: f64,
    /// Part of histories that lost money.
    pub loss_probability: f64,
}

/// A percentile interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Interval {
    /// 5th percentile.
    pub low: f64,
    /// Median.
    pub median: f64,
    /// 95th percentile.
    pub high: f64,
}

impl Interval {
    /// Of a sample, which it sorts; `None` of nothing.
    #[must_use]
    pub fn of(sample: &mut [f64]) -> Option<Self> {
        sample.sort_unstable_by(f64::total_cmp);
        let last = sample.len().checked_sub(1)?;
        let at = |percent: usize| sample[last * percent / 100];
        Some(Self {
            low: at(5),
            median: at(50),
            high: at(95),
        })
    }
}

/// Redraws a history of per-bar `returns`; `None` without returns or draws.
#[must_use]
pub fn intervals(returns: &[f64], span: Span, draws: usize, seed: u64) -> Option<Intervals> {
    let mut random = Random::new(seed);
    if returns.is_empty() || draws == 0 {
        return None;
    }
    let mean_block = mean_block(returns.len());
    let (mut totals, mut sharpes, mut falls) = (Vec::new(), Vec::new(), Vec::new());
    let mut drawn = vec![0.0; returns.len()];
    let mut equity = vec![0.0; returns.len()];
    for _ in 0..draws {
        redraw(returns, mean_block, &mut random, &mut drawn);
        let mut level = 1.0;
        for (mark, change) in equity.iter_mut().zip(&drawn) {
            level *= 1.0 + change;
            *mark = level;
        }
        totals.push(level - 1.0);
        let sharpe = Moments::of(drawn.iter().copied())
            .sharpe()
            .unwrap_or_default();
        sharpes.push(sharpe * span.periods_per_year.sqrt());
        falls.push(max_drawdown(1.0, &equity));
    }
    let losses = totals.iter().filter(|total| **total < 0.0).count();
    Some(Intervals {
        draws,
        mean_block,
        loss_probability: losses as f64 / draws as f64,
        worst_drawdown: falls.iter().copied().fold(0.0, f64::max),
        total_return: Interval::of(&mut totals)?,
        sharpe: Interval::of(&mut sharpes)?,
        max_drawdown: Interval::of(&mut falls)?,
    })
}

/// Mean length of a block of so long a sample, in bars.
pub(super) fn mean_block(length: usize) -> f64 {
    (length as f64).cbrt().max(BLOCK_MIN)
}

/// One stationary resample: at every bar a new block begins with probability `1 / mean_block`.
pub(super) fn redraw(returns: &[f64], mean_block: f64, random: &mut Random, drawn: &mut [f64]) {
    let mut at = random.below(returns.len());
    for value in drawn {
        *value = returns[at];
        let jump = random.unit() < 1.0 / mean_block;
        at = if jump {
            random.below(returns.len())
        } else {
            (at + 1) % returns.len()
        };
    }
}
