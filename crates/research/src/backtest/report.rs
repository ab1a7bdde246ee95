//! The result as `--json` shows it (DESIGN §6): numbers, `null` for what does not exist.

use market::calendar::Calendar;
use market::time::new_york_text;
use serde::Serialize;
use strategy::{ExitRule, HoursMode};

use super::{BacktestError, Fees, Options, Outcome, ShareRule, Trade};
use crate::benchmark;
use crate::metrics::Metrics;
use crate::series::Series;
use crate::timeline::Fill;

/// One backtest.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BacktestReport {
    /// What was asked.
    pub params: ParamsReport,
    /// Bars traded.
    pub bars: usize,
    /// Start of the first bar, New York time.
    pub first: String,
    /// Start of the last bar, New York time.
    pub last: String,
    /// Oldest first; one still open stands last with null exits.
    pub trades: Vec<TradeReport>,
    /// Figures of the equity curve.
    #[serde(flatten)]
    pub metrics: Metrics,
    /// Part of bars at whose close the symbol is held.
    pub exposure: f64,
    /// Closed trades.
    pub trade_count: usize,
    /// Part of closed trades with a gain.
    pub win_rate: Option<f64>,
    /// Gains over losses of closed trades; null without a loss.
    pub profit_factor: Option<f64>,
    /// Regulatory fees paid, in dollars.
    pub fees_paid: f64,
    /// What slippage took, in dollars.
    pub slippage_paid: f64,
    /// Interest earned on cash, in dollars.
    pub interest_earned: f64,
    /// Start of the first bar in which an order could fill, New York time.
    pub first_tradable: Option<String>,
    /// Decisions made.
    pub decisions: usize,
    /// Decisions so close that averages begun at another bar might decide otherwise.
    pub fragile: usize,
    /// Entries whose limit was out of reach.
    pub unfilled_entries: usize,
    /// The symbol bought with all cash and held.
    pub benchmark: BenchmarkReport,
    /// What a reader must know about the bars.
    pub notes: Vec<String>,
}

/// What was asked, with every default written out.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ParamsReport {
    /// Span of the fast average.
    pub fast: u32,
    /// Span of the slow average.
    pub slow: u32,
    /// Closed hours or the forming one too.
    pub hours: HoursMode,
    /// When a position is left.
    pub exit: ExitRule,
    /// At which price orders fill.
    pub fill: Fill,
    /// Basis points each fill is worse than its price.
    pub slippage_bps: f64,
    /// Fees charged.
    pub fees: Fees,
    /// Starting cash, in dollars.
    pub cash: f64,
    /// Silent hours, or bars for files of hours or days.
    pub warmup: u32,
    /// Fractions or whole shares.
    pub shares: ShareRule,
    /// Basis points of equity never spent.
    pub buffer_bps: f64,
    /// Annual interest on cash, in basis points.
    pub cash_rate_bps: f64,
    /// Bars a year used for annual figures.
    pub periods_per_year: f64,
    /// The span of a bar.
    pub interval: String,
    /// Whether decisions fall on the slots of a session, as live ones do, or at each bar's end.
    pub slots: bool,
}

/// One trade; times are starts of bars, prices are before slippage and fees.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TradeReport {
    /// Start of the bar of the first purchase.
    pub entry_time: String,
    /// Average price, in dollars.
    pub entry_price: f64,
    /// Start of the bar of the last sale.
    pub exit_time: Option<String>,
    /// Average price, in dollars.
    pub exit_price: Option<f64>,
    /// Shares bought.
    pub shares: f64,
    /// Proceeds less cost, in dollars, after slippage and fees.
    pub pnl: Option<f64>,
    /// Gain over cost.
    #[serde(rename = "return")]
    pub return_on_cost: Option<f64>,
}

/// Buy and hold, from the first bar's open, with the same slippage.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BenchmarkReport {
    /// `buy_and_hold`.
    pub name: &'static str,
    /// Its figures.
    #[serde(flatten)]
    pub metrics: Metrics,
    /// The same bought at the open of the first bar in which the strategy could fill an order: what
    /// holding gave while the strategy could act at all, and the fair yardstick.
    pub since_warm: Option<Metrics>,
}

