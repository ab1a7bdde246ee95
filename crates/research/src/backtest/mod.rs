//! The exact engine: the decisions and plans of live trading, over bars, in decimals.
//!
//! [`run`] asks `strategy::decide` and `trading::plan` at every decision and fills what they order
//! by one stated rule ([`Fill`]); every fill is held against the invariants of the account. Every fill is whole: partial fills, halts and rejections belong
//! to the venue. Deliberately absent: the limits and gates of live trading, which stop a runner
//! and not a question.

mod account;
mod fees;
mod options;
mod report;
mod trade;
mod verdict;

use market::calendar::{Calendar, CalendarError};
use market::{Money, Symbol};
use strategy::{Averages, Decision, Holding, HoursMode, ParamsError, Target};
use trading::invariants::Breach;
use trading::plan::{Plan, Sizing, plan};
use trading::settings::OrderStyle;

use account::Ledger;
pub use fees::{FeeSchedule, Fees, SCHEDULES};
pub use options::{BUFFER_BPS_MAX, CASH_MAX, Options, OptionsError, ShareRule};
pub use report::{BacktestReport, BenchmarkReport, ParamsReport, TradeReport, trades_csv};
pub use trade::{Exit, Trade};
pub use verdict::BacktestVerdict;
pub(crate) use verdict::length;

use crate::metrics::{Metrics, Span};
use crate::series::Series;
use crate::timeline::{Fill, Step, Timeline};

/// Why there is no result.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum BacktestError {
    /// Averages or warm-up that mean nothing.
    #[error(transparent)]
    Params(#[from] ParamsError),
    /// Another option that means nothing.
    #[error(transparent)]
    Options(#[from] OptionsError),
    /// Bars that the calendar cannot place.
    #[error(transparent)]
    Calendar(#[from] CalendarError),
    /// A fill did to the account what none may: this program's fault, and no figure can be told.
    #[error("a fill breached {0}")]
    Breached(Breach),
    /// The warm-up eats all there is.
    #[error("a warm-up of {warmup} {unit} leaves no decision in {available}")]
    NeverWarm {
        /// Silent hours or bars asked for.
        warmup: u32,
        /// `hours` or `bars`.
        unit: &'static str,
        /// How many there are.
        available: usize,
    },
}

/// What an exact run found.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Every trade, oldest first; one still open stands last.
    pub trades: Vec<Trade>,
    /// Equity at every bar's close, in dollars.
    pub equity: Vec<f64>,
    /// Whether the symbol is held at each bar's close.
    pub held: Vec<bool>,
    /// The account's last cash.
    pub cash: Money,
    /// The account's last equity, exact.
    pub final_equity: Money,
    /// Regulatory fees paid.
    pub fees: Money,
    /// What slippage took: the distance of every fill from its price before it.
    pub slippage: Money,
    /// Interest earned on cash.
    pub interest: Money,
    /// Silent hours or bars before the first signal.
    pub warmup: u32,
    /// Decisions made.
    pub decisions: usize,
    /// Decisions whose margin is so small that averages begun elsewhere may decide otherwise.
    pub fragile: usize,
    /// Entries whose limit price the market had left behind; whole shares only.
    pub unfilled_entries: usize,
    /// The first bar in which an order could fill.
    pub first_tradable: Option<usize>,
    /// Figures of the equity curve; bars per year from the options or the calendar.
    pub metrics: Metrics,
    /// Part of all bars at whose close the symbol is held.
    pub exposure: f64,
}

/// Trades `series` exactly as the options say.
///
/// # Errors
/// [`BacktestError`] for options that mean nothing, and for bars too few or outside the calendar.
pub fn run(
    series: &Series,
    options: &Options,
    calendar: &Calendar,
) -> Result<Outcome, BacktestError> {
    let timeline = Timeline::new(series, options.fill, calendar)?;
    run_on(series, &timeline, options)
}

/// As [`run`], over decisions already laid out; their rule of filling is the one that counts.
///
/// # Errors
/// As [`run`].
pub fn run_on(
    series: &Series,
    timeline: &Timeline,
    options: &Options,
) -> Result<Outcome, BacktestError> {
    options.check()?;
    let warmup = options.warmup();
    let params = timeline.with_warmup(options.params, Some(warmup))?;
    // At the end of a bar the hour under way is that bar, already folded.
    let params = if timeline.slots {
        params
    } else {
        params.with_hours(HoursMode::Closed)
    };
    let mut engine = Engine {
        params,
        options,
        averages: Averages::new(&params),
        folded: 0,
        ledger: Ledger::new(options, series.first()),
        sizing: sizing(options),
        decisions: 0,
        fragile: 0,
        first_tradable: None,
    };
    let bars = series.bars.iter().zip(&timeline.steps).enumerate();
    let (mut equity, mut held) = (Vec::new(), Vec::new());
    equity.reserve_exact(series.bars.len());
    held.reserve_exact(series.bars.len());
    for (at, (bar, step)) in bars {
        engine.ledger.accrue(bar.start);
        if let Some(step) = step {
            engine.step(at, series, timeline, step);
        }
        equity.push(engine.ledger.mark(bar.close.to_f64()));
        held.push(engine.ledger.holds());
    }
    if let Some(breach) = engine.ledger.breach.take() {
        return Err(BacktestError::Breached(breach));
    }
    if engine.first_tradable.is_none() {
        let unit = if timeline.slots { "hours" } else { "bars" };
        let available = timeline.closes.len();
        return Err(BacktestError::NeverWarm {
            warmup,
            unit,
            available,
        });
    }
    Ok(engine.finish(series, equity, held, warmup))
}

/// The total return under every rule of filling, all else as asked; `outcome` is the one at hand.
///
/// # Errors
/// As [`run`].
pub fn by_fill(
    series: &Series,
    options: &Options,
    outcome: &Outcome,
    calendar: &Calendar,
) -> Result<Vec<(Fill, f64)>, BacktestError> {
    let total = |fill| {
        if fill == options.fill {
            return Ok((fill, outcome.metrics.total_return));
        }
        let other = run(series, &Options { fill, ..*options }, calendar)?;
        Ok((fill, other.metrics.total_return))
    };
    Fill::ALL.into_iter().map(total).collect()
}

/// How entries are sized; price and top-up change with every decision.
fn sizing(options: &Options) -> Sizing {
    Sizing {
        symbol: symbol(),
        price: None,
        style: OrderStyle::Notional,
        collar: options.collar,
        cash_buffer: options.buffer,
        rebalance_band: options.rebalance_band(),
        fractional: options.shares == ShareRule::Fractional,
        topped_up: false,
    }
}

/// The engine trades one nameless symbol: a file of bars does not name its own.
pub(crate) fn symbol() -> Symbol {
    "BARS".parse().expect("four capital letters are a symbol")
}

struct Engine<'a> {
    params: strategy::Params,
    options: &'a Options,
    averages: Averages,
    folded: usize,
    ledger: Ledger,
    sizing: Sizing,
    decisions: usize,
    fragile: usize,
    first_tradable: Option<usize>,
}

