//! `tqqq run`: the main job, slot after slot.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use chronicle::standing;
use connectors::alerts::LogAlerts;
use connectors::assemble::{Connected, Keys, assemble};
use connectors::http::CallCount;
use cycle::port::{Clock, Journal};
use cycle::{Ports, Runner};
use journal::sqlite::Durability;
use market::Slot;
use trading::settings::{Settings, Venue};

use super::Context;
use crate::arguments::RunArguments;
use crate::bars::{Bars, Source, Span};
use crate::exit::Exit;
use crate::fault::{Fault, Outcome};
use crate::holder::Holder;
use crate::ledger_file;
use crate::local_venue::LocalVenue;
use crate::output::run::{BarsKind, RunFacts, RunView, Tally};
use crate::output::{show, tell, text};
use crate::places::{self, Configuration};
use crate::progress::Progress;
use crate::replay_clock::ReplayClock;
use crate::runner::{self, Job, Patience, StopWish};
use crate::system::{Stopwatch, peak_memory_bytes};

pub(super) async fn run(arguments: &RunArguments, context: &Context) -> Outcome<Exit> {
    let configuration = context
        .configuration()?
        .at_venue(arguments.venue_url.as_deref())?;
    let settings = &configuration.settings;
    if settings.venue != Venue::Local {
        return super::daemon::run(arguments, &configuration, context).await;
    }
    if settings.venue_url.is_none() || arguments.bars.is_some() || arguments.seed.is_some() {
        replay(arguments, &configuration, context).await
    } else {
        Box::pin(super::cycle::follow(arguments, &configuration, context)).await
    }
}

/// A local exchange in this process, a new account, a new journal.
async fn replay(
    arguments: &RunArguments,
    configuration: &Configuration,
    context: &Context,
) -> Outcome<Exit> {
    let watch = Stopwatch::start();
    let settings = &configuration.settings;
    let calendar = &configuration.calendar;
    let span = Span {
        from: arguments.from,
        to: arguments.to,
    };
    let source = Source::new(
        arguments.bars.as_deref(),
        arguments.seed,
        &arguments.cleaning,
    )?;
    let bars = Bars::load(&source, span, calendar)?;
    let path = new_journal(configuration, context)?;
    let _holder = Holder::of(&path)?;
    let venue = LocalVenue::start(&bars, settings, calendar, LocalVenue::any_port()).await?;
    let clock: Arc<dyn Clock> = Arc::new(ReplayClock::new(venue.shared.clone()));
    tell(&format!(
        "trading {} on {}, journal {}",
        text::counted(bars.slots.len() as u64, "slot"),
        bars.text,
        path.display()
    ));
    let work = Work {
        settings,
        local_url: Some(&venue.url),
        clock,
        path: &path,
        description: &format!("local venue, {}", bars.text),
        slots: &bars.slots,
        patience: Patience::CloseAndGoOn,
    };
    let calls = work.carry_out(context).await?;
    let facts = Facts {
        kind: bars.kind,
        text: bars.text,
        seed: bars.seed,
        path,
        calls,
        watch,
    };
    summarize(configuration, facts, arguments.json, context).await
}

/// A file that holds no journal yet: the one named, else the next number.
fn new_journal(configuration: &Configuration, context: &Context) -> Outcome<PathBuf> {
    let Some(path) = configuration.named_journal(context.journal().as_deref()) else {
        return places::next_numbered();
    };
    if path.exists() {
        return Err(
            Fault::input(format!("{}: there is a journal already", path.display()))
                .hint("a local run begins a new account; name a new file, or leave --journal out"),
        );
    }
    Ok(path)
}

/// What a run needs to trade its slots.
pub(super) struct Work<'a> {
    pub(super) settings: &'a Settings,
    /// The exchange in this process, where there is one.
    pub(super) local_url: Option<&'a str>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) path: &'a Path,
    pub(super) description: &'a str,
    pub(super) slots: &'a [Slot],
    /// What to do about a slot whose tries fail.
    pub(super) patience: Patience,
}

impl Work<'_> {
    /// Trades the slots and returns how many HTTP calls that took.
    pub(super) async fn carry_out(self, context: &Context) -> Outcome<CallCount> {
        let connected = assemble(
            self.settings,
            self.local_url,
            &Keys::placeholders(),
            &self.clock,
        )
        .map_err(Fault::input)?;
        let calls = connected.http_calls.clone();
        let journal =
            ledger_file::for_runner(self.path, Durability::Relaxed, self.clock.clone()).await?;
        let ports = ports(connected, Arc::new(journal), self.clock.clone());
        let mut runner = Runner::open(ports, self.settings.clone(), self.description)
            .await
            .map_err(runner::fault)?;
        let progress = Progress::new(context.terminal, self.slots.len() as u64, "slots");
        let job = Job {
            clock: self.clock.as_ref(),
            patience: self.patience,
            stop: StopWish::on_signal(),
        };
        job.trade(&mut runner, self.slots, &progress).await?;
        Ok(calls)
    }
}

/// The engine's ports on what was assembled, with alerts to the log alone.
pub(crate) fn ports(
    connected: Connected,
    journal: Arc<dyn Journal>,
    clock: Arc<dyn Clock>,
) -> Ports {
    connected.ports(journal, clock, Arc::new(LogAlerts))
}

/// What the journal does not know of a run.
pub(super) struct Facts {
    pub(super) kind: BarsKind,
    pub(super) text: String,
    pub(super) seed: Option<u64>,
    pub(super) path: PathBuf,
    pub(super) calls: CallCount,
    pub(super) watch: Stopwatch,
}

/// Reads the whole chain again and says what it tells.
pub(super) async fn summarize(
    configuration: &Configuration,
    facts: Facts,
    json: bool,
    context: &Context,
) -> Outcome<Exit> {
    let calendar = &configuration.calendar;
    let file = ledger_file::ReadOnly::open(facts.path)?;
    let mut tally = Tally::default();
    chronicle::for_each_slot(&file.chain, calendar, |record| tally.take(&record)).await?;
    let head = file.chain.head().await.map_err(ledger_file::unreadable)?;
    let state = standing::state(&file.chain, head).await?;
    let facts = RunFacts {
        bars_kind: facts.kind,
        bars_text: facts.text,
        seed: facts.seed,
        journal: file.path,
        head: head
            .map(|head| format!("{}:{}", head.seq, head.hash))
            .unwrap_or_default(),
        durability: Durability::Relaxed.to_string(),
        http_calls: facts.calls.get(),
        wall_s: facts.watch.elapsed().as_secs_f64(),
        peak_memory_bytes: peak_memory_bytes(),
        warmup_hours: configuration.settings.strategy.params()?.warmup_hours,
    };
    let view = RunView::new(&tally, &state, facts);
    show(&view, json, context.terminal)?;
    Ok(view.exit())
}
