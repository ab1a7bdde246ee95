//! `tqqq cycle`: one slot on the configured venue; and a run that follows a venue elsewhere.

use std::path::PathBuf;
use std::sync::Arc;

use connectors::assemble::{Connected, Keys, Time, assemble};
use cycle::port::{Clock, Journal};
use cycle::{Ended, Ports, Runner};
use journal::sqlite::Durability;
use market::time::{new_york, seconds};
use market::{Calendar, Date, Slot};
use trading::settings::{Settings, Venue};

use super::Context;
use super::run::{Facts, Work, ports, summarize};
use crate::arguments::{CycleArguments, RunArguments};
use crate::exit::Exit;
use crate::fault::{Fault, Outcome};
use crate::herald::{Herald, is_last};
use crate::holder::Holder;
use crate::ledger_file;
use crate::output::cycle::CycleView;
use crate::output::run::BarsKind;
use crate::output::{show, tell, text};
use crate::places::{self, Configuration};
use crate::runner::{Job, Patience, StopWish};
use crate::system::Stopwatch;

pub(super) async fn run(arguments: &CycleArguments, context: &Context) -> Outcome<Exit> {
    if arguments.dry_run {
        return super::rehearsal::run(arguments, context).await;
    }
    let configuration = context
        .configuration()?
        .at_venue(arguments.venue_url.as_deref())?;
    let settings = &configuration.settings;
    let keys = context.environment.keys()?;
    let clock = Time::of(settings).await?.clock();
    let connected = assemble(settings, None, &keys, &clock).map_err(Fault::input)?;
    let place = place(&configuration, &connected, context).await?;
    let _holder = Holder::of(&place.path)?;
    let journal = ledger_file::for_runner(&place.path, durability(settings), clock.clone()).await?;
    let journal: Arc<dyn Journal> = Arc::new(journal);
    let told = &settings.alerts;
    let herald = Herald::new(&context.environment, told, journal.clone(), clock.clone())?;
    let herald = Arc::new(herald);
    let ports = Ports {
        alerts: herald.clone(),
        ..ports(connected, journal, clock.clone())
    };
    let slot = match arguments.slot {
        Some(slot) => slot,
        None => configuration.calendar.latest_slot(clock.now())?,
    };
    let job = Job {
        clock: clock.as_ref(),
        patience: Patience::Until(slot.at() + settings.orders.max_slot_age()),
        stop: StopWish::on_signal(),
    };
    let begin = || Runner::open(ports.clone(), settings.clone(), &place.description);
    let Some(mut runner) = job.open(begin).await? else {
        return Err(
            Fault::failed(format!("slot {slot}: told to end before it was begun"))
                .hint("nothing was sent; call again within ten minutes of the slot"),
        );
    };
    let ended = job.carry_through(&mut runner, slot).await?;
    if let Ended::Closed {
        outcome,
        fresh: true,
        ..
    } = &ended
    {
        let calendar = &configuration.calendar;
        herald.after_slot(slot, outcome).await;
        // Nobody is there at the close any more.
        if is_last(slot, calendar) {
            herald.after_day(slot.date(), calendar).await;
        }
    }
    let view = CycleView::new(&place.path, &ended, &runner);
    show(&view, arguments.json, context.terminal)?;
    Ok(view.exit())
}

