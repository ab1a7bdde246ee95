//! `tqqq sweep`: every pair of averages over a file of bars.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use research::chart::heat_map;
use research::sweep::{self, Options, SweepError, Warmup};

use super::Context;
use crate::arguments::SweepArguments;
use crate::artefact::Artefact;
use crate::exit::Exit;
use crate::fault::{Fault, Outcome};
#[cfg(feature = "parquet")]
use crate::output::pairs;
use crate::output::sweep::{SweepFacts, SweepView};
use crate::output::{print, show, tell};
use crate::progress::Progress;
use crate::series::Named;
use crate::system::{Stopwatch, peak_memory_bytes};

pub(super) fn run(arguments: &SweepArguments, context: &Context) -> Outcome<Exit> {
    let calendar = context.configuration()?.calendar;
    let options = options(arguments);
    options.check().map_err(fault)?;
    let beside = |path: &PathBuf| Artefact::at(path, &arguments.bars.file);
    let table = arguments
        .csv
        .iter()
        .flatten()
        .map(beside)
        .next()
        .transpose()?;
    let map = arguments.heatmap.as_ref().map(beside).transpose()?;
    #[cfg(feature = "parquet")]
    let columns = arguments.parquet.as_ref().map(beside).transpose()?;
    let bars = Named::load(&arguments.bars, &calendar)?;
    let series = &bars.series;
    let watch = Stopwatch::start();
    let work = options.pairs() * series.bars.len() as u64;
    let progress = Progress::new(context.terminal, work, "bars × pairs");
    let done = AtomicU64::new(0);
    let tell_progress = |more: u64| {
        progress.at(done.fetch_add(more, Ordering::Relaxed) + more);
    };
    let found = sweep::run_telling(series, &options, &calendar, &tell_progress).map_err(fault)?;
    drop(progress);
    let facts = SweepFacts {
        wall_s: watch.elapsed().as_secs_f64(),
        peak_memory_bytes: peak_memory_bytes(),
        top: arguments.top,
        by: arguments.by,
    };
    let view = SweepView::new(&bars, &options, found, facts);
    if let Some(file) = map {
        file.write(&heat_map(view.scores(), arguments.by, None))?;
    }
    #[cfg(feature = "parquet")]
    if let Some(file) = columns {
        file.write_with(|out| pairs::write(out, view.scores()))?;
    }
    if let Some(file) = table {
        file.write(&sweep::csv(view.scores()))?;
    } else if arguments.csv.is_some() {
        print(sweep::csv(view.scores()).trim_end())?;
        tell(&view.work());
        return Ok(Exit::Done);
    }
    show(&view, arguments.json, context.terminal)?;
    Ok(Exit::Done)
}

fn options(arguments: &SweepArguments) -> Options {
    let trading = arguments.trading;
    Options {
        fast: arguments.fast.clone(),
        slow: arguments.slow.clone(),
        exit: trading.exit.into(),
        fill: trading.fill.into(),
        slippage: trading.slippage_bps,
        warmup: arguments.warmup.map_or(Warmup::Slow, Warmup::Fixed),
        periods_per_year: trading.periods_per_year,
        ..Options::default()
    }
}

/// What ends a sweep.
pub(super) fn fault(error: SweepError) -> Fault {
    let fault = Fault::input(&error);
    match error {
        SweepError::NoPairs { .. } | SweepError::Span { .. } => fault.hint(
            "for example --fast 2..50 --slow 3..200; only pairs with fast below slow are scored",
        ),
        SweepError::Slippage { .. } | SweepError::Periods { .. } => {
            fault.hint("`tqqq sweep --help` says what each option means")
        }
        SweepError::Calendar(error) => error.into(),
    }
}
