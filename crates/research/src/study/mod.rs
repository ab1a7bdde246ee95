//! The honesty kit: is a result evidence, or the luck of many tries?
//!
//! [`run`] asks every question at once and ends in a [`Verdict`]; each method stands alone in its
//! module with its source named. All randomness comes from one seed. Returns are those of the
//! straight loop ([`crate::sweep::plain`]), which tests hold equal to the exact engine.

pub mod bootstrap;
pub mod break_even;
pub mod deflated;
pub mod fall;
pub mod normal;
pub mod overfitting;
pub mod parking;
pub mod plateau;
pub mod probes;
pub mod random;
pub mod random_entry;
pub mod realism;
pub mod variants;
mod verdict;
pub mod walk_forward;

use market::calendar::Calendar;
use market::time::new_york_text;
use rayon::prelude::*;
use serde::Serialize;

pub use verdict::{DEFLATED_MIN, OVERFITTING_MAX, P_VALUE_MAX, POSITIVE_MIN, Verdict};

use crate::backtest;
use crate::benchmark;
use crate::metrics::Metrics;
use crate::series::Series;
use crate::sweep::{self, Score, SweepError, Table, plain};
use crate::timeline::{Fill, Timeline};

/// Draws when none are named.
pub const DRAWS_DEFAULT: usize = 2_000;
/// Most draws of one study.
pub const DRAWS_MAX: usize = 1_000_000;

/// What is studied.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// The pair's fast span.
    pub fast: u32,
    /// The pair's slow span.
    pub slow: u32,
    /// The pairs it was chosen from, the rule of filling, the costs, the warm-up.
    pub sweep: sweep::Options,
    /// Histories and timetables drawn, from 1 to [`DRAWS_MAX`].
    pub draws: usize,
    /// Where the randomness comes from.
    pub seed: u64,
}

/// 10/20 among the default sweep.
impl Default for Options {
    fn default() -> Self {
        Self {
            fast: 10,
            slow: 20,
            sweep: sweep::Options::default(),
            draws: DRAWS_DEFAULT,
            seed: 1,
        }
    }
}

/// Why nothing was studied.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum StudyError {
    /// The sweep's options mean nothing.
    #[error(transparent)]
    Sweep(#[from] SweepError),
    /// The pair means nothing.
    #[error(transparent)]
    Params(#[from] strategy::ParamsError),
    /// The pair is not among those swept.
    #[error("{fast}/{slow} is not among the pairs swept")]
    PairNotSwept {
        /// The fast span given.
        fast: u32,
        /// The slow span given.
        slow: u32,
    },
    /// The warm-up eats all there is.
    #[error("the warm-up leaves no decision in {bars} bars")]
    NeverWarm {
        /// How many there are.
        bars: usize,
    },
    /// No draws, or too many.
    #[error("{draws} draws must be from 1 to {DRAWS_MAX}")]
    Draws {
        /// The draws given.
        draws: usize,
    },
}

/// Everything found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StudyReport {
    /// The pair's fast span.
    pub fast: u32,
    /// The pair's slow span.
    pub slow: u32,
    /// Bars studied.
    pub bars: usize,
    /// The span of a bar.
    pub interval: String,
    /// Whether decisions fall on the slots of a session, as live ones do.
    pub slots: bool,
    /// Start of the first bar, New York time.
    pub first: String,
    /// Start of the last bar, New York time.
    pub last: String,
    /// At which price orders fill.
    pub fill: Fill,
    /// Basis points each fill is worse than its price.
    pub slippage_bps: f64,
    /// Silent hours, or bars of an hour or a day, before the pair's first signal.
    pub warmup_bars: u32,
    /// Bars a year used for annual figures.
    pub periods_per_year: f64,
    /// Years they cover.
    pub years: f64,
    /// Seed of all draws.
    pub seed: u64,
    /// The pair's figures, of one dollar.
    pub metrics: Metrics,
    /// Buy and hold over the same bars.
    pub buy_and_hold: Metrics,
    /// The 200-day rule over the same bars; `None` when they are too few for it.
    pub rule_of_200_days: Option<Metrics>,
    /// Choosing on the past, judged on the future.
    pub walk_forward: Option<walk_forward::WalkForward>,
    /// The pair among its neighbours.
    pub plateau: Option<plateau::Plateau>,
    /// Redrawn histories.
    pub bootstrap: Option<bootstrap::Intervals>,
    /// Random timetables of equal exposure.
    pub random_entry: Option<random_entry::RandomEntry>,
    /// The Sharpe ratio after counting the tries.
    pub deflated: Option<deflated::Deflated>,
    /// The chance that the best pair was overfitted.
    pub overfitting: Option<overfitting::Overfitting>,
    /// The costs that end it.
    pub break_even: break_even::BreakEven,
    /// Stops: what each would have done.
    pub variants: Vec<variants::Tried>,
    /// Idle cash in Treasury bills: what that would have done.
    pub parking: parking::Parking,
    /// The strategy's own deepest fall.
    pub deepest_fall: Option<fall::Fall>,
    /// A position that knew the future; `None` is good.
    pub look_ahead: Option<probes::LookAhead>,
    /// What an earlier start changes.
    pub warmup: Option<probes::WarmupProbe>,
    /// Total return by rule of filling.
    pub fills: Vec<FillReturn>,
    /// How far a fund made from its index is from these bars; `None` unless asked.
    pub leverage: Option<realism::Realism>,
    /// What a reader must know about the bars.
    pub notes: Vec<String>,
    /// The answer.
    pub verdict: Verdict,
}

