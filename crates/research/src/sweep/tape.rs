//! What the kernel reads: the timeline and the bars as plain columns of floats.

use market::Bps;

use crate::series::Series;
use crate::timeline::Timeline;

const BPS_PER_ONE: f64 = 10_000.0;

/// Columns over bars. `fill` prices carry the costs: what a buy pays and a sale brings a share.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tape {
    /// What the averages fold.
    pub(super) closes: Vec<f64>,
    /// By bar: closes folded by its decision; 0 where there is none.
    pub(super) folded: Vec<usize>,
    /// By bar: the price its decision compares; 0 where there is none.
    pub(super) price: Vec<f64>,
    /// By bar: dollars a share bought in it costs.
    pub(super) buy: Vec<f64>,
    /// By bar: dollars a share sold in it brings.
    pub(super) sell: Vec<f64>,
    /// By bar: its close.
    pub(super) mark: Vec<f64>,
}

impl Tape {
    pub(super) fn new(series: &Series, timeline: &Timeline, slippage: Bps) -> Self {
        let cost = slippage.to_f64() / BPS_PER_ONE;
        let bars = series.bars.len();
        let mut tape = Self {
            closes: timeline.closes.iter().map(|close| close.to_f64()).collect(),
            folded: Vec::with_capacity(bars),
            price: Vec::with_capacity(bars),
            buy: Vec::with_capacity(bars),
            sell: Vec::with_capacity(bars),
            mark: Vec::with_capacity(bars),
        };
        for (bar, step) in series.bars.iter().zip(&timeline.steps) {
            let mark = bar.close.to_f64();
            tape.mark.push(mark);
            match step {
                Some(step) => {
                    tape.folded.push(step.folded);
                    tape.price.push(step.price.to_f64());
                    tape.buy.push(step.buy.to_f64() * (1.0 + cost));
                    tape.sell.push(step.sell.to_f64() * (1.0 - cost));
                }
                None => {
                    tape.folded.push(0);
                    tape.price.push(0.0);
                    tape.buy.push(mark);
                    tape.sell.push(mark);
                }
            }
        }
        tape
    }

    /// The same without what comes after the first `bars`.
    pub(super) fn first(&self, bars: usize) -> Self {
        let folded = self.folded[..bars]
            .iter()
            .copied()
            .max()
            .unwrap_or_default();
        Self {
            closes: self.closes[..folded].to_vec(),
            folded: self.folded[..bars].to_vec(),
            price: self.price[..bars].to_vec(),
            buy: self.buy[..bars].to_vec(),
            sell: self.sell[..bars].to_vec(),
            mark: self.mark[..bars].to_vec(),
        }
    }

    /// Bars.
    pub(super) fn len(&self) -> usize {
        self.mark.len()
    }

    /// The first bar whose decision has folded so many closes; the length when none has.
    pub(super) fn warm_from(&self, closes: usize) -> usize {
        let needed = closes.max(1);
        self.folded
            .iter()
            .position(|folded| *folded >= needed)
            .unwrap_or(self.len())
    }
}
