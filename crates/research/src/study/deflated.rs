//! The deflated Sharpe ratio of Bailey and López de Prado (2014).
//!
//! The best of many tries looks good by luck alone. The ratio asks how likely the true Sharpe
//! ratio is above what the best of so many worthless tries would show, given the sample's length,
//! skew and tails.

use serde::Serialize;

use super::normal::{EULER, cumulative, quantile};
use crate::metrics::Moments;

/// How a Sharpe ratio stands after counting the tries.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Deflated {
    /// Tries counted.
    pub trials: usize,
    /// Per-bar Sharpe ratio of the candidate.
    pub sharpe_per_bar: f64,
    /// Per-bar Sharpe ratio expected of the best of so many worthless tries.
    pub expected_best_per_bar: f64,
    /// Probability that the true ratio is above zero (Bailey and López de Prado 2012).
    pub probabilistic: f64,
    /// Probability that it is above the expected best of luck.
    pub deflated: f64,
}

/// Deflates the Sharpe ratio of per-bar `returns` by the per-bar Sharpe ratios of all `trials`;
/// `None` without variance or trials.
#[must_use]
pub fn deflate(returns: &[f64], trials: &[f64]) -> Option<Deflated> {
    let moments = Moments::of(returns.iter().copied());
    let sharpe = moments.sharpe()?;
    let spread = Moments::of(trials.iter().copied())
        .deviation()
        .unwrap_or_default();
    let expected = expected_best(trials.len(), spread);
    let error = standard_error(returns, &moments, sharpe)?;
    Some(Deflated {
        trials: trials.len(),
        sharpe_per_bar: sharpe,
        expected_best_per_bar: expected,
        probabilistic: cumulative(sharpe / error),
        deflated: cumulative((sharpe - expected) / error),
    })
}

/// Expected maximum of `trials` normal numbers of this deviation around zero.
fn expected_best(trials: usize, deviation: f64) -> f64 {
    if trials < 2 {
        return 0.0;
    }
    let count = trials as f64;
    let body = (1.0 - EULER) * quantile(1.0 - 1.0 / count);
    let tail = EULER * quantile(1.0 - 1.0 / (count * std::f64::consts::E));
    deviation * (body + tail)
}

/// Standard error of a Sharpe ratio under skew and kurtosis (Mertens 2002).
fn standard_error(returns: &[f64], moments: &Moments, sharpe: f64) -> Option<f64> {
    let (mean, deviation) = (moments.mean()?, moments.deviation()?);
    let count = returns.len() as f64;
    let power = |k: i32| {
        returns
            .iter()
            .map(|value| ((value - mean) / deviation).powi(k))
            .sum::<f64>()
            / count
    };
    let (skew, kurtosis) = (power(3), power(4));
    let variance = 1.0 - skew * sharpe + (kurtosis - 1.0) / 4.0 * sharpe * sharpe;
    (variance > 0.0 && count > 1.0).then(|| (variance / (count - 1.0)).sqrt())
}
