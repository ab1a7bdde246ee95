//! Splits: ratios, prices and bars on another share basis, and whether a step is really there.
//!
//! A vendor may or may not have adjusted its bars, and says neither. So a split that is known is
//! taken out of bars only where its step is *present* between the bars on either side of its
//! ex-date, which makes [`apply`] harmless on bars that are adjusted already: applying twice is
//! applying once. A step that looks like a split nobody knows is [`suspected`], never acted on.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::bar::Bar;
use crate::calendar::Calendar;
use crate::money::{Decimal, PRICE_MAX, Price, SHARES_DECIMALS_MAX, Shares};
use crate::time::{Date, new_york_date};

/// Largest ratio of a split, and with its inverse the smallest.
pub const RATIO_MAX: u32 = 100;
/// A known split counts as present when its step is within this part of its ratio.
pub const PRESENT_WITHIN: f64 = 0.15;
/// An unknown step is suspected within this part of a usual ratio.
pub const SUSPECT_WITHIN: f64 = 0.10;
/// The usual ratios as new shares for old ones; the inverses are usual too.
pub const USUAL_RATIOS: [(u64, u64); 6] = [(3, 2), (2, 1), (3, 1), (4, 1), (5, 1), (10, 1)];
/// A move of the index beyond this part explains a like move of a fund on three times the index.
pub const INDEX_MOVE_MIN: f64 = 0.12;

/// Digits behind the point of an adjusted price.
pub const ADJUSTED_DECIMALS: u32 = 6;
/// Most digits behind the point that a count of a ratio may have.
const COUNT_DECIMALS_MAX: u32 = 6;

/// New shares for one old, from 1/100 to 100: `2`, `3/2`, or `1/10` for a reverse split.
///
/// Kept as two whole counts in lowest terms, for a third has no decimal. The ratio 1 is no split;
/// it says that a jump is real.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Ratio {
    new: u64,
    old: u64,
}

/// The text or the counts make no ratio of a split.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is no ratio of a split: write new shares for one old like 2, 3/2 or 1/10, from 1/100 to 100"
)]
pub struct RatioError {
    text: String,
}

impl Ratio {
    /// No split.
    pub const ONE: Self = Self { new: 1, old: 1 };

    /// So many new shares for so many old ones.
    ///
    /// # Errors
    /// [`RatioError`] for a count of zero or below or with more than six decimals, and beyond
    /// 1/100 to 100.
    pub fn new(new: Decimal, old: Decimal) -> Result<Self, RatioError> {
        let refused = || RatioError {
            text: format!("{new}/{old}"),
        };
        let (new, old) = (count(new), count(old));
        let (new, old) = new.zip(old).ok_or_else(refused)?;
        let most = u64::from(RATIO_MAX);
        if new > old * most || old > new * most {
            return Err(refused());
        }
        Ok(Self::reduced(new, old))
    }

    const fn reduced(new: u64, old: u64) -> Self {
        let (mut a, mut b) = (new, old);
        while b != 0 {
            (a, b) = (b, a % b);
        }
        Self {
            new: new / a,
            old: old / a,
        }
    }

    /// Old shares for one new.
    #[must_use]
    pub const fn inverse(self) -> Self {
        Self {
            new: self.old,
            old: self.new,
        }
    }

    /// Whether this is no split at all.
    #[must_use]
    pub const fn is_one(self) -> bool {
        self.new == self.old
    }

    /// The ratio as a decimal, rounded where it has none.
    #[must_use]
    pub fn decimal(self) -> Decimal {
        (Decimal::from(self.new) / Decimal::from(self.old)).normalize()
    }