/// The total return under one rule of filling.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct FillReturn {
    /// The rule.
    pub fill: Fill,
    /// The return.
    pub total_return: f64,
}

/// A study with what its charts need.
#[derive(Debug, Clone, PartialEq)]
pub struct Study {
    /// What was found.
    pub report: StudyReport,
    /// Every pair swept.
    pub scores: Vec<Score>,
    /// The pair's path.
    pub path: plain::Path,
}

/// Studies one pair against all it was chosen from.
///
/// # Errors
/// [`StudyError`] for options that mean nothing.
pub fn run(series: &Series, options: &Options, calendar: &Calendar) -> Result<Study, StudyError> {
    run_telling(series, options, calendar, &mut |_| {})
}

/// Steps that [`run_telling`] tells of.
pub const STEPS: u64 = 5;

/// As [`run`]; `step` hears what is about to be done, [`STEPS`] times.
///
/// # Errors
/// As [`run`].
pub fn run_telling(
    series: &Series,
    options: &Options,
    calendar: &Calendar,
    step: &mut dyn FnMut(&'static str),
) -> Result<Study, StudyError> {
    check(options)?;
    let asked = &options.sweep;
    let timeline = Timeline::new(series, asked.fill, calendar).map_err(SweepError::from)?;
    let table = Table::new(series, &timeline, asked)?;
    let pair = (options.fast, options.slow);
    let bench = Bench {
        series,
        options,
        calendar,
        first: table.warm_from(asked, options.slow),
        path: plain::walk(&table, asked, pair, 0.0),
        table: &table,
    };
    if bench.first >= series.bars.len() {
        return Err(StudyError::NeverWarm {
            bars: series.bars.len(),
        });
    }
    step("every pair");
    let scores = table.sweep(asked)?;
    let mut report = bench.report(&scores, step)?;
    report.verdict = Verdict::of(&report);
    Ok(Study {
        report,
        scores,
        path: bench.path,
    })
}

/// Everything a study looks at.
struct Bench<'a> {
    series: &'a Series,
    options: &'a Options,
    calendar: &'a Calendar,
    table: &'a Table<'a>,
    path: plain::Path,
    /// First bar with a signal: before it nothing could be timed.
    first: usize,
}

