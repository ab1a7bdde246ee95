//! Would the same time in the market, at random moments, have done as well?
//!
//! The lengths of the holding periods and of the gaps between them are kept and their order is
//! drawn at random: equal exposure, equal number of trades, no timing. The share of such
//! timetables that earn at least as much is the p-value of a Monte Carlo permutation test
//! (Aronson 2006, chapter 5, after Masters).

use serde::Serialize;

use super::random::Random;

/// What chance does with the same exposure.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct RandomEntry {
    /// Timetables drawn.
    pub draws: usize,
    /// Log return of the strategy's own timetable, before costs, close to close.
    pub observed: f64,
    /// Mean of the random ones.
    pub random_mean: f64,
    /// `(1 + as good) / (1 + draws)`: the chance of doing at least as well without timing.
    pub p_value: f64,
}

/// Tests the timetable `held` (by bar, at its close) on `closes`; `None` without both held and
/// idle bars, for then there is nothing to shuffle.
#[must_use]
pub fn test(closes: &[f64], held: &[bool], draws: usize, seed: u64) -> Option<RandomEntry> {
    let logs: Vec<f64> = closes
        .windows(2)
        .map(|pair| (pair[1] / pair[0]).ln())
        .collect();
    // Held at a close means holding through the next bar.
    let held = &held[..logs.len()];
    let mut sums = vec![0.0];
    for log in &logs {
        sums.push(sums[sums.len() - 1] + log);
    }
    let lengths = |wanted: bool| -> Vec<usize> {
        held.chunk_by(|a, b| a == b)
            .filter(|run| run[0] == wanted)
            .map(<[bool]>::len)
            .collect()
    };
    let (mut periods, mut gaps) = (lengths(true), lengths(false));
    if periods.is_empty() || gaps.is_empty() || draws == 0 {
        return None;
    }
    let observed: f64 = logs
        .iter()
        .zip(held)
        .filter(|(_, held)| **held)
        .map(|(log, _)| log)
        .sum();
    let mut random = Random::new(seed);
    let (mut as_good, mut total) = (0_usize, 0.0);
    for _ in 0..draws {
        random.shuffle(&mut periods);
        random.shuffle(&mut gaps);
        // Which comes first is drawn too where both orders fit.
        let period_first =
            periods.len() > gaps.len() || periods.len() == gaps.len() && random.unit() < 0.5;
        let earned = earned(&sums, &periods, &gaps, period_first);
        total += earned;
        as_good += usize::from(earned >= observed);
    }
    Some(RandomEntry {
        draws,
        observed,
        random_mean: total / draws as f64,
        p_value: (1.0 + as_good as f64) / (1.0 + draws as f64),
    })
}

fn earned(sums: &[f64], periods: &[usize], gaps: &[usize], period_first: bool) -> f64 {
    let mut gaps = gaps.iter();
    let mut at = if period_first {
        0
    } else {
        gaps.next().copied().unwrap_or_default()
    };
    let mut earned = 0.0;
    for period in periods {
        earned += sums[at + period] - sums[at];
        at += period + gaps.next().copied().unwrap_or_default();
    }
    earned
}
