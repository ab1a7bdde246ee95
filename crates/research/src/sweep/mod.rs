//! The sweep: every pair of averages over the same bars, at memory speed.
//!
//! [`run`] scores all pairs on all cores with memory flat in their number. It is the one second
//! implementation of the strategy and is held to the first, the exact engine, by tests, as it is
//! to a straight loop ([`plain`]) and to the oracle. It knows slippage; fees, whole shares and the
//! forming hour it does not: score a pair exactly with [`crate::backtest`].

mod block;
mod kernel;
pub mod plain;
mod rows;
mod score;
mod tape;

use std::ops::RangeInclusive;

use market::calendar::{Calendar, CalendarError};
use market::{Bps, Decimal};
use rayon::prelude::*;
use serde::Serialize;
use strategy::{ExitRule, SLOW_MAX};

use block::BLOCK;
pub use kernel::Instructions;
use kernel::{Slow, State, Task};
pub use score::{Metric, MetricError, Score, csv, top};
use tape::Tape;

use crate::metrics::{Moments, Span, cagr};
use crate::series::Series;
use crate::timeline::{Fill, Timeline};

const SLIPPAGE_BPS_LIMIT: u32 = 10_000;

/// When a pair may signal.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Warmup {
    /// As many silent hours or bars as the slow average is long.
    #[default]
    Slow,
    /// So many for every pair.
    Fixed(u32),
}

impl Warmup {
    /// Silent hours or bars of a pair with this slow span.
    #[must_use]
    pub const fn of(self, slow: u32) -> u32 {
        match self {
            Self::Slow => slow,
            Self::Fixed(silent) => silent,
        }
    }
}

/// What is swept.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Fast spans.
    pub fast: RangeInclusive<u32>,
    /// Slow spans; only pairs with fast below slow are scored.
    pub slow: RangeInclusive<u32>,
    /// When a position is left.
    pub exit: ExitRule,
    /// At which price orders fill.
    pub fill: Fill,
    /// What each fill is worse than its price, from 0 to below 10 000 bps.
    pub slippage: Bps,
    /// When a pair may signal.
    pub warmup: Warmup,
    /// Bars a year; from the calendar when not given.
    pub periods_per_year: Option<f64>,
    /// Instructions used.
    pub instructions: Instructions,
}

/// Fast 2 to 50, slow 3 to 200: 8 526 pairs.
impl Default for Options {
    fn default() -> Self {
        Self {
            fast: 2..=50,
            slow: 3..=200,
            exit: ExitRule::default(),
            fill: Fill::default(),
            slippage: Bps::default(),
            warmup: Warmup::default(),
            periods_per_year: None,
            instructions: Instructions::default(),
        }
    }
}

/// The text names no range of spans.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a range of spans: write 2..50, both ends included, or one span")]
pub struct SpansError {
    text: String,
}

/// Reads `2..50`, both ends included, or a single span.
///
/// # Errors
/// [`SpansError`] for anything else.
pub fn spans(text: &str) -> Result<RangeInclusive<u32>, SpansError> {
    let number = |part: &str| part.trim().parse::<u32>().ok();
    let (first, last) = text.split_once("..").unwrap_or((text, text));
    let range = number(first)
        .zip(number(last))
        .map(|(first, last)| first..=last);
    range.ok_or_else(|| SpansError {
        text: text.to_owned(),
    })
}