impl Bench<'_> {
    /// Every answer but the verdict.
    fn report(
        &self,
        scores: &[Score],
        step: &mut dyn FnMut(&'static str),
    ) -> Result<StudyReport, StudyError> {
        let Self {
            series,
            options,
            table,
            path,
            ..
        } = self;
        let asked = &options.sweep;
        let pair = (options.fast, options.slow);
        let span = table.span();
        let returns = path.returns();
        let held_by = benchmark_options(asked);
        let seed = |draw: u64| options.seed.wrapping_add(draw);
        step("walk-forward");
        let walk_forward = walk_forward::walk(table, asked)?;
        step("halves of history");
        let overfitting = overfitting::probability(&blocks(table, asked, scores));
        step("redrawn histories and random entries");
        let bootstrap = bootstrap::intervals(&returns, span, options.draws, seed(0));
        let random_entry = random_entry::test(
            &table.marks()[self.first..],
            &path.held[self.first..],
            options.draws,
            seed(1),
        );
        step("stops and costs");
        let variants = variants::all(table, asked, pair, options.draws, seed(2));
        let positions = |series: &Series| held(series, options, self.calendar);
        Ok(StudyReport {
            fast: options.fast,
            slow: options.slow,
            bars: series.bars.len(),
            interval: series.interval.to_string(),
            slots: series.has_slots(),
            first: new_york_text(series.first()),
            last: new_york_text(series.last()),
            fill: asked.fill,
            slippage_bps: asked.slippage.to_f64(),
            warmup_bars: asked.warmup.of(options.slow),
            periods_per_year: span.periods_per_year,
            years: span.years,
            seed: options.seed,
            metrics: Metrics::of(1.0, &path.equity, span)
                .expect("a series holds at least three bars"),
            buy_and_hold: benchmark::buy_and_hold(series, &held_by).metrics,
            rule_of_200_days: benchmark::rule_of_200_days(series, &held_by)
                .map(|rule| rule.metrics),
            walk_forward,
            plateau: plateau::around(scores, options.fast, options.slow),
            bootstrap,
            random_entry,
            deflated: deflated::deflate(&returns, &per_bar(scores, span.periods_per_year)),
            overfitting,
            break_even: break_even::find(table, asked, pair),
            variants,
            parking: parking::park(series, table, path),
            deepest_fall: fall::deepest(series, &path.equity),
            look_ahead: probes::look_ahead(series, self.calendar, positions),
            warmup: probes::warmup(
                series,
                self.calendar,
                options.slow as usize * SKIPPED_PER_SLOW,
                positions,
            ),
            fills: fills(series, options, self.calendar)?,
            leverage: None,
            notes: series.notes.clone(),
            verdict: Verdict {
                evidence: false,
                stable: false,
                reasons: Vec::new(),
                caveats: Vec::new(),
            },
        })
    }
}

/// Bars left out by the warm-up probe, in slow spans: what ten of them weigh is below 3e-9.
const SKIPPED_PER_SLOW: usize = 10;

fn check(options: &Options) -> Result<(), StudyError> {
    strategy::Params::new(options.fast, options.slow)?;
    let (fast, slow) = (options.fast, options.slow);
    if !options.sweep.fast.contains(&fast) || !options.sweep.slow.contains(&slow) {
        return Err(StudyError::PairNotSwept { fast, slow });
    }
    if !(1..=DRAWS_MAX).contains(&options.draws) {
        return Err(StudyError::Draws {
            draws: options.draws,
        });
    }
    Ok(())
}

/// Benchmarks pay the same costs and are annualised alike.
fn benchmark_options(asked: &sweep::Options) -> backtest::Options {
    backtest::Options {
        slippage: asked.slippage,
        periods_per_year: asked.periods_per_year,
        ..backtest::Options::default()
    }
}

/// The pair's positions over other bars; none where they cannot be laid out.
fn held(series: &Series, options: &Options, calendar: &Calendar) -> Vec<bool> {
    let held = Timeline::new(series, options.sweep.fill, calendar).map_err(SweepError::from);
    let held = held.and_then(|timeline| {
        let table = Table::new(series, &timeline, &options.sweep)?;
        Ok(table.positions(&options.sweep, options.fast, options.slow))
    });
    held.unwrap_or_default()
}

/// Every pair's Sharpe ratio per bar; a pair that never held has none and counts as zero, for it
/// was tried too.
fn per_bar(scores: &[Score], periods_per_year: f64) -> Vec<f64> {
    let annual = periods_per_year.sqrt();
    scores
        .iter()
        .map(|score| score.sharpe.unwrap_or_default() / annual)
        .collect()
}

fn blocks(
    table: &Table<'_>,
    asked: &sweep::Options,
    scores: &[Score],
) -> Vec<[overfitting::BlockSums; overfitting::BLOCKS]> {
    let sums = |score: &Score| {
        let path = plain::walk(table, asked, (score.fast, score.slow), 0.0);
        overfitting::block_sums(&path.returns())
    };
    scores.par_iter().map(sums).collect()
}

/// Total return of the pair by rule of filling.
fn fills(
    series: &Series,
    options: &Options,
    calendar: &Calendar,
) -> Result<Vec<FillReturn>, SweepError> {
    let run = |fill| {
        let timeline = Timeline::new(series, fill, calendar)?;
        let table = Table::new(series, &timeline, &options.sweep)?;
        let path = plain::walk(&table, &options.sweep, (options.fast, options.slow), 0.0);
        let total_return = path.equity.last().map_or(0.0, |equity| equity - 1.0);
        Ok(FillReturn { fill, total_return })
    };
    Fill::ALL.into_iter().map(run).collect()
}

impl Study {
    /// The same with a made fund held against the bars, which the verdict then mentions.
    #[must_use]
    pub fn with_realism(mut self, realism: realism::Realism) -> Self {
        self.report.leverage = Some(realism);
        self.report.verdict = Verdict::of(&self.report);
        self
    }
}
