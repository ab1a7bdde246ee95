//! `tqqq doctor`: a check-up, and what of it can be mended here.

use std::path::PathBuf;

use connectors::assemble::{Keys, assemble};
use connectors::clock::SystemClock;
use cycle::port::Clock;
use trading::settings::Venue;

use super::Context;
use super::cycle::known_journal;
use crate::arguments::DoctorArguments;
use crate::bars::{SEED_DEFAULT, Source};
use crate::consent::is_given;
use crate::doctor::{Finding, Remedy, Subject, carry_out, examine};
use crate::exchange::{At, Exchange};
use crate::exit::Exit;
use crate::fault::{Fault, Outcome};
use crate::output::doctor::DoctorView;
use crate::output::{show, tell};
use crate::places::Configuration;

pub(super) async fn run(arguments: &DoctorArguments, context: &Context) -> Outcome<Exit> {
    if arguments.fix && arguments.json && !arguments.yes {
        return Err(Fault::input("--json asks nobody").hint("say --fix --yes --json"));
    }
    let configuration = context
        .configuration()?
        .at_venue(arguments.venue_url.as_deref())?;
    let source = Source::Synthetic(SEED_DEFAULT);
    let exchange = Exchange::reach(&configuration, &source, At::LastSlotSettled).await;
    let subject = Subject {
        configuration: &configuration,
        environment: &context.environment,
        journal: journal(&configuration, &exchange, context).await,
        exchange: &exchange,
        wall: SystemClock::new().now(),
    };
    // Boxed, as it holds a connector of every kind across its awaits.
    let findings = Box::pin(examine(&subject)).await;
    let mut view = DoctorView::new(&findings, &subject);
    if arguments.fix {
        if !arguments.json {
            show(&view, false, context.terminal)?;
        }
        let remedies = remedies(&findings);
        if remedies.is_empty() {
            tell("there is nothing here that can be mended by --fix");
        } else if agreed(&remedies, arguments)? {
            let done = carry_out(&remedies, &subject).await;
            view = DoctorView::new(&Box::pin(examine(&subject)).await, &subject).after(&done);
        } else {
            tell("nothing was changed");
        }
        if remedies.is_empty() && !arguments.json {
            return Ok(view.exit());
        }
    }
    show(&view, arguments.json, context.terminal)?;
    Ok(view.exit())
}

/// The journal a runner would use: the one named, else on a local exchange elsewhere the newest of
/// it; an exchange of this process has none.
async fn journal(
    configuration: &Configuration,
    exchange: &Outcome<Exchange>,
    context: &Context,
) -> Option<PathBuf> {
    let reached = exchange.as_ref().ok();
    if reached.is_some_and(|exchange| exchange.own_url().is_some()) {
        return None;
    }
    if let Some(named) = configuration.named_journal(context.journal().as_deref()) {
        return Some(named);
    }
    let settings = &configuration.settings;
    let exchange = reached.filter(|_| settings.venue == Venue::Local)?;
    let connected = assemble(settings, None, &Keys::placeholders(), &exchange.clock).ok()?;
    let known = known_journal(configuration, &connected, context).await;
    known.ok().flatten()
}

/// Each once, in the order found.
fn remedies(findings: &[Finding]) -> Vec<Remedy> {
    let mut remedies: Vec<Remedy> = Vec::new();
    for remedy in findings.iter().filter_map(|finding| finding.remedy.clone()) {
        if !remedies.contains(&remedy) {
            remedies.push(remedy);
        }
    }
    remedies
}

/// Lists what would be done and asks.
fn agreed(remedies: &[Remedy], arguments: &DoctorArguments) -> Outcome<bool> {
    tell("--fix would:");
    for remedy in remedies {
        tell(&format!("  {remedy}"));
    }
    if arguments.yes {
        return Ok(true);
    }
    is_given(
        "do all of it? Type yes:",
        "say --fix --yes when you have read what will be done",
    )
}