/// Why nothing was swept.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SweepError {
    /// No pair has its fast span below its slow one.
    #[error("fast {}..{} and slow {}..{} hold no pair with 1 <= fast < slow <= {SLOW_MAX}",
        fast.start(), fast.end(), slow.start(), slow.end())]
    NoPairs {
        /// Fast spans given.
        fast: RangeInclusive<u32>,
        /// Slow spans given.
        slow: RangeInclusive<u32>,
    },
    /// A span outside its range.
    #[error("{name} = {span} must be from 1 to {SLOW_MAX}")]
    Span {
        /// `fast` or `slow`.
        name: &'static str,
        /// The span given.
        span: u32,
    },
    /// Slippage that brings a price to zero or improves it.
    #[error("slippage of {bps} bps must be from 0 to below 10000")]
    Slippage {
        /// The slippage given.
        bps: Bps,
    },
    /// No such number of bars.
    #[error("periods per year = {periods} must be above 0 and finite")]
    Periods {
        /// The number given.
        periods: f64,
    },
    /// Bars that the calendar cannot place.
    #[error(transparent)]
    Calendar(#[from] CalendarError),
}

/// Every pair's figures.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Sweep {
    /// By fast span, then by slow span.
    pub scores: Vec<Score>,
    /// Bars swept.
    pub bars: usize,
    /// Bars a year used for annual figures.
    pub periods_per_year: f64,
    /// The instructions that ran: `AVX-512`, `AVX2` or `portable`.
    pub instructions: &'static str,
    /// The same with the features of the processor that were used.
    pub features: &'static str,
    /// Threads that worked.
    pub threads: usize,
}

impl Options {
    /// Pairs with fast below slow, of options that mean something.
    #[must_use]
    pub fn pairs(&self) -> u64 {
        let below = |slow: u32| {
            let last = (*self.fast.end()).min(slow.saturating_sub(1));
            u64::from((last + 1).saturating_sub(*self.fast.start()))
        };
        self.slow.clone().map(below).sum()
    }

    fn is_broken(&self) -> bool {
        self.exit == ExitRule::Broken
    }

    /// Whether the options mean something.
    ///
    /// # Errors
    /// [`SweepError`] for the first option that means nothing.
    pub fn check(&self) -> Result<(), SweepError> {
        for (name, spans) in [("fast", &self.fast), ("slow", &self.slow)] {
            let outside = |span: &&u32| !(1..=SLOW_MAX).contains(*span);
            if let Some(span) = [spans.start(), spans.end()].into_iter().find(outside) {
                return Err(SweepError::Span { name, span: *span });
            }
        }
        if self.fast.is_empty() || self.slow.is_empty() || self.fast.start() >= self.slow.end() {
            let (fast, slow) = (self.fast.clone(), self.slow.clone());
            return Err(SweepError::NoPairs { fast, slow });
        }
        let limit = Decimal::from(SLIPPAGE_BPS_LIMIT);
        if !(Decimal::ZERO..limit).contains(&self.slippage.decimal()) {
            return Err(SweepError::Slippage { bps: self.slippage });
        }
        match self.periods_per_year {
            Some(periods) if !(periods.is_finite() && periods > 0.0) => {
                Err(SweepError::Periods { periods })
            }
            _ => Ok(()),
        }
    }
}

/// Bars laid out for sweeping; made once, swept often.
#[derive(Debug, Clone)]
pub struct Table<'a> {
    timeline: &'a Timeline,
    tape: Tape,
    years: f64,
    periods_per_year: f64,
}

impl<'a> Table<'a> {
    /// The bars of `series` under the timeline's rule of filling, the options' slippage and
    /// bars a year.
    ///
    /// # Errors
    /// [`SweepError`] for options that mean nothing.
    pub fn new(
        series: &Series,
        timeline: &'a Timeline,
        options: &Options,
    ) -> Result<Self, SweepError> {
        options.check()?;
        Ok(Self {
            timeline,
            tape: Tape::new(series, timeline, options.slippage),
            years: series.years(),
            periods_per_year: options.periods_per_year.unwrap_or(series.bars_per_year),
        })
    }

    /// How long the bars are and how they make a year.
    #[must_use]
    pub fn span(&self) -> Span {
        Span {
            years: self.years,
            periods_per_year: self.periods_per_year,
        }
    }

    /// Bars.
    #[must_use]
    pub fn bars(&self) -> usize {
        self.tape.len()
    }

