//! The report of one backtest.

mod charts;
mod tables;

use market::calendar::Calendar;

use super::months::months;
use super::page::{date, page, section, verdict};
use crate::backtest::{self, BacktestError, BacktestReport, BacktestVerdict, Options, Outcome};
use crate::benchmark::{Benchmark, buy_and_hold};
use crate::series::Series;
use crate::timeline::Fill;

/// What a report is made of.
#[derive(Debug, Clone, Copy)]
pub struct BacktestPage<'a> {
    /// What was traded, for the title.
    pub name: &'a str,
    /// The bars.
    pub series: &'a Series,
    /// What was asked.
    pub options: &'a Options,
    /// What was found.
    pub outcome: &'a Outcome,
    /// Total returns by rule of filling.
    pub fills: &'a [(Fill, f64)],
    /// Another symbol to compare with, and its name.
    pub second: Option<(&'a str, &'a Series)>,
}

/// One HTML file that shows and judges a backtest.
///
/// # Errors
/// [`BacktestError`] when the same with other costs cannot be run.
pub fn backtest_html(of: &BacktestPage<'_>, calendar: &Calendar) -> Result<String, BacktestError> {
    let report = BacktestReport::new(of.series, of.options, of.outcome);
    let found = BacktestVerdict::of(&report, of.fills, of.series.years());
    let held = buy_and_hold(of.series, of.options);
    let dates: Vec<String> = of.series.bars.iter().map(|bar| date(bar.start)).collect();
    let body = [
        subtitle(of, &report),
        verdict(&found.headline, &found.reasons, &found.caveats),
        tables::figures(of, &report),
        section("Equity, logarithmic", &charts::equity(of, &held, &dates)),
        section("Drawdown", &charts::drawdown(of, &held, &dates)),
        section(
            "Price, averages and trades",
            &charts::price(of, calendar, &dates)?,
        ),
        section("In the market", &charts::exposure(of, &report, &dates)),
        section(
            "Returns by month",
            &months(of.series, of.options.cash.to_f64(), &of.outcome.equity),
        ),
        section("Rules of filling", &tables::fills(of.fills)),
        section(
            "Costs",
            &tables::costs(&report, &by_slippage(of, calendar)?),
        ),
        section("Trades", &tables::trades(&report)),
        section("Asked", &tables::asked(&report)),
        section("Bars", &tables::bars(of, &report)),
    ];
    Ok(page(&format!("Backtest of {}", of.name), &body.join("\n")))
}

fn subtitle(of: &BacktestPage<'_>, report: &BacktestReport) -> String {
    format!(
        "<p class=\"faint\">{}/{} on {} bars of {}, {} to {}</p>",
        report.params.fast,
        report.params.slow,
        report.bars,
        of.series.interval,
        date(of.series.first()),
        date(of.series.last()),
    )
}

/// Basis points a fill that the table of costs tries.
const SLIPPAGES_BPS: [u32; 6] = [0, 1, 2, 5, 10, 20];

/// Total return by slippage, all else as asked.
fn by_slippage(
    of: &BacktestPage<'_>,
    calendar: &Calendar,
) -> Result<Vec<(u32, f64)>, BacktestError> {
    let run = |bps: u32| {
        let slippage = market::Bps::whole(bps);
        let options = Options {
            slippage,
            ..*of.options
        };
        if slippage == of.options.slippage {
            return Ok((bps, of.outcome.metrics.total_return));
        }
        let outcome = backtest::run(of.series, &options, calendar)?;
        Ok((bps, outcome.metrics.total_return))
    };
    SLIPPAGES_BPS.into_iter().map(run).collect()
}

/// A benchmark's equity with the name it has in charts.
struct Drawn<'a> {
    name: &'a str,
    values: Vec<Option<f64>>,
}

/// `values` of `other` at the bars of `series`: the newest one not after each bar.
fn aligned(series: &Series, other: &Series, held: &Benchmark) -> Vec<Option<f64>> {
    let mut at = 0;
    let newest = |bar: &market::Bar| {
        while other
            .bars
            .get(at)
            .is_some_and(|other| other.start <= bar.start)
        {
            at += 1;
        }
        held.equity.get(at.checked_sub(1)?).copied()
    };
    series.bars.iter().map(newest).collect()
}

impl<'a> BacktestPage<'a> {
    /// The second symbol bought and held.
    fn second_held(&self) -> Option<Drawn<'a>> {
        let (name, series) = self.second?;
        let held = buy_and_hold(series, self.options);
        Some(Drawn {
            name,
            values: aligned(self.series, series, &held),
        })
    }
}
