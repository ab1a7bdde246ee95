//! Spikes: values far from their neighbours that the next bar does not confirm.

use super::{Defect, DefectReason, Placed};
use crate::bar::Bar;
use crate::check::Field;
use crate::money::{Decimal, Price};

/// A value more than so many times above or below the median of its neighbourhood is suspect.
pub const SPIKE_FACTOR: Decimal = Decimal::from_parts(15, 0, 0, false, 1);

/// Well inside [`SPIKE_FACTOR`], so that no rounding of a float matters.
const LEVEL_FACTOR: f64 = 1.4;

/// Bars looked at on either side: five in all.
const REACH: usize = 2;
/// Fewest bars that make a neighbourhood; with two nothing says which is wrong.
const NEIGHBOURHOOD_MIN: usize = 3;

/// Moves spiked bars to the defects. At the file's end nothing confirms, so a jump there is left
/// out too.
pub(super) fn leave_out(placed: Vec<Placed>, defects: &mut Vec<Defect>) -> Vec<Placed> {
    let spikes: Vec<Option<DefectReason>> =
        (0..placed.len()).map(|at| spike(&placed, at)).collect();
    let mut kept = Vec::with_capacity(placed.len());
    for (candidate, spike) in placed.into_iter().zip(spikes) {
        match spike {
            None => kept.push(candidate),
            Some(reason) => {
                let Placed { line, bar } = candidate;
                defects.push(Defect {
                    row: line,
                    start: bar.start,
                    reason,
                });
            }
        }
    }
    kept
}

fn spike(placed: &[Placed], at: usize) -> Option<DefectReason> {
    let around = &placed[at.saturating_sub(REACH)..placed.len().min(at + REACH + 1)];
    if around.len() < NEIGHBOURHOOD_MIN || is_level(around, &placed[at].bar) {
        return None;
    }
    let median = median_close(around);
    let next = placed.get(at + 1).map(|next| &next.bar);
    let bar = &placed[at].bar;
    let (top, bottom) = (
        median.decimal() * SPIKE_FACTOR,
        median.decimal() / SPIKE_FACTOR,
    );
    let above = |value: Price| value.decimal() > top;
    let below = |value: Price| value.decimal() < bottom;
    let confirmed_above = next.is_some_and(|next| above(next.high));
    let confirmed_below = next.is_some_and(|next| below(next.low));
    let stray = |(_, value): &(Field, Price)| {
        (above(*value) && !confirmed_above) || (below(*value) && !confirmed_below)
    };
    let (field, value) = values(bar).into_iter().find(stray)?;
    Some(DefectReason::Spike {
        field,
        value,
        median,
    })
}

/// Whether the bar lies so close to every close around it that no median of them makes it suspect:
/// true of nearly all, and cheaper than a median in exact numbers.
fn is_level(around: &[Placed], bar: &Bar) -> bool {
    let (high, low) = (bar.high.to_f64(), bar.low.to_f64());
    let mut closes = around.iter().map(|placed| placed.bar.close.to_f64());
    closes.all(|close| high < close * LEVEL_FACTOR && low * LEVEL_FACTOR > close)
}

fn values(bar: &Bar) -> [(Field, Price); 3] {
    [
        (Field::High, bar.high),
        (Field::Low, bar.low),
        (Field::Close, bar.close),
    ]
}

/// The middle close; of an even count the lower of the two.
fn median_close(around: &[Placed]) -> Price {
    let mut closes: Vec<Price> = around.iter().map(|placed| placed.bar.close).collect();
    closes.sort_unstable();
    closes[(closes.len() - 1) / 2]
}
