//! What a pair is worth, and how pairs are ordered and written.

use std::cmp::Ordering;
use std::fmt::{self, Write};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// One pair's figures; ratios, not percents.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Score {
    /// Span of the fast average.
    pub fast: u32,
    /// Span of the slow average.
    pub slow: u32,
    /// Final over starting equity, less one; an open position is marked at the last close.
    pub total_return: f64,
    /// Compound annual growth.
    pub cagr: Option<f64>,
    /// Deepest fall below an earlier high.
    pub max_drawdown: f64,
    /// Annual Sharpe ratio of per-bar returns; `None` for a pair that never held.
    pub sharpe: Option<f64>,
    /// Positions closed.
    pub trades: u32,
    /// Part of bars at whose close the position is held.
    pub exposure: f64,
}

/// A figure to order by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Highest first.
    TotalReturn,
    /// Highest first.
    Cagr,
    /// Lowest first.
    MaxDrawdown,
    /// Highest first.
    #[default]
    Sharpe,
    /// Most first.
    Trades,
    /// Highest first.
    Exposure,
}

/// The text names no metric.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is not a metric: use total_return, cagr, max_drawdown, sharpe, trades or exposure"
)]
pub struct MetricError {
    text: String,
}

impl Metric {
    /// Every metric, in the order of columns.
    pub const ALL: [Self; 6] = [
        Self::TotalReturn,
        Self::Cagr,
        Self::MaxDrawdown,
        Self::Sharpe,
        Self::Trades,
        Self::Exposure,
    ];

    /// Its name in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::TotalReturn => "total_return",
            Self::Cagr => "cagr",
            Self::MaxDrawdown => "max_drawdown",
            Self::Sharpe => "sharpe",
            Self::Trades => "trades",
            Self::Exposure => "exposure",
        }
    }

    /// The figure of a pair.
    #[must_use]
    pub fn of(self, score: &Score) -> Option<f64> {
        match self {
            Self::TotalReturn => Some(score.total_return),
            Self::Cagr => score.cagr,
            Self::MaxDrawdown => Some(score.max_drawdown),
            Self::Sharpe => score.sharpe,
            Self::Trades => Some(f64::from(score.trades)),
            Self::Exposure => Some(score.exposure),
        }
    }

    /// The better of two pairs first, one without the figure last, equals by their spans.
    #[must_use]
    pub fn best_first(self, a: &Score, b: &Score) -> Ordering {
        let by_value = match (self.of(a), self.of(b)) {
            (Some(a), Some(b)) if self == Self::MaxDrawdown => a.total_cmp(&b),
            (Some(a), Some(b)) => b.total_cmp(&a),
            (a, b) => b.is_some().cmp(&a.is_some()),
        };
        by_value.then((a.fast, a.slow).cmp(&(b.fast, b.slow)))
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Metric {
    type Err = MetricError;

    fn from_str(text: &str) -> Result<Self, MetricError> {
        let named = Self::ALL.into_iter().find(|metric| metric.name() == text);
        named.ok_or_else(|| MetricError {
            text: text.to_owned(),
        })
    }
}

/// The best `count` pairs by `metric`, best first.
#[must_use]
pub fn top(scores: &[Score], metric: Metric, count: usize) -> Vec<Score> {
    let mut sorted = scores.to_vec();
    sorted.sort_by(|a, b| metric.best_first(a, b));
    sorted.truncate(count);
    sorted
}

/// All pairs as CSV, with a header; an empty field where there is no figure.
#[must_use]
pub fn csv(scores: &[Score]) -> String {
    let mut text = String::from("fast,slow");
    for metric in Metric::ALL {
        text.push(',');
        text.push_str(metric.name());
    }
    text.push('\n');
    for score in scores {
        let _ = write!(text, "{},{}", score.fast, score.slow);
        for metric in Metric::ALL {
            text.push(',');
            if let Some(value) = metric.of(score) {
                let _ = write!(text, "{value}");
            }
        }
        text.push('\n');
    }
    text
}