    /// Every bar's close, in dollars.
    #[must_use]
    pub fn marks(&self) -> &[f64] {
        &self.tape.mark
    }

    /// What a share costs, brings and is worth at the close of bar `at`, costs included.
    pub(crate) fn prices(&self, at: usize) -> (f64, f64, f64) {
        (self.tape.buy[at], self.tape.sell[at], self.tape.mark[at])
    }

    /// The same without what comes after the first `bars`.
    #[must_use]
    pub fn first(&self, bars: usize) -> Self {
        let bars = bars.min(self.bars());
        let part = bars as f64 / self.bars() as f64;
        Self {
            timeline: self.timeline,
            tape: self.tape.first(bars),
            years: self.years * part,
            ..*self
        }
    }

    /// First bar at which pairs of this slow span may signal; the number of bars when none is.
    pub(crate) fn warm_from(&self, options: &Options, slow: u32) -> usize {
        let silent = options.warmup.of(slow);
        self.tape
            .warm_from(self.timeline.closes_needed(silent) as usize)
    }

    fn slow(&self, options: &Options, fasts: &[u32], span: u32, offset: usize) -> Slow {
        Slow {
            span,
            warm_from: self.warm_from(options, span),
            pairs: fasts.partition_point(|fast| *fast < span),
            offset,
        }
    }

    /// Whether a pair holds at each bar's close, as the kernel sees it.
    #[must_use]
    pub fn positions(&self, options: &Options, fast: u32, slow: u32) -> Vec<bool> {
        let slow = self.slow(options, &[fast], slow, 0);
        kernel::positions(&self.tape, fast, slow, options.is_broken())
    }

    /// Scores every pair.
    ///
    /// # Errors
    /// [`SweepError`] for options that mean nothing.
    pub fn sweep(&self, options: &Options) -> Result<Vec<Score>, SweepError> {
        self.sweep_telling(options, &|_| {})
    }

    /// As [`Table::sweep`]; `done` hears of every so many bars × pairs, from any thread.
    ///
    /// # Errors
    /// As [`Table::sweep`].
    pub fn sweep_telling(
        &self,
        options: &Options,
        done: &(dyn Fn(u64) + Sync),
    ) -> Result<Vec<Score>, SweepError> {
        options.check()?;
        let fasts: Vec<u32> = options.fast.clone().collect();
        let threads = rayon::current_num_threads();
        let parts: Vec<Vec<Score>> = (0..threads)
            .into_par_iter()
            .map(|part| self.part(options, &fasts, (part, threads), done))
            .collect();
        let mut scores: Vec<Score> = parts.into_iter().flatten().collect();
        scores.sort_unstable_by_key(|score| (score.fast, score.slow));
        Ok(scores)
    }

    /// Every `parts`-th slow span, so that all parts hold about as many pairs.
    fn part(
        &self,
        options: &Options,
        fasts: &[u32],
        (part, parts): (usize, usize),
        done: &(dyn Fn(u64) + Sync),
    ) -> Vec<Score> {
        let spans = options.slow.clone().skip(part).step_by(parts);
        let mut offset = 0;
        let mut slows = Vec::new();
        for span in spans {
            let slow = self.slow(options, fasts, span, offset);
            offset += slow.pairs;
            slows.extend((slow.pairs > 0).then_some(slow));
        }
        if slows.is_empty() {
            return Vec::new();
        }
        let mut task = Task::new(fasts, slows, options.is_broken());
        for from in (0..self.tape.len()).step_by(BLOCK) {
            options.instructions.advance(&mut task, &self.tape, from);
            let bars = BLOCK.min(self.tape.len() - from);
            done((bars * task.states.len()) as u64);
        }
        let mut scores = Vec::with_capacity(task.states.len());
        for slow in &task.slows {
            let states = &task.states[slow.offset..slow.offset + slow.pairs];
            let pairs = fasts.iter().zip(states);
            scores.extend(pairs.map(|(fast, state)| self.score(*fast, slow.span, state)));
        }
        scores
    }

