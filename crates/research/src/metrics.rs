//! What an equity curve is worth, in the usual figures. What does not exist is `None`.

use serde::Serialize;

/// Figures of one equity curve; ratios, not percents.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Metrics {
    /// Last mark, in dollars.
    pub final_equity: f64,
    /// Final over starting equity, less one.
    pub total_return: f64,
    /// Compound annual growth; `None` when equity ended at or below zero.
    pub cagr: Option<f64>,
    /// Deepest fall below an earlier high, the start included: `max(1 - equity / running max)`.
    pub max_drawdown: f64,
    /// Mean over standard deviation (ddof 1) of per-bar returns, times the root of bars per year;
    /// risk-free rate 0 (Sharpe 1994). `None` without variance.
    pub sharpe: Option<f64>,
    /// As Sharpe with the root mean square of the negative returns (Sortino & Price 1994); `None`
    /// when no return is negative.
    pub sortino: Option<f64>,
    /// Annual growth over maximum drawdown (Young 1991); `None` without a drawdown.
    pub calmar: Option<f64>,
}

/// How long a curve is and how its bars make a year.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Span {
    /// Years from the first bar's start to the last one's end.
    pub years: f64,
    /// Bars a year.
    pub periods_per_year: f64,
}

impl Metrics {
    /// The figures of `equity`, marked at every bar's close, of an account begun with `start`
    /// dollars; `None` for an empty curve.
    #[must_use]
    pub fn of(start: f64, equity: &[f64], span: Span) -> Option<Self> {
        let last = *equity.last()?;
        let total_return = last / start - 1.0;
        let cagr = cagr(total_return, span.years);
        let max_drawdown = max_drawdown(start, equity);
        let returns = || equity.windows(2).map(|pair| pair[1] / pair[0] - 1.0);
        let moments = Moments::of(returns());
        let annual = span.periods_per_year.sqrt();
        Some(Self {
            final_equity: last,
            total_return,
            cagr,
            max_drawdown,
            sharpe: moments.sharpe().map(|sharpe| sharpe * annual),
            sortino: sortino(returns(), moments.mean()).map(|sortino| sortino * annual),
            calmar: cagr
                .filter(|_| max_drawdown > 0.0)
                .map(|cagr| cagr / max_drawdown),
        })
    }
}

/// Compound annual growth of a total return over so many years; `None` when all was lost.
#[must_use]
pub fn cagr(total_return: f64, years: f64) -> Option<f64> {
    let growth = 1.0 + total_return;
    (growth > 0.0 && years > 0.0).then(|| growth.powf(1.0 / years) - 1.0)
}

/// Deepest fall below the running maximum, which begins at `start`.
#[must_use]
pub fn max_drawdown(start: f64, equity: &[f64]) -> f64 {
    let mut highest = start;
    let mut deepest: f64 = 0.0;
    for value in equity {
        highest = highest.max(*value);
        deepest = deepest.max(1.0 - value / highest);
    }
    deepest
}

/// Count, sum and squared deviations of a sample, in two passes over it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moments {
    count: f64,
    mean: f64,
    squares: f64,
}

impl Moments {
    /// The moments of a sample that can be walked twice.
    #[must_use]
    pub fn of(sample: impl Iterator<Item = f64> + Clone) -> Self {
        let (count, sum) = sample
            .clone()
            .fold((0.0, 0.0), |(count, sum), value| (count + 1.0, sum + value));
        let mean = if count > 0.0 { sum / count } else { 0.0 };
        let squares = sample.map(|value| (value - mean) * (value - mean)).sum();
        Self {
            count,
            mean,
            squares,
        }
    }

    /// From a count, a sum and a sum of squares, where the sample itself is not at hand.
    #[must_use]
    pub fn from_sums(count: f64, sum: f64, sum_of_squares: f64) -> Self {
        let mean = if count > 0.0 { sum / count } else { 0.0 };
        let squares = (sum_of_squares - count * mean * mean).max(0.0);
        Self {
            count,
            mean,
            squares,
        }
    }

    /// The sample's mean; `None` of nothing.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0.0).then_some(self.mean)
    }

    /// Standard deviation with ddof 1; `None` below two values.
    #[must_use]
    pub fn deviation(&self) -> Option<f64> {
        (self.count > 1.0).then(|| (self.squares / (self.count - 1.0)).sqrt())
    }

    /// Mean over standard deviation, per observation; `None` without variance.
    #[must_use]
    pub fn sharpe(&self) -> Option<f64> {
        let deviation = self.deviation().filter(|deviation| *deviation > 0.0)?;
        Some(self.mean / deviation)
    }
}

fn sortino(returns: impl Iterator<Item = f64>, mean: Option<f64>) -> Option<f64> {
    let (count, squares) = returns.fold((0.0, 0.0), |(count, squares), value| {
        let below: f64 = value.min(0.0);
        (count + 1.0, squares + below * below)
    });
    (squares > 0.0).then(|| mean.map(|mean| mean / f64::sqrt(squares / count)))?
}

#[cfg(test)]
mod tests {
    use super::*;

    const YEAR: Span = Span {
        years: 1.0,
        periods_per_year: 4.0,
    };

    #[test]
    fn figures_by_hand() {
        // Returns 0.1, -0.1, 0.2: mean 1/15, deviation sqrt(7/300).
        let found = Metrics::of(100.0, &[100.0, 110.0, 99.0, 118.8], YEAR).unwrap();
        let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-12, "{a} is not {b}");
        near(found.total_return, 0.188);
        near(found.cagr.unwrap(), 0.188);
        near(found.max_drawdown, 0.1);
        near(
            found.sharpe.unwrap(),
            2.0 * (1.0 / 15.0) / (7.0_f64 / 300.0).sqrt(),
        );
        near(
            found.sortino.unwrap(),
            2.0 * (1.0 / 15.0) / (0.01_f64 / 3.0).sqrt(),
        );
        near(found.calmar.unwrap(), 1.88);
    }

    #[test]
    fn what_does_not_exist_is_none() {
        let flat = Metrics::of(100.0, &[100.0; 5], YEAR).unwrap();
        assert_eq!((flat.sharpe, flat.sortino, flat.calmar), (None, None, None));
        assert_eq!(flat.max_drawdown, 0.0);
        let lost = Metrics::of(100.0, &[50.0, 0.0], YEAR).unwrap();
        assert_eq!((lost.cagr, lost.max_drawdown), (None, 1.0));
        assert!(Metrics::of(100.0, &[], YEAR).is_none());
        assert_eq!(Metrics::of(100.0, &[90.0], YEAR).unwrap().sharpe, None);
    }

    #[test]
    fn the_running_maximum_begins_at_the_starting_cash() {
        assert_eq!(max_drawdown(100.0, &[80.0, 90.0]), 1.0 - 80.0 / 100.0);
    }
}
