//! `tqqq simulate`: many seeds at once, and what the first failing one did.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use simulation::fate::FAULTS;
use simulation::story::STORIES;
use simulation::{Options, Report, Totals};
use tracing::subscriber::{NoSubscriber, with_default};

use super::Context;
use crate::arguments::{Faults, SimulateArguments, Told};
use crate::exit::Exit;
use crate::fault::{Fault, Outcome};
use crate::output::simulate::{FaultsView, SimulateView, StoriesView, failure};
use crate::output::{print, show, tell};
use crate::progress::Progress;
use crate::system::{Stopwatch, peak_memory_bytes, watch};

pub(super) fn run(arguments: &SimulateArguments, context: &Context) -> Outcome<Exit> {
    let only = match &arguments.faults {
        Some(Faults::Help) => {
            show(&FaultsView::new(&FAULTS), arguments.json, context.terminal)?;
            return Ok(Exit::Done);
        }
        Some(Faults::Only(only)) => Some(only.clone()),
        None => None,
    };
    let story = match &arguments.story {
        Some(Told::Help) => {
            show(
                &StoriesView::new(&STORIES),
                arguments.json,
                context.terminal,
            )?;
            return Ok(Exit::Done);
        }
        Some(Told::One(story)) => Some(*story),
        None => None,
    };
    let options = Options {
        slots: arguments.slots as usize,
        only,
        story,
        watch: Some(watch),
        trace: arguments.trace,
        #[cfg(feature = "sabotage")]
        sabotage: arguments.sabotage,
        ..Options::default()
    };
    if arguments.trace {
        return told(arguments, &options, context);
    }
    let clock = Stopwatch::start();
    let found = campaign(arguments, &options, context)?;
    let view = SimulateView::new(
        &found.totals,
        arguments.range(),
        threads(arguments),
        clock.elapsed(),
        peak_memory_bytes(),
    );
    show(&view, arguments.json, context.terminal)?;
    let Some(failing) = found.failing else {
        return Ok(Exit::Done);
    };
    tell(&format!(
        "seed {} fails; looking for the fewest faults that make it",
        failing.seed
    ));
    let smallest = quietly(|| simulation::shrink(failing.seed, &options));
    tell(&failure(&smallest.unwrap_or(failing), arguments));
    Ok(Exit::SaidNo)
}

/// What many seeds came to.
struct Found {
    totals: Totals,
    /// The failing seed with the lowest number among those run.
    failing: Option<Report>,
}

/// One seed, step by step.
fn told(arguments: &SimulateArguments, options: &Options, context: &Context) -> Outcome<Exit> {
    let clock = Stopwatch::start();
    let seeds = arguments.range();
    let report = quietly(|| simulation::simulate(*seeds.start(), options));
    if !arguments.json {
        print(&report.trace.join("\n"))?;
        print("")?;
    }
    let mut totals = Totals::default();
    totals.add(&report);
    let view = SimulateView::new(&totals, seeds, 1, clock.elapsed(), peak_memory_bytes());
    show(&view, arguments.json, context.terminal)?;
    if report.breaches.is_empty() {
        return Ok(Exit::Done);
    }
    tell(&failure(&report, arguments));
    Ok(Exit::SaidNo)
}

/// All seeds over all threads, ended early by the first that fails.
fn campaign(arguments: &SimulateArguments, options: &Options, context: &Context) -> Outcome<Found> {
    let seeds = arguments.range();
    let count = (seeds.end() - seeds.start()).saturating_add(1);
    let progress = Progress::new(context.terminal, count, "seeds");
    let (next, stop) = (AtomicU64::new(*seeds.start()), AtomicBool::new(false));
    let failing = Mutex::new(None::<Report>);
    let work = || {
        let mut totals = Totals::default();
        while !stop.load(Ordering::Relaxed) {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if !seeds.contains(&seed) {
                break;
            }
            let report = quietly(|| simulation::simulate(seed, options));
            totals.add(&report);
            progress.step(String::new());
            if !report.breaches.is_empty() {
                stop.store(true, Ordering::Relaxed);
                let mut first = failing
                    .lock()
                    .unwrap_or_else(std::sync::PoisonError::into_inner);
                if first.as_ref().is_none_or(|first| seed < first.seed) {
                    *first = Some(report);
                }
            }
        }
        totals
    };
    let totals = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads(arguments)).map(|_| scope.spawn(work)).collect();
        let mut totals = Totals::default();
        for worker in workers {
            match worker.join() {
                Ok(part) => totals.merge(&part),
                Err(_) => return Err(Fault::failed("a seed panicked; its words stand above")),
            }
        }
        Ok(totals)
    })?;
    let failing = failing
        .into_inner()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    Ok(Found { totals, failing })
}

/// The cycle logs what a person at a real venue must see; here millions of tries fail on purpose.
fn quietly<T>(work: impl FnOnce() -> T) -> T {
    with_default(NoSubscriber::default(), work)
}

fn threads(arguments: &SimulateArguments) -> usize {
    let cores = || thread::available_parallelism().map_or(1, usize::from);
    arguments.threads.map_or_else(cores, usize::from)
}