    /// The ratio as a float, for tolerances only.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        reason = "counts are below 2^53, as their limits say"
    )]
    pub fn to_f64(self) -> f64 {
        self.new as f64 / self.old as f64
    }

    /// A price of before the split on the basis after it, to six decimals and never zero.
    #[must_use]
    pub fn adjust(self, price: Price) -> Price {
        let adjusted = price.decimal() * Decimal::from(self.old) / Decimal::from(self.new);
        let least = Decimal::new(1, ADJUSTED_DECIMALS);
        let adjusted = adjusted.round_dp(ADJUSTED_DECIMALS);
        Price::new(adjusted.clamp(least, PRICE_MAX)).expect("clamped to the range of prices")
    }

    /// What a holding of before the split is after it, floored to nine decimals; `None` beyond
    /// what a share count can be.
    #[must_use]
    pub fn adjust_shares(self, count: Shares) -> Option<Shares> {
        let exact = count.decimal() * Decimal::from(self.new) / Decimal::from(self.old);
        Shares::new(exact.trunc_with_scale(SHARES_DECIMALS_MAX)).ok()
    }

    /// Whether a holding went through this split between two looks at it: its quantity changed by
    /// the ratio, or to the whole shares of that where fractions are paid out in cash.
    #[must_use]
    pub fn is_holding_step(self, before: Shares, after: Shares) -> bool {
        let whole = |expected: Shares| expected.whole() == after && !after.is_zero();
        !self.is_one()
            && before != after
            && self
                .adjust_shares(before)
                .is_some_and(|expected| expected == after || whole(expected))
    }

    /// A bar of before the split on the basis after it; its volume in new shares.
    #[must_use]
    pub fn adjust_bar(self, bar: &Bar) -> Bar {
        let [open, high, low, close] =
            [bar.open, bar.high, bar.low, bar.close].map(|price| self.adjust(price));
        let shares = |volume: u64| {
            let exact = u128::from(volume) * u128::from(self.new);
            let old = u128::from(self.old);
            u64::try_from((exact + old / 2) / old).ok()
        };
        Bar::new(
            bar.start,
            open,
            high,
            low,
            close,
            bar.volume.and_then(shares),
        )
        .expect("dividing and rounding keep the order of prices")
    }
}

/// A count in millionths, where it is one.
fn count(shares: Decimal) -> Option<u64> {
    let millionths = shares.checked_mul(Decimal::from(10_u64.pow(COUNT_DECIMALS_MAX)))?;
    // Far more than any vendor writes, and small enough for every product above.
    let most = Decimal::from(10_u64.pow(COUNT_DECIMALS_MAX) * 1_000_000);
    let sound = millionths > Decimal::ZERO && millionths <= most && millionths.fract().is_zero();
    sound.then(|| u64::try_from(millionths).ok()).flatten()
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.old {
            1 => write!(f, "{}", self.new),
            old => write!(f, "{}/{old}", self.new),
        }
    }
}

impl fmt::Debug for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ratio({self})")
    }
}

impl FromStr for Ratio {
    type Err = RatioError;

    fn from_str(text: &str) -> Result<Self, RatioError> {
        let refused = || RatioError {
            text: text.to_owned(),
        };
        let (new, old) = text.split_once(['/', ':']).unwrap_or((text, "1"));
        let count = |text: &str| text.trim().parse::<Decimal>().map_err(|_| refused());
        Self::new(count(new)?, count(old)?).map_err(|_| refused())
    }
}

impl TryFrom<String> for Ratio {
    type Error = RatioError;

    fn try_from(text: String) -> Result<Self, RatioError> {
        text.parse()
    }
}

impl From<Ratio> for String {
    fn from(ratio: Ratio) -> String {
        ratio.to_string()
    }
}

/// A split, everywhere written `2025-11-20:2`, `2025-11-20:3/2` or `2025-11-20:1/10`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Split {
    /// The ex-date: first date on the new share basis.
    pub date: Date,
    /// New shares for one old. The ratio 1 says that a jump on that date is real and no split.
    pub ratio: Ratio,
}

/// The text names no split.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is not a split: write DATE:RATIO like 2025-11-20:2, 2025-11-20:3/2 or 2025-11-20:1/10, ratio 1/100 to 100"
)]
pub struct SplitError {
    text: String,
}

impl fmt::Display for Split {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.date, self.ratio)
    }
}

impl FromStr for Split {
    type Err = SplitError;

    fn from_str(text: &str) -> Result<Self, SplitError> {
        let refused = || SplitError {
            text: text.to_owned(),
        };
        let (date, ratio) = text.split_once(':').ok_or_else(refused)?;
        Ok(Self {
            date: date.trim().parse().map_err(|_| refused())?,
            ratio: ratio.parse().map_err(|_| refused())?,
        })
    }
}

impl TryFrom<String> for Split {
    type Error = SplitError;

    fn try_from(text: String) -> Result<Self, SplitError> {
        text.parse()
    }
}

impl From<Split> for String {
    fn from(split: Split) -> String {
        split.to_string()
    }
}

