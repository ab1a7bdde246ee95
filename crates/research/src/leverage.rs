//! A leveraged fund made from its index: what it would have been before it existed.
//!
//! Every session the fund earns a multiple of the index's return, pays for the money it borrows
//! and its own expenses (Cheng and Madhavan 2009): `L·r − (L−1)·financing·d − expenses·d`, with
//! `d` the part of a year since the session before. What this leaves out is stated as the
//! tracking error against the real fund.

use std::collections::BTreeMap;

use market::bar::Bar;
use market::time::{new_york_date, new_york_text};
use market::{Bps, Decimal, Price};
use serde::Serialize;

use crate::metrics::Moments;
use crate::rates::federal_funds_bps;
use crate::series::DAYS_PER_YEAR;

const BPS_PER_ONE: f64 = 10_000.0;
const SECONDS_PER_DAY: f64 = 86_400.0;
const SESSIONS_PER_YEAR: f64 = 252.0;
/// Digits kept of a synthetic price: a fund that fell by 99.9 % still moves.
const DECIMALS: u32 = 6;

/// Highest daily multiple made.
pub const MULTIPLE_MAX: f64 = 10.0;
/// Highest expenses a year.
pub const EXPENSES_MAX: Bps = Bps::whole(1_000);
/// Highest fixed interest a year.
pub const FINANCING_MAX: Bps = Bps::whole(10_000);
/// What TQQQ charges a year.
pub const EXPENSES_DEFAULT: Bps = Bps::whole(84);

/// Interest a year on what the fund borrows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Financing {
    /// The same at all times.
    Fixed(Bps),
    /// The effective federal funds rate of each year ([`crate::rates`]).
    FederalFunds,
}

/// How the fund is made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Leverage {
    /// Daily multiple of the index, above 1 and at most [`MULTIPLE_MAX`]; 3 for TQQQ.
    pub multiple: f64,
    /// Expenses a year, from 0 to [`EXPENSES_MAX`].
    pub expenses: Bps,
    /// Interest a year on what is borrowed.
    pub financing: Financing,
    /// The first close, in dollars.
    pub first_close: Price,
}

/// Why there is no fund.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum LeverageError {
    /// No bars.
    #[error("no bars of the index")]
    NoBars,
    /// A multiple that borrows nothing, or more than any fund.
    #[error("leverage {multiple} must be above 1 and at most {MULTIPLE_MAX}")]
    Multiple {
        /// The multiple given.
        multiple: f64,
    },
    /// Expenses below zero or beyond any fund's.
    #[error("expenses of {bps} bps a year must be from 0 to {EXPENSES_MAX}")]
    Expenses {
        /// The expenses given.
        bps: Bps,
    },
    /// Interest below zero or above the whole.
    #[error("financing at {bps} bps a year must be from 0 to {FINANCING_MAX}")]
    Financing {
        /// The rate given.
        bps: Bps,
    },
    /// The index moved so far in a session that the fund is worth nothing.
    #[error("the fund is worth nothing after the session of {at}")]
    WipedOut {
        /// Start of that session's bar, New York time.
        at: String,
    },
    /// Fewer than three sessions in common.
    #[error("only {sessions} sessions in common; at least 3 are needed")]
    TooFewInCommon {
        /// How many.
        sessions: usize,
    },
}

/// Makes the fund's daily bars from its index's. Open, high and low are the multiple of their
/// distance from the index's close before, without the day's costs; the low is held above zero.
///
/// # Errors
/// [`LeverageError`] without bars, or when a session wipes the fund out.
pub fn synthetic(index: &[Bar], leverage: &Leverage) -> Result<Vec<Bar>, LeverageError> {
    leverage.check()?;
    let first = index.first().ok_or(LeverageError::NoBars)?;
    let start = leverage.first_close;
    let flat = Bar::new(first.start, start, start, start, start, None);
    let mut bars = vec![flat.expect("one price bounds itself")];
    let mut close = start.to_f64();
    for pair in index.windows(2) {
        let (before, bar) = (&pair[0], &pair[1]);
        let base = before.close.to_f64();
        let days = bar.start.duration_since(before.start).as_secs_f64() / SECONDS_PER_DAY;
        let year = new_york_date(bar.start).year();
        let cost = leverage.cost_of(days, year);
        let at = |price: Price, cost: f64| {
            close * (1.0 + leverage.multiple * (price.to_f64() / base - 1.0) - cost)
        };
        let ended = at(bar.close, cost);
        let wiped_out = || LeverageError::WipedOut {
            at: new_york_text(bar.start),
        };
        let price = |value: f64| rounded(value).ok_or_else(wiped_out);
        let (open, last) = (price(at(bar.open, 0.0))?, price(ended)?);
        let high = rounded(at(bar.high, 0.0))
            .unwrap_or(last)
            .max(open)
            .max(last);
        let low = rounded(at(bar.low, 0.0))
            .unwrap_or(last)
            .min(open)
            .min(last);
        let made = Bar::new(bar.start, open, high, low, last, None);
        bars.push(made.expect("the range was widened to hold both ends"));
        close = ended;
    }
    Ok(bars)
}

