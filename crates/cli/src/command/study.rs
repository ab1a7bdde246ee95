//! `tqqq study`: is it evidence, or the luck of many tries?

use std::path::{Path, PathBuf};

use research::report::study_html;
use research::study::realism::Realism;
use research::study::{self, Options, STEPS, StudyError};
use research::sweep::{self, Warmup};

use super::Context;
use crate::arguments::StudyArguments;
use crate::artefact::Artefact;
use crate::exit::Exit;
use crate::fault::{Fault, Outcome};
use crate::output::show;
use crate::output::study::StudyView;
use crate::progress::Progress;
use crate::series::{Named, leverage_fault, refuse_short_bars};

pub(super) fn run(arguments: &StudyArguments, context: &Context) -> Outcome<Exit> {
    let calendar = context.configuration()?.calendar;
    let options = options(arguments);
    let page = |path: &PathBuf| Artefact::at(path, &arguments.bars.file);
    let page = arguments.report.as_ref().map(page).transpose()?;
    let bars = Named::load(&arguments.bars, &calendar)?;
    let beside = |path: &Path| Named::beside(path, &bars, &arguments.bars, &calendar);
    let index = arguments.index.as_deref().map(beside).transpose()?;
    let realism = index
        .map(|index| realism(&index, &bars, arguments))
        .transpose()?;
    let progress = Progress::new(context.terminal, STEPS, "steps");
    let mut step = |name: &'static str| progress.step(name.to_owned());
    let found = study::run_telling(&bars.series, &options, &calendar, &mut step).map_err(fault)?;
    drop(progress);
    let found = match realism {
        Some(realism) => found.with_realism(realism),
        None => found,
    };
    if let Some(file) = page {
        file.write(&study_html(&bars.name, &bars.series, &found))?;
    }
    let view = StudyView::new(bars.name, found.report);
    show(&view, arguments.json, context.terminal)?;
    Ok(Exit::Done)
}

fn options(arguments: &StudyArguments) -> Options {
    let trading = arguments.trading;
    Options {
        fast: arguments.fast,
        slow: arguments.slow,
        sweep: sweep::Options {
            fast: arguments.among_fast.clone(),
            slow: arguments.among_slow.clone(),
            exit: trading.exit.into(),
            fill: trading.fill.into(),
            slippage: trading.slippage_bps,
            warmup: arguments.warmup.map_or(Warmup::Slow, Warmup::Fixed),
            periods_per_year: trading.periods_per_year,
            ..sweep::Options::default()
        },
        draws: arguments.draws,
        seed: arguments.seed,
    }
}

/// How well a fund made from the index follows the bars studied.
fn realism(index: &Named, bars: &Named, arguments: &StudyArguments) -> Outcome<Realism> {
    refuse_short_bars(&index.name, &index.series)?;
    refuse_short_bars(&bars.name, &bars.series)?;
    let leverage = arguments.bars.leverage.leverage(arguments.times);
    Realism::of(&index.name, &index.series, &bars.series, &leverage)
        .map_err(|error| leverage_fault(&error))
}

/// What ends a study.
fn fault(error: StudyError) -> Fault {
    let fault = Fault::input(&error);
    match error {
        StudyError::Sweep(error) => super::sweep::fault(error),
        StudyError::Params(_) => fault.hint("for example --fast 10 --slow 20"),
        StudyError::PairNotSwept { .. } => {
            fault.hint("widen --among-fast and --among-slow so that they hold the pair")
        }
        StudyError::NeverWarm { .. } => {
            fault.hint("give a longer file, shorter averages, or --warmup")
        }
        StudyError::Draws { .. } => fault.hint("2000 draws tell one percent from another"),
    }
}
