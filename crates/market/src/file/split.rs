//! Splits in files: applied where their step is really present, suspected where nobody named one.

use std::str::FromStr;

use super::{Placed, Problem, Refusal};
use crate::bar::Bar;
use crate::money::{Decimal, Price};
use crate::time::{Date, Duration, new_york_date};

/// Largest ratio of a split, and with its inverse the smallest.
pub const SPLIT_RATIO_MAX: u32 = 100;
/// A named split counts as present when its step is within this part of its ratio.
pub const SPLIT_PRESENT_WITHIN: f64 = 0.15;
/// An unnamed step is suspected within this part of a usual ratio.
pub const SPLIT_SUSPECT_WITHIN: f64 = 0.10;
/// The usual ratios as new shares for old ones; the inverses are usual too.
pub const SPLIT_RATIOS: [(i64, i64); 6] = [(3, 2), (2, 1), (3, 1), (4, 1), (5, 1), (10, 1)];

/// A step is real when a move of at least this part of it, in logarithms, stands within
/// [`LIKE_MOVE_REACH`] of it: crashes come with others of their kind, splits alone.
pub const LIKE_MOVE_PART: f64 = 0.5;
/// How far on either side a like move is looked for.
pub const LIKE_MOVE_REACH: Duration = Duration::from_hours(14 * 24);

/// Digits behind the point of an adjusted price.
const ADJUSTED_DECIMALS: u32 = 6;

/// A split that the bars before a date may not know yet, written `2025-11-20:2`.
///
/// The ratio is new shares for one old: `2`, `3/2`, or `1/10` for a reverse split. The ratio 1
/// says that a jump on that date is real and no split.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Split {
    date: Date,
    new: Decimal,
    old: Decimal,
}

/// The text names no split.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is not a split: write DATE:RATIO like 2025-11-20:2, 2025-11-20:3/2 or 2025-11-20:1/10, ratio 1/100 to 100"
)]
pub struct SplitError {
    text: String,
}

impl Split {
    /// First date on the new share basis.
    #[must_use]
    pub const fn date(&self) -> Date {
        self.date
    }

    /// New shares for one old.
    #[must_use]
    pub fn ratio(&self) -> Decimal {
        (self.new / self.old).normalize()
    }

    fn ratio_f64(&self) -> f64 {
        Price::new(self.ratio())
            .expect("both counts are above 0")
            .to_f64()
    }

    /// A price of before the split on the basis after it.
    fn old_price(&self, price: Price) -> Price {
        let adjusted = (price.decimal() * self.old / self.new).round_dp(ADJUSTED_DECIMALS);
        let least = Decimal::new(1, ADJUSTED_DECIMALS);
        Price::new(adjusted.max(least)).expect("at least a millionth is above 0")
    }

    fn old_bar(&self, bar: &Bar) -> Bar {
        let [open, high, low, close] =
            [bar.open, bar.high, bar.low, bar.close].map(|price| self.old_price(price));
        let shares = |volume| Decimal::from(volume).checked_mul(self.ratio());
        let volume = bar
            .volume
            .and_then(shares)
            .and_then(|count| u64::try_from(count.round()).ok());
        Bar::new(bar.start, open, high, low, close, volume)
            .expect("dividing and rounding keep the order of prices")
    }
}

impl std::fmt::Display for Split {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.old == Decimal::ONE {
            write!(f, "{}:{}", self.date, self.new)
        } else {
            write!(f, "{}:{}/{}", self.date, self.new, self.old)
        }
    }
}

impl FromStr for Split {
    type Err = SplitError;

    fn from_str(text: &str) -> Result<Self, SplitError> {
        let refused = || SplitError {
            text: text.to_owned(),
        };
        let (date, ratio) = text.split_once(':').ok_or_else(refused)?;
        let (new, old) = ratio.split_once(['/', ':']).unwrap_or((ratio, "1"));
        let date = date.trim().parse::<Date>().map_err(|_| refused())?;
        let count = |text: &str| {
            text.trim()
                .parse::<Decimal>()
                .ok()
                .filter(|count| *count > Decimal::ZERO && *count <= Decimal::from(SPLIT_RATIO_MAX))
        };
        let (new, old) = count(new).zip(count(old)).ok_or_else(refused)?;
        let (most, ratio) = (Decimal::from(SPLIT_RATIO_MAX), new / old);
        if ratio > most || ratio < Decimal::ONE / most {
            return Err(refused());
        }
        Ok(Self { date, new, old })
    }
}

