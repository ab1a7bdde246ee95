//! `tqqq backtest`, `tqqq sweep` and `tqqq study`.

use std::ops::RangeInclusive;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use market::{Bps, Money};
use research::sweep::{Metric, spans};

use super::BarsArguments;

/// What every command of research is told about trading.
#[derive(Debug, Clone, Copy, Args)]
#[command(next_help_heading = "Trading")]
pub(crate) struct TradingArguments {
    /// At which price an order fills
    #[arg(long, value_name = "RULE", default_value = "next-open")]
    pub(crate) fill: FillChoice,
    /// Basis points by which each fill is worse than its price
    #[arg(
        long,
        value_name = "BPS",
        default_value = "0",
        allow_negative_numbers = true
    )]
    pub(crate) slippage_bps: Bps,
    /// When a position is left
    #[arg(long, value_name = "RULE", default_value = "confirmed")]
    pub(crate) exit: ExitChoice,
    /// Bars a year for annual figures [default: from the calendar]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub(crate) periods_per_year: Option<f64>,
}

/// At which price an order fills.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FillChoice {
    /// The first price after the decision: the open of the next bar, or of the bar at a slot
    NextOpen,
    /// The price decided on, which nobody gets: it flatters
    SameClose,
    /// High of that bar for buys, low for sells
    Worst,
}

/// When a position is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExitChoice {
    /// On price < fast < slow
    Confirmed,
    /// On whatever is not price > fast > slow
    Broken,
}

/// Which regulatory fees are charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FeeChoice {
    /// None, as on paper
    None,
    /// Those a live Alpaca account passes on, by date
    Alpaca,
}

/// Whether fractions of a share are bought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ShareChoice {
    /// To nine digits, by orders of so many dollars
    Fractional,
    /// Whole shares, by limit orders 50 bps above the price
    Whole,
}

/// Which hours the averages see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum HoursChoice {
    /// Closed hours
    Closed,
    /// Also the hour under way, the price being its close so far
    Forming,
}

/// `tqqq backtest`.
#[derive(Debug, Args)]
#[command(after_help = "\
The exact engine: the decision and the plan of live trading at every slot, an account in decimals. \
With bars of 30 minutes or less a decision falls on every slot at its open, with averages over the \
hours closed before; with hours or days at each bar's end. Nothing is guessed: a damaged file is \
refused by row, or used without those rows with --allow-defects, and the result says so.

What is printed as buy and hold since warm is the fair yardstick: the strategy sits in cash while \
its averages warm up. One backtest is no evidence; `tqqq study` asks whether it is more than luck.

Examples:
  tqqq backtest tqqq_30m.csv
  tqqq backtest tqqq_30m.csv --slippage-bps 2 --fees alpaca --report report.html --compare qqq_1h.csv
  tqqq backtest tqqq_1d.csv --allow-defects --fast 50 --slow 200 --json")]
pub(crate) struct BacktestArguments {
    #[command(flatten)]
    pub(crate) bars: BarsArguments,
    /// Span of the fast average, in hours (bars, for files of days)
    #[arg(long, value_name = "N", default_value = "10", help_heading = "Trading")]
    pub(crate) fast: u32,
    /// Span of the slow average
    #[arg(long, value_name = "N", default_value = "20", help_heading = "Trading")]
    pub(crate) slow: u32,
    #[command(flatten)]
    pub(crate) trading: TradingArguments,
    /// Hours, or bars in files of hours or days, that give no signal [default: 10 × slow]
    #[arg(long, value_name = "N", help_heading = "Trading")]
    pub(crate) warmup: Option<u32>,
    /// Which hours the averages see
    #[arg(
        long,
        value_name = "WHICH",
        default_value = "closed",
        help_heading = "Trading"
    )]
    pub(crate) hours: HoursChoice,
    /// Regulatory fees
    #[arg(
        long,
        value_name = "WHOSE",
        default_value = "none",
        help_heading = "Account"
    )]
    pub(crate) fees: FeeChoice,
    /// Starting cash, in dollars
    #[arg(
        long,
        value_name = "USD",
        default_value = "100000",
        allow_negative_numbers = true,
        help_heading = "Account"
    )]
    pub(crate) cash: Money,
    /// What is bought
    #[arg(
        long,
        value_name = "RULE",
        default_value = "fractional",
        help_heading = "Account"
    )]
    pub(crate) shares: ShareChoice,
    /// Part of equity never spent; live keeps 50
    #[arg(
        long,
        value_name = "BPS",
        default_value = "0",
        allow_negative_numbers = true,
        help_heading = "Account"
    )]
    pub(crate) buffer_bps: Bps,
    /// Simple interest a year on cash
    #[arg(
        long,
        value_name = "BPS",
        default_value = "0",
        allow_negative_numbers = true,
        help_heading = "Account"
    )]
    pub(crate) cash_rate_bps: Bps,
    /// Bars of another symbol, bought and held for comparison
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub(crate) compare: Option<PathBuf>,
    /// Write every trade as CSV
    #[arg(long, value_name = "FILE.csv", help_heading = "Output")]
    pub(crate) trades: Option<PathBuf>,
    /// Write a report: one HTML file with charts and a verdict, no network
    #[arg(long, value_name = "FILE.html", help_heading = "Output")]
    pub(crate) report: Option<PathBuf>,
    /// One JSON object instead of tables
    #[arg(long, help_heading = "Output")]
    pub(crate) json: bool,
}

