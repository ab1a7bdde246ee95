//! One block of bars prepared so that a whole holding period costs a handful of look-ups.
//!
//! Equity is kept as a logarithm: then a trade adds, a drawdown is a difference, and neither needs
//! a division. A block has `len + 1` *points*: point 0 is the close before the block, point `j`
//! the close of its bar `j - 1`. A holding period runs from the point it enters at to the last
//! point it holds; one that began in an earlier block enters at point 0, one that goes on leaves
//! at the block's end.

use super::tape::Tape;

/// Bars a block: fifteen words of 64, so that its points stay below 1024.
pub(super) const BLOCK: usize = 960;
/// Words of 64 bars a block.
pub(super) const WORDS: usize = BLOCK / 64;

const POINT_BITS: usize = 10;
const POINTS: usize = 1 << POINT_BITS;
const POINT_MASK: usize = POINTS - 1;

/// What entering at a point, or leaving at a bar, adds: log of equity, sum of returns, sum of
/// their squares.
type Change = [f64; 4];

/// Highest, lowest and deepest fall of a run of points, all as logarithms.
type Run = [f64; 4];

/// What every pair shares of one block.
pub(super) struct Block {
    /// Bars in it.
    pub(super) len: usize,
    /// By point: its entry.
    entry: Box<[Change; POINTS]>,
    /// By bar: its exit; at `len` the block's end.
    exit: Box<[Change; POINTS]>,
    /// A disjoint sparse table: at level `k` blocks of `2^(k+1)` points, the left half holding
    /// runs to the middle, the right half runs from it.
    runs: Vec<[Run; POINTS]>,
    logs: Box<[f64; POINTS]>,
}

/// A holding period seen as a whole.
#[derive(Debug, Clone, Copy)]
pub(super) struct Period {
    /// Log of the highest, lowest close and of the deepest fall between two of them.
    pub(super) highest: f64,
    pub(super) lowest: f64,
    pub(super) fall: f64,
}

fn boxed<T: Copy>(value: T) -> Box<[T; POINTS]> {
    let filled: Box<[T]> = vec![value; POINTS].into_boxed_slice();
    filled
        .try_into()
        .unwrap_or_else(|_| unreachable!("exactly that long"))
}

impl Block {
    pub(super) fn new() -> Self {
        Self {
            len: 0,
            entry: boxed([0.0; 4]),
            exit: boxed([0.0; 4]),
            runs: vec![[[0.0; 4]; POINTS]; POINT_BITS],
            logs: boxed(0.0),
        }
    }

    /// Takes the bars from `from`, at most [`BLOCK`] of them.
    #[inline(always)]
    pub(super) fn load(&mut self, tape: &Tape, from: usize) {
        self.len = (tape.len() - from).min(BLOCK);
        let before = if from == 0 {
            tape.mark[0]
        } else {
            tape.mark[from - 1]
        };
        let (mut last, mut sum, mut squares) = (before, 0.0, 0.0);
        self.logs[0] = before.ln();
        self.entry[0] = [-self.logs[0], 0.0, 0.0, 0.0];
        for at in 0..self.len {
            let (buy, sell, mark) = (
                tape.buy[from + at],
                tape.sell[from + at],
                tape.mark[from + at],
            );
            let left = sell / last - 1.0;
            self.exit[at] = [sell.ln(), sum + left, squares + left * left, 0.0];
            let held = mark / last - 1.0;
            sum += held;
            squares += held * held;
            let entered = mark / buy - 1.0;
            self.entry[at + 1] = [-buy.ln(), entered - sum, entered * entered - squares, 0.0];
            self.logs[at + 1] = mark.ln();
            last = mark;
        }
        self.exit[self.len] = [self.logs[self.len], sum, squares, 0.0];
        self.tabulate();
    }

    /// Fills the table of runs.
    #[inline(always)]
    fn tabulate(&mut self) {
        let points = self.len + 1;
        for (level, runs) in self.runs.iter_mut().enumerate() {
            let half = 1 << level;
            for middle in (half..points + half).step_by(2 * half) {
                let single = |point: usize| [self.logs[point], self.logs[point], 0.0, 0.0];
                let left = middle - half..middle.min(points);
                let Some(last) = left.clone().next_back() else {
                    break;
                };
                let mut run = single(last);
                runs[last] = run;
                for point in left.rev().skip(1) {
                    run = joined(single(point), run);
                    runs[point] = run;
                }
                if middle >= points {
                    break;
                }
                let mut run = single(middle);
                runs[middle] = run;
                let right = middle + 1..(middle + half).min(points);
                for (cell, log) in runs[right.clone()].iter_mut().zip(&self.logs[right]) {
                    run = joined(run, [*log, *log, 0.0, 0.0]);
                    *cell = run;
                }
            }
        }
    }

    /// What entering at `point` adds.
    #[inline(always)]
    pub(super) fn entry(&self, point: usize) -> Change {
        self.entry[point & POINT_MASK]
    }

    /// What leaving at `bar` adds.
    #[inline(always)]
    pub(super) fn exit(&self, bar: usize) -> Change {
        self.exit[bar & POINT_MASK]
    }

    /// The points from `first` to `last`, both included.
    #[inline(always)]
    pub(super) fn period(&self, first: usize, last: usize) -> Period {
        let level = ((first ^ last) | 1).ilog2() as usize;
        let runs = &self.runs[level.min(POINT_BITS - 1)];
        let [highest, lowest, fall, _] = joined(runs[first & POINT_MASK], runs[last & POINT_MASK]);
        Period {
            highest,
            lowest,
            fall,
        }
    }
}

/// Two neighbouring runs as one. A point joined with itself stays itself.
#[inline(always)]
fn joined(left: Run, right: Run) -> Run {
    let fall = lower(lower(left[2], right[2]), right[1] - left[0]);
    [
        higher(left[0], right[0]),
        lower(left[1], right[1]),
        fall,
        0.0,
    ]
}

/// The lower of two numbers, neither of them NaN: one instruction, unlike `f64::min`.
#[inline(always)]
pub(super) fn lower(a: f64, b: f64) -> f64 {
    if a < b { a } else { b }
}

/// The higher of two numbers, neither of them NaN.
#[inline(always)]
pub(super) fn higher(a: f64, b: f64) -> f64 {
    if a > b { a } else { b }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tape(mark: &[f64]) -> Tape {
        Tape {
            closes: mark.to_vec(),
            folded: (0..mark.len()).collect(),
            price: mark.to_vec(),
            buy: mark.to_vec(),
            sell: mark.to_vec(),
            mark: mark.to_vec(),
        }
    }

    #[test]
    fn every_period_is_what_a_walk_over_its_points_finds() {
        let mark: Vec<f64> = (0..75)
            .map(|t| 50.0 + 10.0 * (f64::from(t) * 0.7).sin())
            .collect();
        let mut block = Block::new();
        block.load(&tape(&mark), 0);
        for first in 0..=75_usize {
            let mut walked = [f64::NEG_INFINITY, f64::INFINITY, 0.0_f64];
            for last in first..=75 {
                let log = mark[last.max(1) - 1].ln();
                walked[2] = walked[2].min(log - walked[0].max(log));
                walked = [walked[0].max(log), walked[1].min(log), walked[2]];
                let found = block.period(first, last);
                assert_eq!(
                    [found.highest, found.lowest, found.fall],
                    walked,
                    "{first} to {last}"
                );
            }
        }
    }
}