/// Takes each split out of the bars before its date, if its step is there; returns those found.
pub(super) fn apply(placed: &mut [Placed], splits: &[Split]) -> Vec<Split> {
    let mut applied = Vec::new();
    for split in splits.iter().filter(|split| split.new != split.old) {
        let first_new = placed.partition_point(|at| new_york_date(at.bar.start) < split.date);
        let (before, after) = placed.split_at_mut(first_new);
        let (Some(last), Some(first)) = (before.last(), after.first()) else {
            continue;
        };
        let off = (step(&last.bar, &first.bar) * split.ratio_f64() - 1.0).abs();
        if off <= SPLIT_PRESENT_WITHIN {
            for old in before {
                old.bar = split.old_bar(&old.bar);
            }
            applied.push(*split);
        }
    }
    applied
}

/// Refuses bars with a step that looks like a split on a date that no given split names.
pub(super) fn suspect(placed: &[Placed], splits: &[Split]) -> Result<(), Refusal> {
    for (at, pair) in placed.windows(2).enumerate() {
        let (before, after) = (&pair[0].bar, &pair[1].bar);
        let date = new_york_date(after.start);
        let Some(split) = usual_split(date, step(before, after)) else {
            continue;
        };
        let said_real = splits
            .iter()
            .any(|said| said.date == date && said.new == said.old);
        if said_real || has_like_move(placed, at) {
            continue;
        }
        let (close, open) = (before.close, after.open);
        return Err((
            Some(pair[1].line),
            Problem::SuspectedSplit { split, close, open },
        ));
    }
    Ok(())
}

/// Whether a step like the one after bar `at` stands near it. Steps that look like splits
/// themselves prove nothing, else a file that changes its share basis twice would vouch for itself.
fn has_like_move(placed: &[Placed], at: usize) -> bool {
    let (start, size) = (
        placed[at].bar.start,
        step(&placed[at].bar, &placed[at + 1].bar).ln().abs(),
    );
    let near = |other: &Placed| start.duration_since(other.bar.start).abs() <= LIKE_MOVE_REACH;
    let from = placed[..at]
        .iter()
        .rev()
        .take_while(|other| near(other))
        .count();
    let to = placed[at..].iter().take_while(|other| near(other)).count();
    placed[at - from..at + to].windows(2).any(|pair| {
        let (before, after) = (&pair[0].bar, &pair[1].bar);
        let closes = after.close.to_f64() / before.close.to_f64();
        let like = |moved: f64| {
            usual_split(new_york_date(after.start), moved).is_none()
                && moved.ln().abs() >= LIKE_MOVE_PART * size
        };
        before.start != start && (like(step(before, after)) || like(closes))
    })
}

/// How much the price moves between two bars: below 1 for a split, above for a reverse one.
fn step(before: &Bar, after: &Bar) -> f64 {
    after.open.to_f64() / before.close.to_f64()
}

/// The usual split that a step looks like; the nearest if several.
fn usual_split(date: Date, step: f64) -> Option<Split> {
    let both_ways = SPLIT_RATIOS
        .into_iter()
        .flat_map(|(new, old)| [(new, old), (old, new)]);
    let split = |(new, old)| Split {
        date,
        new: Decimal::from(new),
        old: Decimal::from(old),
    };
    both_ways
        .map(split)
        .map(|split| (split, (step * split.ratio_f64() - 1.0).abs()))
        .filter(|(_, off)| *off <= SPLIT_SUSPECT_WITHIN)
        .min_by(|a, b| a.1.total_cmp(&b.1))
        .map(|(split, _)| split)
}