/// `tqqq sweep`.
#[derive(Debug, Args)]
#[command(after_help = "\
Every pair with fast below slow over the same bars, on all cores, memory flat in the number of \
pairs. It knows slippage and the rule of filling; fees, whole shares, a cash buffer and the forming \
hour it does not: score a pair exactly with `tqqq backtest`. The best of thousands of pairs looks \
good by luck alone: `tqqq study` counts the tries.

Metrics: total_return, cagr, max_drawdown, sharpe, trades, exposure.

Examples:
  tqqq sweep tqqq_30m.csv
  tqqq sweep tqqq_1h.csv --fast 5..20 --slow 10..60 --top 5 --by total_return
  tqqq sweep tqqq_1h.csv --csv pairs.csv --heatmap pairs.svg
  tqqq sweep tqqq_1h.csv --csv > pairs.csv")]
pub(crate) struct SweepArguments {
    #[command(flatten)]
    pub(crate) bars: BarsArguments,
    /// Fast spans, both ends included
    #[arg(long, value_name = "A..B", default_value = "2..50", value_parser = spans, help_heading = "Trading")]
    pub(crate) fast: RangeInclusive<u32>,
    /// Slow spans, both ends included
    #[arg(long, value_name = "C..D", default_value = "3..200", value_parser = spans, help_heading = "Trading")]
    pub(crate) slow: RangeInclusive<u32>,
    #[command(flatten)]
    pub(crate) trading: TradingArguments,
    /// Hours, or bars in files of hours or days, that give no signal [default: each pair's slow]
    #[arg(long, value_name = "N", help_heading = "Trading")]
    pub(crate) warmup: Option<u32>,
    /// How many of the best pairs are listed
    #[arg(long, value_name = "N", default_value = "10", help_heading = "Output")]
    pub(crate) top: usize,
    /// The figure that orders them, and colours the map
    #[arg(
        long,
        value_name = "METRIC",
        default_value = "sharpe",
        help_heading = "Output"
    )]
    pub(crate) by: Metric,
    /// Write every pair as CSV; without a file to stdout, in place of the table
    #[arg(long, value_name = "FILE.csv", num_args = 0..=1, conflicts_with = "json", help_heading = "Output")]
    pub(crate) csv: Option<Option<PathBuf>>,
    /// Write every pair as Parquet
    #[cfg(feature = "parquet")]
    #[arg(long, value_name = "FILE.parquet", help_heading = "Output")]
    pub(crate) parquet: Option<PathBuf>,
    /// Write a map of all pairs
    #[arg(long, value_name = "FILE.svg", help_heading = "Output")]
    pub(crate) heatmap: Option<PathBuf>,
    /// One JSON object with every pair instead of the table
    #[arg(long, help_heading = "Output")]
    pub(crate) json: bool,
}

/// `tqqq study`.
#[derive(Debug, Args)]
#[command(after_help = "\
Asks whether a pair is evidence or the luck of many tries: random timetables of equal exposure, the \
deflated Sharpe ratio, the probability of overfitting, walk-forward, neighbours, redrawn histories, \
break-even costs, stops, idle cash, probes for knowledge of the future. Each answer with its number, \
each method with its source in the report; every draw from --seed, so the same command says the \
same.

With --index it also says how well a fund made from that index's daily bars follows FILE; with \
--leverage it studies such a made fund, for times when no real one existed.

Examples:
  tqqq study tqqq_30m.csv --slippage-bps 2 --report study.html
  tqqq study tqqq_1d.csv --allow-defects --index qqq_1d.csv --report study.html
  tqqq study qqq_1d.csv --leverage 3 --fast 50 --slow 200")]
pub(crate) struct StudyArguments {
    #[command(flatten)]
    pub(crate) bars: BarsArguments,
    /// Span of the fast average studied
    #[arg(long, value_name = "N", default_value = "10", help_heading = "Trading")]
    pub(crate) fast: u32,
    /// Span of the slow average studied
    #[arg(long, value_name = "N", default_value = "20", help_heading = "Trading")]
    pub(crate) slow: u32,
    #[command(flatten)]
    pub(crate) trading: TradingArguments,
    /// Hours, or bars in files of hours or days, that give no signal [default: each pair's slow]
    #[arg(long, value_name = "N", help_heading = "Trading")]
    pub(crate) warmup: Option<u32>,
    /// Fast spans it was chosen from, both ends included
    #[arg(long, value_name = "A..B", default_value = "2..50", value_parser = spans, help_heading = "Study")]
    pub(crate) among_fast: RangeInclusive<u32>,
    /// Slow spans it was chosen from, both ends included
    #[arg(long, value_name = "C..D", default_value = "3..200", value_parser = spans, help_heading = "Study")]
    pub(crate) among_slow: RangeInclusive<u32>,
    /// Histories and timetables drawn
    #[arg(long, value_name = "N", default_value = "2000", help_heading = "Study")]
    pub(crate) draws: usize,
    /// Where every draw comes from
    #[arg(long, value_name = "N", default_value = "1", help_heading = "Study")]
    pub(crate) seed: u64,
    /// Daily bars of the index: say how well a fund made from them follows FILE
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with = "leverage",
        help_heading = "Made fund"
    )]
    pub(crate) index: Option<PathBuf>,
    /// Daily multiple of the fund made from --index
    #[arg(
        long,
        value_name = "TIMES",
        default_value = "3",
        allow_negative_numbers = true,
        help_heading = "Made fund"
    )]
    pub(crate) times: f64,
    /// Write a report: one HTML file that begins with the verdict, no network
    #[arg(long, value_name = "FILE.html", help_heading = "Output")]
    pub(crate) report: Option<PathBuf>,
    /// One JSON object instead of text
    #[arg(long, help_heading = "Output")]
    pub(crate) json: bool,
}
