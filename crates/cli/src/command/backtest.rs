//! `tqqq backtest`: one pair, exactly, over a file of bars.

use std::path::PathBuf;

use research::Fill;
use research::backtest::{
    self, BacktestError, BacktestReport, BacktestVerdict, Fees, Options, ShareRule,
};
use research::report::{BacktestPage, backtest_html};
use strategy::{ExitRule, HoursMode, Params};

use super::Context;
use crate::arguments::{
    BacktestArguments, ExitChoice, FeeChoice, FillChoice, HoursChoice, ShareChoice,
};
use crate::artefact::Artefact;
use crate::exit::Exit;
use crate::fault::{Fault, Outcome};
use crate::output::backtest::{BacktestView, Held};
use crate::output::show;
use crate::series::Named;

pub(super) fn run(arguments: &BacktestArguments, context: &Context) -> Outcome<Exit> {
    let calendar = context.configuration()?.calendar;
    let options = options(arguments)?;
    let beside = |path: &PathBuf| Artefact::at(path, &arguments.bars.file);
    let trades = arguments.trades.as_ref().map(beside).transpose()?;
    let page = arguments.report.as_ref().map(beside).transpose()?;
    let bars = Named::load(&arguments.bars, &calendar)?;
    let beside = |path: &PathBuf| Named::beside(path, &bars, &arguments.bars, &calendar);
    let second = arguments.compare.as_ref().map(beside).transpose()?;
    let series = &bars.series;
    let outcome = backtest::run(series, &options, &calendar).map_err(fault)?;
    let report = BacktestReport::new(series, &options, &outcome);
    let fills = backtest::by_fill(series, &options, &outcome, &calendar).map_err(fault)?;
    if let Some(file) = trades {
        file.write(&backtest::trades_csv(&report.trades))?;
    }
    if let Some(file) = page {
        let page = BacktestPage {
            name: &bars.name,
            series,
            options: &options,
            outcome: &outcome,
            fills: &fills,
            second: second
                .as_ref()
                .map(|second| (second.name.as_str(), &second.series)),
        };
        file.write(&backtest_html(&page, &calendar).map_err(fault)?)?;
    }
    let verdict = BacktestVerdict::of(&report, &fills, series.years());
    let held = second.map(|second| Held::new(second, &options));
    let view = BacktestView::new(bars.name, report, verdict, &fills, held);
    show(&view, arguments.json, context.terminal)?;
    Ok(Exit::Done)
}

fn options(arguments: &BacktestArguments) -> Outcome<Options> {
    let trading = arguments.trading;
    let hours = match arguments.hours {
        HoursChoice::Closed => HoursMode::Closed,
        HoursChoice::Forming => HoursMode::Forming,
    };
    let params = Params::new(arguments.fast, arguments.slow)
        .map_err(|error| fault(error.into()))?
        .with_hours(hours)
        .with_exit(trading.exit.into());
    Ok(Options {
        params,
        fill: trading.fill.into(),
        slippage: trading.slippage_bps,
        fees: match arguments.fees {
            FeeChoice::None => Fees::None,
            FeeChoice::Alpaca => Fees::Alpaca,
        },
        cash: arguments.cash,
        warmup: arguments.warmup,
        shares: match arguments.shares {
            ShareChoice::Fractional => ShareRule::Fractional,
            ShareChoice::Whole => ShareRule::Whole,
        },
        buffer: arguments.buffer_bps,
        cash_rate: arguments.cash_rate_bps,
        periods_per_year: trading.periods_per_year,
        ..Options::default()
    })
}

/// What ends a backtest.
fn fault(error: BacktestError) -> Fault {
    if let BacktestError::Breached(_) = &error {
        return Fault::failed(error)
            .hint("no figure was printed: please report it with the file and the options");
    }
    let fault = Fault::input(&error);
    match error {
        BacktestError::Breached(_) => fault,
        BacktestError::NeverWarm { .. } => {
            fault.hint("give a longer file, shorter averages, or --warmup")
        }
        BacktestError::Params(_) => fault.hint("for example --fast 10 --slow 20"),
        BacktestError::Options(_) => {
            fault.hint("`tqqq backtest --help` says what each option means")
        }
        BacktestError::Calendar(error) => error.into(),
    }
}

impl From<FillChoice> for Fill {
    fn from(choice: FillChoice) -> Self {
        match choice {
            FillChoice::NextOpen => Self::NextOpen,
            FillChoice::SameClose => Self::SameClose,
            FillChoice::Worst => Self::Worst,
        }
    }
}

impl From<ExitChoice> for ExitRule {
    fn from(choice: ExitChoice) -> Self {
        match choice {
            ExitChoice::Confirmed => Self::Confirmed,
            ExitChoice::Broken => Self::Broken,
        }
    }
}