/// How much the price moves: below 1 for a split, above for a reverse one.
#[must_use]
pub fn step(before: Price, after: Price) -> f64 {
    after.to_f64() / before.to_f64()
}

/// Whether the step of `ratio` is really there between two neighbouring prices.
///
/// Within 15 % of the ratio, and for ratios so small that "no step" would be within 15 % too,
/// nearer to the ratio than to none. So what was adjusted once never looks unadjusted again.
#[must_use]
pub fn step_is_present(before: Price, after: Price, ratio: Ratio) -> bool {
    let left = step(before, after) * ratio.to_f64();
    (left - 1.0).abs() <= PRESENT_WITHIN && left.ln().abs() < ratio.to_f64().ln().abs() / 2.0
}

/// The usual split that a step looks like; the nearest if several.
#[must_use]
pub fn suspected(before: Price, after: Price) -> Option<Ratio> {
    suspected_step(step(before, after))
}

/// The usual split by which a holding changed exactly between two looks at it, if by any.
#[must_use]
pub fn usual_holding_step(before: Shares, after: Shares) -> Option<Ratio> {
    let is_it = |ratio: &Ratio| ratio.adjust_shares(before) == Some(after);
    let is_any = !before.is_zero() && before != after;
    usual_ratios().find(is_it).filter(|_| is_any)
}

/// The usual ratios and their inverses.
fn usual_ratios() -> impl Iterator<Item = Ratio> {
    USUAL_RATIOS
        .into_iter()
        .flat_map(|(new, old)| [Ratio { new, old }, Ratio { new: old, old: new }])
}

/// As [`suspected`], for a step that is known already.
pub(crate) fn suspected_step(step: f64) -> Option<Ratio> {
    // Most steps are tiny; no usual ratio is near them.
    if (step - 1.0).abs() < 0.2 {
        return None;
    }
    usual_ratios()
        .map(|ratio| (ratio, (step * ratio.to_f64() - 1.0).abs()))
        .filter(|(_, off)| *off <= SUSPECT_WITHIN)
        .min_by(|a, b| a.1.total_cmp(&b.1))
        .map(|(ratio, _)| ratio)
}

/// Whether a suspected split is a real move after all: the index moved the same way, by more than
/// [`INDEX_MOVE_MIN`].
#[must_use]
pub fn index_explains(suspect: Ratio, index_before: Price, index_after: Price) -> bool {
    let moved = step(index_before, index_after) - 1.0;
    let fell = suspect.to_f64() > 1.0;
    moved.abs() > INDEX_MOVE_MIN && (moved < 0.0) == fell
}

/// A split that was taken out of bars, and the step that showed it was still in them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Applied {
    /// The split.
    pub split: Split,
    /// The last close on the old basis, as it was.
    pub close: Price,
    /// The first open on the new basis.
    pub open: Price,
    /// How many bars were adjusted.
    pub bars: usize,
}

/// Takes each split out of the bars before its date, if its step is there; returns those found.
///
/// `bars` are in order, oldest first. The step is looked for only between neighbouring sessions:
/// across a hole in the bars a real move may look like anything, so there nothing is touched.
pub fn apply(bars: &mut [Bar], splits: &[Split], calendar: &Calendar) -> Vec<Applied> {
    let mut applied = Vec::new();
    for split in splits.iter().filter(|split| !split.ratio.is_one()) {
        let first_new = bars.partition_point(|bar| new_york_date(bar.start) < split.date);
        let (before, after) = bars.split_at_mut(first_new);
        let (Some(last), Some(first)) = (before.last().copied(), after.first()) else {
            continue;
        };
        if !are_neighbours(&last, first, calendar)
            || !crate::sabotage!(
                SplitTwice,
                true,
                step_is_present(last.close, first.open, split.ratio)
            )
        {
            continue;
        }
        for bar in &mut *before {
            *bar = split.ratio.adjust_bar(bar);
        }
        applied.push(Applied {
            split: *split,
            close: last.close,
            open: first.open,
            bars: before.len(),
        });
    }
    applied
}

/// Whether no session lies between the two bars. Dates that the calendar does not know cannot
/// tell, so there the step alone must do.
fn are_neighbours(before: &Bar, after: &Bar, calendar: &Calendar) -> bool {
    let (before, after) = (new_york_date(before.start), new_york_date(after.start));
    calendar
        .next_session(before)
        .map_or(true, |next| next.date >= after)
}