impl Engine<'_> {
    /// One decision and what it orders, filled in bar `at`.
    fn step(&mut self, at: usize, series: &Series, timeline: &Timeline, step: &Step) {
        for close in &timeline.closes[self.folded..step.folded] {
            self.averages.push(*close);
        }
        self.folded = step.folded;
        let holding = if self.ledger.holds() {
            Holding::Long
        } else {
            Holding::Flat
        };
        let Ok(decision) = strategy::decide(&self.params, &self.averages, step.price, holding)
        else {
            return;
        };
        self.first_tradable.get_or_insert(at);
        self.decisions += 1;
        self.fragile += usize::from(decision.fragile);
        let start = series.bars[at].start;
        let plan = self.plan(&decision, start);
        self.ledger.fill(&plan, at, start, step, self.options);
    }

    fn plan(&mut self, decision: &Decision, start: market::Instant) -> Plan {
        if decision.target == Target::AllIn {
            self.sizing.price = Some(decision.price);
            self.sizing.topped_up = self.ledger.topped_up(start);
        }
        plan(
            decision.target,
            self.ledger.portfolio(decision.price),
            &self.sizing,
        )
    }

    fn finish(self, series: &Series, equity: Vec<f64>, held: Vec<bool>, warmup: u32) -> Outcome {
        let span = Span {
            years: series.years(),
            periods_per_year: self
                .options
                .periods_per_year
                .unwrap_or(series.bars_per_year),
        };
        let metrics = Metrics::of(self.options.cash.to_f64(), &equity, span)
            .expect("a series holds at least three bars");
        let held_bars = held.iter().filter(|held| **held).count();
        let exposure = held_bars as f64 / held.len() as f64;
        let ledger = self.ledger;
        let last = series.bars[series.bars.len() - 1].close;
        Outcome {
            cash: ledger.cash(),
            final_equity: ledger.equity(last),
            fees: ledger.fees,
            slippage: ledger.slippage,
            interest: ledger.interest,
            unfilled_entries: ledger.unfilled_entries,
            trades: ledger.into_trades(),
            equity,
            held,
            warmup,
            decisions: self.decisions,
            fragile: self.fragile,
            first_tradable: self.first_tradable,
            metrics,
            exposure,
        }
    }
}
