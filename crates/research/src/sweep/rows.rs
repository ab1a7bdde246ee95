//! Averages of many spans over one block of bars, eight spans at a time.

use super::block::BLOCK;
use super::tape::Tape;

/// Spans folded together: one register of doubles.
pub(super) const LANES: usize = 8;

/// One average's values over a block, by bar.
pub(super) type Row = [f64; BLOCK];

/// Averages of eight spans and where they stand.
///
/// Each is the `a*x + (1-a)*prev` of `strategy::Averages`, operation for operation, so that both
/// have the same bits.
#[derive(Debug, Clone)]
pub(super) struct Lanes {
    alpha: [f64; LANES],
    decay: [f64; LANES],
    value: [f64; LANES],
    folded: usize,
}

impl Lanes {
    /// Averages of these spans that have seen nothing; surplus lanes repeat the last span.
    pub(super) fn new(spans: &[u32]) -> Self {
        let span = |lane: usize| f64::from(spans[lane.min(spans.len() - 1)]);
        let alpha = std::array::from_fn(|lane| 2.0 / (span(lane) + 1.0));
        Self {
            alpha,
            decay: alpha.map(|alpha| 1.0 - alpha),
            value: [0.0; LANES],
            folded: 0,
        }
    }

    /// Folds the closes of the block that starts at bar `from` and writes each lane's row.
    ///
    /// Where a bar has no decision its value means nothing.
    #[inline(always)]
    pub(super) fn fill(&mut self, tape: &Tape, from: usize, len: usize, rows: &mut [Row]) {
        let mut table = [[0.0; LANES]; BLOCK];
        let mut lanes = self.clone();
        for (cell, needed) in table.iter_mut().zip(&tape.folded[from..from + len]) {
            while lanes.folded < *needed {
                lanes.fold(tape.closes[lanes.folded]);
            }
            *cell = lanes.value;
        }
        *self = lanes;
        for (lane, row) in rows.iter_mut().enumerate().take(LANES) {
            for (value, cell) in row.iter_mut().zip(&table) {
                *value = cell[lane];
            }
        }
    }

    #[inline(always)]
    fn fold(&mut self, close: f64) {
        if self.folded == 0 {
            self.value = [close; LANES];
        }
        for lane in 0..LANES {
            let value = self.value[lane];
            let next = self.alpha[lane] * close + self.decay[lane] * value;
            // A close equal to the average leaves it untouched, as in `strategy`.
            self.value[lane] = if close == value { value } else { next };
        }
        self.folded += 1;
    }
}