impl BacktestReport {
    /// The report of `outcome`.
    #[must_use]
    pub fn new(series: &Series, options: &Options, outcome: &Outcome) -> Self {
        let closed: Vec<f64> = outcome
            .trades
            .iter()
            .filter_map(|trade| trade.exit.map(|exit| exit.pnl.to_f64()))
            .collect();
        let gains: f64 = closed.iter().filter(|pnl| **pnl > 0.0).sum();
        let losses: f64 = closed
            .iter()
            .filter(|pnl| **pnl < 0.0)
            .map(|pnl| -pnl)
            .sum();
        let wins = closed.iter().filter(|pnl| **pnl > 0.0).count();
        Self {
            params: ParamsReport::new(series, options, outcome.warmup),
            bars: series.bars.len(),
            first: new_york_text(series.first()),
            last: new_york_text(series.last()),
            trades: outcome
                .trades
                .iter()
                .map(|trade| TradeReport::new(trade, series))
                .collect(),
            metrics: Metrics {
                final_equity: outcome.final_equity.to_f64(),
                ..outcome.metrics
            },
            exposure: outcome.exposure,
            trade_count: closed.len(),
            win_rate: (!closed.is_empty()).then(|| wins as f64 / closed.len() as f64),
            profit_factor: (losses > 0.0).then(|| gains / losses),
            fees_paid: outcome.fees.to_f64(),
            slippage_paid: outcome.slippage.to_f64(),
            interest_earned: outcome.interest.to_f64(),
            first_tradable: outcome
                .first_tradable
                .map(|bar| new_york_text(series.bars[bar].start)),
            decisions: outcome.decisions,
            fragile: outcome.fragile,
            unfilled_entries: outcome.unfilled_entries,
            benchmark: BenchmarkReport::new(series, options, outcome.first_tradable),
            notes: series.notes.clone(),
        }
    }

    /// Runs and reports in one step.
    ///
    /// # Errors
    /// As [`super::run`].
    pub fn run(
        series: &Series,
        options: &Options,
        calendar: &Calendar,
    ) -> Result<Self, BacktestError> {
        let outcome = super::run(series, options, calendar)?;
        Ok(Self::new(series, options, &outcome))
    }
}

/// Trades as CSV with a header; an empty field where a trade is still open.
#[must_use]
pub fn trades_csv(trades: &[TradeReport]) -> String {
    let mut text = String::from("entry_time,entry_price,exit_time,exit_price,shares,pnl,return\n");
    let number = |value: Option<f64>| value.map(|value| value.to_string()).unwrap_or_default();
    for trade in trades {
        let fields = [
            trade.entry_time.clone(),
            trade.entry_price.to_string(),
            trade.exit_time.clone().unwrap_or_default(),
            number(trade.exit_price),
            trade.shares.to_string(),
            number(trade.pnl),
            number(trade.return_on_cost),
        ];
        text.push_str(&fields.join(","));
        text.push('\n');
    }
    text
}

impl ParamsReport {
    fn new(series: &Series, options: &Options, warmup: u32) -> Self {
        Self {
            fast: options.params.fast,
            slow: options.params.slow,
            hours: options.params.hours,
            exit: options.params.exit,
            fill: options.fill,
            slippage_bps: options.slippage.to_f64(),
            fees: options.fees,
            cash: options.cash.to_f64(),
            warmup,
            shares: options.shares,
            buffer_bps: options.buffer.to_f64(),
            cash_rate_bps: options.cash_rate.to_f64(),
            periods_per_year: options.periods_per_year.unwrap_or(series.bars_per_year),
            interval: series.interval.to_string(),
            slots: series.has_slots(),
        }
    }
}

impl TradeReport {
    fn new(trade: &Trade, series: &Series) -> Self {
        let time = |bar: usize| new_york_text(series.bars[bar].start);
        Self {
            entry_time: time(trade.entry_bar),
            entry_price: trade.entry_price(),
            exit_time: trade.exit.map(|exit| time(exit.bar)),
            exit_price: trade.exit_price(),
            shares: trade.shares.to_f64(),
            pnl: trade.exit.map(|exit| exit.pnl.to_f64()),
            return_on_cost: trade.return_on_cost(),
        }
    }
}

impl BenchmarkReport {
    fn new(series: &Series, options: &Options, first_tradable: Option<usize>) -> Self {
        let since = |first| benchmark::buy_and_hold_from(series, options, first).metrics;
        Self {
            name: "buy_and_hold",
            metrics: benchmark::buy_and_hold(series, options).metrics,
            since_warm: first_tradable.map(since),
        }
    }
}
