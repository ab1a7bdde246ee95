//! The one decision function.

use market::Price;
use serde::{Deserialize, Serialize};

use crate::averages::Averages;
use crate::params::{ExitRule, HoursMode, Params};

/// A margin below this part of the spread of prices makes a decision fragile.
///
/// Averages started at a live window and at a file's beginning differ by less: after the warm-up
/// of 10 × slow hours the first close weighs `(1 - 2/(slow+1))^(10*slow) < 3e-9`, and it differs
/// from the average it stands for by at most the spread.
pub const FRAGILE_PER_SPREAD: f64 = 3e-9;

const BPS_PER_ONE: f64 = 10_000.0;

/// What the averages say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signal {
    /// price > fast > slow.
    Bullish,
    /// price < fast < slow.
    Bearish,
    /// Everything else, ties included.
    Neutral,
}

/// What to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// Hold the symbol with all there is.
    AllIn,
    /// Hold none of it.
    Out,
    /// Touch nothing.
    Keep,
}

/// What the account holds of the symbol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Holding {
    /// Nothing.
    Flat,
    /// Some.
    Long,
}

/// How far a comparison was from flipping; above zero when the first is the greater.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Margin {
    /// First minus second, in dollars.
    pub distance: f64,
    /// The distance in basis points of the second.
    pub bps: f64,
}

/// The margins of both comparisons.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Margins {
    /// Price against the fast average.
    pub price_to_fast: Margin,
    /// The fast average against the slow one.
    pub fast_to_slow: Margin,
}

/// A target with everything it follows from.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// What the averages say.
    pub signal: Signal,
    /// What to do about it.
    pub target: Target,
    /// The price compared.
    pub price: Price,
    /// The fast average compared, in dollars.
    pub fast: f64,
    /// The slow average compared, in dollars.
    pub slow: f64,
    /// How far each comparison was from flipping.
    pub margins: Margins,
    /// Whether a margin is so small that averages started elsewhere may decide otherwise: at most
    /// [`FRAGILE_PER_SPREAD`] × (highest − lowest of the closes folded and the price).
    pub fragile: bool,
}

/// Too few closed hours for a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{closed} closed hours of {needed} needed before the first signal")]
pub struct NotWarm {
    /// Closed hours folded.
    pub closed: u64,
    /// Closed hours needed.
    pub needed: u64,
}

/// Compares `price` with the averages and says what to want.
///
/// A pure function of its arguments. With [`HoursMode::Forming`] the price is first folded in as
/// the close of the hour under way; `averages` stay as they are. The holding is handed in for
/// rules that depend on it; none of today's does, for `Out` and `AllIn` name where to be and not
/// how to get there.
///
/// # Errors
/// [`NotWarm`] before the warm-up is over.
pub fn decide(
    params: &Params,
    averages: &Averages,
    price: Price,
    _holding: Holding,
) -> Result<Decision, NotWarm> {
    let exact = price;
    let price = exact.to_f64();
    let compared = match params.hours {
        HoursMode::Closed => averages.fast().zip(averages.slow()),
        HoursMode::Forming => averages.with(price),
    };
    let (fast, slow) = compared.ok_or_else(|| NotWarm {
        closed: averages.count(),
        needed: averages.needed(),
    })?;
    let signal = signal(price, fast, slow);
    let margins = Margins {
        price_to_fast: Margin::of(price, fast),
        fast_to_slow: Margin::of(fast, slow),
    };
    let smallest = margins
        .price_to_fast
        .distance
        .abs()
        .min(margins.fast_to_slow.distance.abs());
    Ok(Decision {
        signal,
        target: target(params.exit, signal),
        price: exact,
        fast,
        slow,
        margins,
        fragile: smallest <= FRAGILE_PER_SPREAD * averages.spread_with(price),
    })
}

fn signal(price: f64, fast: f64, slow: f64) -> Signal {
    if price > fast && fast > slow {
        Signal::Bullish
    } else if price < fast && fast < slow {
        Signal::Bearish
    } else {
        Signal::Neutral
    }
}

const fn target(exit: ExitRule, signal: Signal) -> Target {
    match (signal, exit) {
        (Signal::Bullish, _) => Target::AllIn,
        (Signal::Bearish, _) | (Signal::Neutral, ExitRule::Broken) => Target::Out,
        (Signal::Neutral, ExitRule::Confirmed) => Target::Keep,
    }
}

impl Margin {
    fn of(first: f64, second: f64) -> Self {
        let distance = first - second;
        Self {
            distance,
            bps: distance / second * BPS_PER_ONE,
        }
    }
}