/// A price of six decimals; `None` at or below zero.
fn rounded(value: f64) -> Option<Price> {
    let exact = Price::from_f64(value).ok()?;
    Price::new(
        exact
            .decimal()
            .round_dp(DECIMALS)
            .max(Decimal::new(1, DECIMALS)),
    )
    .ok()
}

impl Leverage {
    fn check(&self) -> Result<(), LeverageError> {
        let multiple = self.multiple;
        if !(multiple > 1.0 && multiple <= MULTIPLE_MAX) {
            return Err(LeverageError::Multiple { multiple });
        }
        if !(Bps::default()..=EXPENSES_MAX).contains(&self.expenses) {
            let bps = self.expenses;
            return Err(LeverageError::Expenses { bps });
        }
        match self.financing {
            Financing::Fixed(bps) if !(Bps::default()..=FINANCING_MAX).contains(&bps) => {
                Err(LeverageError::Financing { bps })
            }
            _ => Ok(()),
        }
    }

    /// What so many days of `year` cost, as a part of the fund.
    fn cost_of(&self, days: f64, year: i16) -> f64 {
        let rate = match self.financing {
            Financing::Fixed(rate) => rate.to_f64(),
            Financing::FederalFunds => federal_funds_bps(year),
        };
        let borrowed = (self.multiple - 1.0) * rate;
        (borrowed + self.expenses.to_f64()) / BPS_PER_ONE * days / DAYS_PER_YEAR
    }
}

/// How far a made fund is from the real one.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Tracking {
    /// Sessions in common.
    pub sessions: usize,
    /// Annual standard deviation of the difference of daily returns.
    pub tracking_error: f64,
    /// Made less real, per year, as compound growth.
    pub annual_difference: f64,
    /// The calendar year in which the two grew most differently.
    pub worst_year: i16,
    /// Made over real growth in that year, less one.
    pub worst_year_difference: f64,
    /// Correlation of daily returns.
    pub correlation: f64,
    /// Total return of the made fund.
    pub made_return: f64,
    /// Total return of the real fund.
    pub real_return: f64,
}

/// Compares closes on the sessions both have.
///
/// # Errors
/// [`LeverageError::TooFewInCommon`].
pub fn tracking(made: &[Bar], real: &[Bar]) -> Result<Tracking, LeverageError> {
    let mut others = real.iter().peekable();
    let mut common: Vec<(f64, f64)> = Vec::new();
    let mut dates = Vec::new();
    let mut span = None;
    for bar in made {
        while others.next_if(|other| other.start < bar.start).is_some() {}
        if let Some(other) = others.next_if(|other| other.start == bar.start) {
            common.push((bar.close.to_f64(), other.close.to_f64()));
            dates.push(new_york_date(bar.start).year());
            span = Some((span.map_or(bar.start, |(first, _)| first), bar.start));
        }
    }
    let (Some((first, last)), true) = (span, common.len() >= 3) else {
        return Err(LeverageError::TooFewInCommon {
            sessions: common.len(),
        });
    };
    let years = last.duration_since(first).as_secs_f64() / SECONDS_PER_DAY / DAYS_PER_YEAR;
    let returns: Vec<(f64, f64)> = common
        .windows(2)
        .map(|pair| (pair[1].0 / pair[0].0 - 1.0, pair[1].1 / pair[0].1 - 1.0))
        .collect();
    let (begin, end) = (common[0], common[common.len() - 1]);
    let (made_growth, real_growth) = (end.0 / begin.0, end.1 / begin.1);
    let difference = Moments::of(returns.iter().map(|(made, real)| made - real));
    let (worst_year, worst_year_difference) = worst_year(&dates[1..], &returns);
    Ok(Tracking {
        sessions: common.len(),
        tracking_error: difference.deviation().unwrap_or_default() * SESSIONS_PER_YEAR.sqrt(),
        annual_difference: made_growth.powf(1.0 / years) - real_growth.powf(1.0 / years),
        worst_year,
        worst_year_difference,
        correlation: correlation(&returns),
        made_return: made_growth - 1.0,
        real_return: real_growth - 1.0,
    })
}

/// The year whose growth differs most, by the years and returns of sessions in order.
fn worst_year(years: &[i16], returns: &[(f64, f64)]) -> (i16, f64) {
    let mut apart: BTreeMap<i16, f64> = BTreeMap::new();
    for (year, (made, real)) in years.iter().zip(returns) {
        *apart.entry(*year).or_default() += made.ln_1p() - real.ln_1p();
    }
    let worst = apart
        .into_iter()
        .max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()));
    worst.map_or((0, 0.0), |(year, apart)| (year, apart.exp_m1()))
}

fn correlation(pairs: &[(f64, f64)]) -> f64 {
    let count = pairs.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>() / count;
    let (a, b) = (mean(|pair| pair.0), mean(|pair| pair.1));
    let sum =
        |of: &dyn Fn(f64, f64) -> f64| pairs.iter().map(|(x, y)| of(x - a, y - b)).sum::<f64>();
    sum(&|x, y| x * y) / (sum(&|x, _| x * x) * sum(&|_, y| y * y)).sqrt()
}
