//! Is the pair a plateau or a needle? (Pardo 2008, chapter 11: robust parameters have good
//! neighbours.)

use std::collections::BTreeMap;

use serde::Serialize;

use super::bootstrap::Interval;
use crate::sweep::{Metric, Score};

/// How far a neighbour's spans may lie, as a part of the pair's own; at least one.
pub const NEIGHBOUR_PART: f64 = 0.2;

/// A pair among its neighbours.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Plateau {
    /// The pair's own figure.
    pub own: f64,
    /// Neighbours with a figure.
    pub neighbours: usize,
    /// Their figures; `None` without neighbours.
    pub around: Option<Interval>,
    /// Part of neighbours with a figure above zero.
    pub positive: f64,
    /// Part of all pairs whose figure is below the pair's own.
    pub rank: f64,
}

/// Where the pair stands by Sharpe ratio; `None` when it has none.
#[must_use]
pub fn around(scores: &[Score], fast: u32, slow: u32) -> Option<Plateau> {
    let near = |own: u32, other: u32| {
        f64::from(own.abs_diff(other)) <= (f64::from(own) * NEIGHBOUR_PART).max(1.0)
    };
    let own = scores
        .iter()
        .find(|score| (score.fast, score.slow) == (fast, slow))?
        .sharpe?;
    let mut neighbours: Vec<f64> = scores
        .iter()
        .filter(|score| near(fast, score.fast) && near(slow, score.slow))
        .filter(|score| (score.fast, score.slow) != (fast, slow))
        .filter_map(|score| score.sharpe)
        .collect();
    let positive = neighbours.iter().filter(|sharpe| **sharpe > 0.0).count();
    let below = scores
        .iter()
        .filter(|score| score.sharpe.is_none_or(|sharpe| sharpe < own))
        .count();
    Some(Plateau {
        own,
        neighbours: neighbours.len(),
        positive: positive as f64 / neighbours.len().max(1) as f64,
        around: Interval::of(&mut neighbours),
        rank: below as f64 / scores.len() as f64,
    })
}

/// Every pair's figure replaced by the median of itself and its direct neighbours: a map on which
/// needles vanish and plateaus stay.
#[must_use]
pub fn smoothed(scores: &[Score], metric: Metric) -> BTreeMap<(u32, u32), f64> {
    let raw: BTreeMap<(u32, u32), f64> = scores
        .iter()
        .filter_map(|score| Some(((score.fast, score.slow), metric.of(score)?)))
        .collect();
    let median = |(fast, slow): (u32, u32)| {
        let fasts = fast.saturating_sub(1)..=fast + 1;
        let mut around: Vec<f64> = fasts
            .flat_map(|fast| (slow.saturating_sub(1)..=slow + 1).map(move |slow| (fast, slow)))
            .filter_map(|pair| raw.get(&pair).copied())
            .collect();
        around.sort_unstable_by(f64::total_cmp);
        around[around.len() / 2]
    };
    raw.keys().map(|pair| (*pair, median(*pair))).collect()
}