    fn score(&self, fast: u32, slow: u32, state: &State) -> Score {
        let bars = self.tape.len() as f64;
        let total_return = state.level.exp() - 1.0;
        let moments = Moments::from_sums(bars - 1.0, state.sum, state.squares);
        Score {
            fast,
            slow,
            total_return,
            cagr: cagr(total_return, self.years),
            max_drawdown: 1.0 - state.fall.exp(),
            sharpe: moments
                .sharpe()
                .map(|sharpe| sharpe * self.periods_per_year.sqrt()),
            trades: state.trades,
            exposure: f64::from(state.held_bars) / bars,
        }
    }
}

/// Scores every pair of `options` over `series`.
///
/// # Errors
/// [`SweepError`] for options that mean nothing and bars outside the calendar.
pub fn run(series: &Series, options: &Options, calendar: &Calendar) -> Result<Sweep, SweepError> {
    run_telling(series, options, calendar, &|_| {})
}

/// As [`run`]; `done` hears of every so many bars × pairs, from any thread.
///
/// # Errors
/// As [`run`].
pub fn run_telling(
    series: &Series,
    options: &Options,
    calendar: &Calendar,
    done: &(dyn Fn(u64) + Sync),
) -> Result<Sweep, SweepError> {
    options.check()?;
    let timeline = Timeline::new(series, options.fill, calendar)?;
    let table = Table::new(series, &timeline, options)?;
    Ok(Sweep {
        scores: table.sweep_telling(options, done)?,
        bars: series.bars.len(),
        periods_per_year: table.periods_per_year,
        instructions: options.instructions.name(),
        features: options.instructions.features(),
        threads: rayon::current_num_threads(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_with_both_ends() {
        assert_eq!(spans("2..50"), Ok(2..=50));
        assert_eq!(spans("20"), Ok(20..=20));
        let error = spans("2..=50").unwrap_err().to_string();
        assert_eq!(
            error,
            "`2..=50` is not a range of spans: write 2..50, both ends included, or one span"
        );
    }

    #[test]
    fn pairs_are_counted_as_they_are_scored() {
        let count = |fast: RangeInclusive<u32>, slow: RangeInclusive<u32>| {
            let both = fast
                .clone()
                .flat_map(|fast| slow.clone().map(move |slow| (fast, slow)));
            let right = both.filter(|(fast, slow)| fast < slow).count() as u64;
            let options = Options {
                fast,
                slow,
                ..Options::default()
            };
            assert_eq!(options.pairs(), right);
            right
        };
        assert_eq!(count(2..=50, 3..=200), 8_526);
        count(5..=9, 1..=7);
        count(1..=1000, 1..=1000);
        count(7..=7, 20..=20);
    }

    #[test]
    fn options_that_mean_nothing_are_refused_with_their_values() {
        let sound = Options::default();
        assert_eq!(sound.check(), Ok(()));
        let cases = [
            (
                Options {
                    fast: 0..=5,
                    ..sound.clone()
                },
                "fast = 0 must be from 1 to 1000",
            ),
            (
                Options {
                    slow: 3..=1001,
                    ..sound.clone()
                },
                "slow = 1001 must be from 1 to 1000",
            ),
            (
                Options {
                    fast: 20..=30,
                    slow: 5..=20,
                    ..sound.clone()
                },
                "fast 20..30 and slow 5..20 hold no pair with 1 <= fast < slow <= 1000",
            ),
            (
                Options {
                    periods_per_year: Some(f64::NAN),
                    ..sound.clone()
                },
                "periods per year = NaN must be above 0 and finite",
            ),
            (
                Options {
                    slippage: Bps::whole(10_000),
                    ..sound
                },
                "slippage of 10000 bps must be from 0 to below 10000",
            ),
        ];
        for (options, message) in cases {
            assert_eq!(options.check().unwrap_err().to_string(), message);
        }
    }
}
