//! `tqqq signal`: what the sources say now.

use std::path::PathBuf;

use connectors::assemble::{Connected, assemble};
use cycle::sighting::look;
use trading::settings::Venue;

use super::Context;
use super::cycle::known_journal;
use super::run::ports;
use crate::arguments::SignalArguments;
use crate::bars::Source;
use crate::exchange::{At, Exchange};
use crate::exit::Exit;
use crate::fault::{Fault, Outcome};
use crate::ledger_file;
use crate::output::show;
use crate::output::signal::SignalView;
use crate::places::Configuration;
use crate::runner;

pub(super) async fn run(arguments: &SignalArguments, context: &Context) -> Outcome<Exit> {
    let configuration = context
        .configuration()?
        .at_venue(arguments.venue_url.as_deref())?;
    check(arguments, &configuration)?;
    let settings = &configuration.settings;
    let keys = context.environment.keys()?;
    let source = Source::new(
        arguments.bars.as_deref(),
        arguments.seed,
        &arguments.cleaning,
    )?;
    let at = arguments.at.map_or(At::LastSlotSettled, At::Moment);
    let exchange = Exchange::reach(&configuration, &source, at).await?;
    let connected =
        assemble(settings, exchange.own_url(), &keys, &exchange.clock).map_err(Fault::input)?;
    let host = connected.broker.host();
    let path = journal(&configuration, &exchange, &connected, context).await;
    let journal = ledger_file::to_look_at(path.clone(), &exchange.clock)?;
    let ports = ports(connected, journal, exchange.clock.clone());
    let sighting = look(&ports, settings).await.map_err(runner::fault)?;
    if let Some(binding) = &sighting.state.binding
        && binding.host != host
    {
        return Err(Fault::input(format!(
            "the journal is of another broker: it belongs to {}; this is {host}",
            binding.host
        ))
        .hint("name this account's own journal with --journal"));
    }
    let survey = sighting.survey(settings)?;
    let view = SignalView::new(&sighting, &survey, &configuration, path, exchange.plays())?;
    show(&view, arguments.json, context.terminal)?;
    Ok(view.exit())
}

/// What belongs to an exchange of this process.
fn check(arguments: &SignalArguments, configuration: &Configuration) -> Outcome<()> {
    let settings = &configuration.settings;
    if settings.venue == Venue::Local && settings.venue_url.is_none() {
        return Ok(());
    }
    let given = [
        ("--bars", arguments.bars.is_some()),
        ("--seed", arguments.seed.is_some()),
        ("--at", arguments.at.is_some()),
    ];
    match given.iter().find(|(_, is_given)| *is_given) {
        None => Ok(()),
        Some((name, _)) => {
            let venue = settings.venue_url.clone();
            let venue = venue.unwrap_or_else(|| settings.venue.to_string());
            Err(Fault::input(format!(
                "{name} is for an exchange of this process; the venue is {venue}"
            ))
            .hint("leave it out: the signal there is the one of now"))
        }
    }
}

/// The journal of a runner here, where there is one: it knows the owner's words and what is still
/// to be sold. The signal can be had without.
async fn journal(
    configuration: &Configuration,
    exchange: &Exchange,
    connected: &Connected,
    context: &Context,
) -> Option<PathBuf> {
    if exchange.own_url().is_some() {
        return None;
    }
    let known = known_journal(configuration, connected, context).await;
    known.ok().flatten().filter(|path| path.exists())
}
