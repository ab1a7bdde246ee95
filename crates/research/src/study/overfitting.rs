//! Probability of backtest overfitting, by combinatorially symmetric cross-validation (Bailey,
//! Borwein, López de Prado and Zhu 2015).
//!
//! History is cut into an even number of blocks. Every choice of half of them is once the past in
//! which the best pair is picked, the other half the future in which it is ranked. The probability
//! is the part of choices whose winner lands in the worse half.

use serde::Serialize;

use crate::metrics::Moments;

/// Blocks of history: 252 ways to choose half of ten.
pub const BLOCKS: usize = 10;

/// How often the best in one half of history is below the middle in the other.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Overfitting {
    /// Ways of splitting tried.
    pub splits: usize,
    /// Pairs compared.
    pub candidates: usize,
    /// Part of splits whose winner ranks below the median outside: 0.5 is luck.
    pub probability: f64,
    /// Part of splits whose winner loses money outside.
    pub loss_probability: f64,
}

/// Count, sum and sum of squares of one candidate's returns in one block.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct BlockSums {
    count: f64,
    sum: f64,
    squares: f64,
}

/// A candidate's returns, block by block.
pub(super) fn block_sums(returns: &[f64]) -> [BlockSums; BLOCKS] {
    let mut sums = [BlockSums::default(); BLOCKS];
    for (block, sums) in sums.iter_mut().enumerate() {
        let (from, to) = (
            returns.len() * block / BLOCKS,
            returns.len() * (block + 1) / BLOCKS,
        );
        for value in &returns[from..to] {
            sums.count += 1.0;
            sums.sum += value;
            sums.squares += value * value;
        }
    }
    sums
}

/// The probability over candidates' blocks; `None` with fewer than two candidates.
pub(super) fn probability(candidates: &[[BlockSums; BLOCKS]]) -> Option<Overfitting> {
    if candidates.len() < 2 {
        return None;
    }
    let chosen = (0_u32..1 << BLOCKS).filter(|mask| mask.count_ones() as usize == BLOCKS / 2);
    let (mut splits, mut below, mut losing) = (0_usize, 0.0, 0_usize);
    for mask in chosen {
        let inside: Vec<f64> = candidates.iter().map(|sums| sharpe(sums, mask)).collect();
        let best = (0..inside.len()).max_by(|a, b| inside[*a].total_cmp(&inside[*b]))?;
        let outside: Vec<f64> = candidates.iter().map(|sums| sharpe(sums, !mask)).collect();
        // A winner tied with others stands in the middle of them.
        let count = |wanted: &dyn Fn(f64) -> bool| {
            outside.iter().filter(|value| wanted(**value)).count() as f64
        };
        let worse = count(&|value| value < outside[best]);
        let equal = count(&|value| value == outside[best]) - 1.0;
        let rank = (worse + equal / 2.0) / (outside.len() - 1) as f64;
        splits += 1;
        below += if rank < 0.5 {
            1.0
        } else if rank > 0.5 {
            0.0
        } else {
            0.5
        };
        losing += usize::from(outside[best] < 0.0);
    }
    Some(Overfitting {
        splits,
        candidates: candidates.len(),
        probability: below / splits as f64,
        loss_probability: losing as f64 / splits as f64,
    })
}

/// Sharpe ratio over the blocks of `mask`; 0 without variance.
fn sharpe(sums: &[BlockSums; BLOCKS], mask: u32) -> f64 {
    let chosen = sums
        .iter()
        .enumerate()
        .filter(|(block, _)| mask >> block & 1 == 1);
    let (count, sum, squares) =
        chosen.fold((0.0, 0.0, 0.0), |(count, sum, squares), (_, block)| {
            (
                count + block.count,
                sum + block.sum,
                squares + block.squares,
            )
        });
    Moments::from_sums(count, sum, squares)
        .sharpe()
        .unwrap_or_default()
}
