//! `tqqq cycle --dry-run`: one slot as far as its decision, with nothing sent and nothing written.

use std::path::PathBuf;

use connectors::assemble::{Connected, assemble};
use cycle::rehearsal::rehearse;

use super::Context;
use super::cycle::{description, known_journal};
use super::run::ports;
use crate::arguments::CycleArguments;
use crate::bars::{SEED_DEFAULT, Source};
use crate::exchange::{At, Exchange};
use crate::exit::Exit;
use crate::fault::{Fault, Outcome};
use crate::ledger_file;
use crate::output::rehearsal::{Place, RehearsalView};
use crate::output::show;
use crate::places::Configuration;
use crate::runner;

pub(super) async fn run(arguments: &CycleArguments, context: &Context) -> Outcome<Exit> {
    let configuration = context
        .configuration()?
        .at_venue(arguments.venue_url.as_deref())?;
    let settings = &configuration.settings;
    let keys = context.environment.keys()?;
    let source = Source::Synthetic(SEED_DEFAULT);
    let exchange = Exchange::reach(&configuration, &source, At::LastSlot).await?;
    let clock = &exchange.clock;
    let connected = assemble(settings, exchange.own_url(), &keys, clock).map_err(Fault::input)?;
    let path = match exchange.own_url() {
        Some(_) => None,
        None => existing_journal(&configuration, &connected, context).await?,
    };
    let journal = ledger_file::to_look_at(path.clone(), clock)?;
    let host = connected.broker.host();
    let slot = match arguments.slot {
        Some(slot) => slot,
        None => configuration.calendar.latest_slot(clock.now())?,
    };
    let performance = rehearse(
        ports(connected, journal, clock.clone()),
        settings.clone(),
        &description(settings),
        slot.at(),
    )
    .await
    .map_err(runner::fault)?;
    let place = Place {
        journal: path,
        head: performance.head,
        host,
        plays: exchange.plays().map(str::to_owned),
    };
    let view = RehearsalView::new(&performance.ended, place, settings);
    show(&view, arguments.json, context.terminal)?;
    Ok(view.exit())
}

/// The journal a runner would continue, where it is there already.
async fn existing_journal(
    configuration: &Configuration,
    connected: &Connected,
    context: &Context,
) -> Outcome<Option<PathBuf>> {
    let known = known_journal(configuration, connected, context).await?;
    Ok(known.filter(|path| path.exists()))
}