/// `tqqq run` against an exchange in another process: continues that account's newest journal.
pub(super) async fn follow(
    arguments: &RunArguments,
    configuration: &Configuration,
    context: &Context,
) -> Outcome<Exit> {
    let watch = Stopwatch::start();
    let settings = &configuration.settings;
    let calendar = &configuration.calendar;
    let (clock, last_date) = match Time::of(settings).await? {
        Time::Moved { clock, last_date } => (clock, last_date),
        Time::Wall(_) => return super::daemon::run(arguments, configuration, context).await,
    };
    let to = arguments.to.or(last_date).ok_or_else(|| {
        Fault::input("--to is needed: this exchange does not say where its bars end")
            .hint("name the last New York date to trade")
    })?;
    let slots = slots(calendar, clock.as_ref(), arguments.from, to)?;
    let connected =
        assemble(settings, None, &Keys::placeholders(), &clock).map_err(Fault::input)?;
    let place = place(configuration, &connected, context).await?;
    let _holder = Holder::of(&place.path)?;
    let verb = if place.is_new {
        "beginning"
    } else {
        "continuing"
    };
    tell(&format!(
        "{verb} journal {}, {} to go",
        place.path.display(),
        text::counted(slots.len() as u64, "slot")
    ));
    let work = Work {
        settings,
        local_url: None,
        clock,
        path: &place.path,
        description: &place.description,
        slots: &slots,
        patience: Patience::StopWhenFailing,
    };
    let calls = work.carry_out(context).await?;
    let text = format!(
        "bars of the venue at {}",
        settings.venue_url.as_deref().unwrap_or_default()
    );
    let facts = Facts {
        kind: BarsKind::Venue,
        text,
        seed: None,
        path: place.path,
        calls,
        watch,
    };
    summarize(configuration, facts, arguments.json, context).await
}

/// From the slot under way, or `from`, to the last of `to`.
fn slots(
    calendar: &Calendar,
    clock: &dyn Clock,
    from: Option<Date>,
    to: Date,
) -> Outcome<Vec<Slot>> {
    let under_way = calendar.latest_slot(clock.now())?;
    let midnight = |date: Date| new_york(date, market::time::Time::midnight());
    let first = from.map_or(under_way.at(), |from| under_way.at().max(midnight(from)));
    let past_end = midnight(to.tomorrow().map_err(Fault::input)?);
    if first >= past_end {
        return Err(Fault::input(format!(
            "--to {to}: the venue's clock stands at {} already",
            under_way
        ))
        .hint("start a new `tqqq venue`, or name a later date"));
    }
    calendar
        .slots(first - seconds(1), past_end)
        .map_err(Fault::input)
}

/// Where a runner's journal is.
pub(super) struct Place {
    pub(super) path: PathBuf,
    pub(super) is_new: bool,
    pub(super) description: String,
}

/// The named journal; on the local venue else the newest of this exchange, else a new one.
pub(super) async fn place(
    configuration: &Configuration,
    connected: &Connected,
    context: &Context,
) -> Outcome<Place> {
    let path = match known_journal(configuration, connected, context).await? {
        Some(path) => path,
        None => places::next_numbered()?,
    };
    Ok(Place {
        is_new: !path.exists(),
        path,
        description: description(&configuration.settings),
    })
}

/// What a chain's first record says of its venue.
pub(super) fn description(settings: &Settings) -> String {
    match &settings.venue_url {
        Some(url) => format!("{} at {url}", settings.venue),
        None => settings.venue.to_string(),
    }
}

/// The journal that is named; on the local venue else the newest of this exchange, if there is one.
pub(super) async fn known_journal(
    configuration: &Configuration,
    connected: &Connected,
    context: &Context,
) -> Outcome<Option<PathBuf>> {
    if let Some(path) = configuration.named_journal(context.journal().as_deref()) {
        return Ok(Some(path));
    }
    let settings = &configuration.settings;
    if settings.venue != Venue::Local {
        return Err(Fault::input(format!("venue = \"{}\" has no journal", settings.venue))
            .hint("write journal = \"sqlite:paper.journal\" in the configuration, or name one with --journal"));
    }
    let account = connected
        .broker
        .account()
        .await
        .map_err(account_unreadable)?
        .value
        .id;
    Ok(ledger_file::newest_of(&account, &connected.broker.host()).await)
}

#[expect(clippy::needless_pass_by_value, reason = "handed over by map_err")]
fn account_unreadable(error: cycle::port::ReadError) -> Fault {
    if error.is_permanent() {
        Fault::input(format!("account: {error}")).hint_unless_there("check keys and address")
    } else {
        Fault::failed(format!("account: {error}"))
            .hint_unless_there("is the venue running and reachable?")
    }
}

pub(super) const fn durability(settings: &Settings) -> Durability {
    match settings.venue {
        Venue::Local => Durability::Relaxed,
        Venue::AlpacaPaper | Venue::AlpacaLive => Durability::Full,
    }
}
