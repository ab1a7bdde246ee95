//! `tqqq venue`: the local exchange as a process of its own.

use super::Context;
use crate::arguments::VenueArguments;
use crate::bars::{Bars, Source, Span};
use crate::exit::Exit;
use crate::fault::{Fault, Outcome};
use crate::local_venue::LocalVenue;
use crate::output::{Paint, print};

use venue::fault::Fault as Trouble;

pub(super) async fn run(arguments: &VenueArguments, context: &Context) -> Outcome<Exit> {
    let configuration = context.configuration()?;
    let settings = &configuration.settings;
    let calendar = &configuration.calendar;
    if arguments.faults.iter().any(|text| text == "help") {
        print(&Trouble::manual())?;
        return Ok(Exit::Done);
    }
    let troubles = troubles(&arguments.faults)?;
    let span = Span {
        from: arguments.from,
        to: None,
    };
    let source = Source::new(
        arguments.bars.as_deref(),
        arguments.seed,
        &arguments.cleaning,
    )?;
    let bars = Bars::load(&source, span, calendar)?;
    if let Some(path) = &arguments.export {
        bars.export(path)?;
        return Ok(Exit::Done);
    }
    if !arguments.listen.ip().is_loopback() {
        return Err(Fault::input(format!(
            "--listen {}: not an address of this machine alone",
            arguments.listen
        ))
        .hint("whoever reaches the venue can trade on it; listen on 127.0.0.1"));
    }
    let mut venue = LocalVenue::start(&bars, settings, calendar, arguments.listen).await?;
    for trouble in troubles {
        venue.shared.set_fault(trouble).map_err(Fault::input)?;
    }
    let last = bars
        .slots
        .last()
        .expect("bars without a slot are refused")
        .date();
    let lines = [
        format!(
            "{} on {}",
            context.terminal.paint(Paint::Strong, "Local exchange"),
            venue.url
        ),
        format!("  plays    {} of {}", bars.text, settings.strategy.symbol),
        format!(
            "  clock    stands at {} until a runner moves it",
            bars.first_slot()
        ),
        format!("  trade    tqqq run --venue-url {} --to {last}", venue.url),
        "  end      Ctrl-C".to_owned(),
    ];
    print(&lines.join("\n"))?;
    for text in &arguments.faults {
        print(&format!("  fault    {text}"))?;
    }
    tokio::select! {
        fault = venue.ended() => Err(fault),
        interrupt = tokio::signal::ctrl_c() => {
            interrupt.map_err(|error| Fault::failed(format!("Ctrl-C cannot be heard: {error}")))?;
            Ok(Exit::Done)
        }
    }
}

/// The faults as the exchange knows them.
fn troubles(texts: &[String]) -> Outcome<Vec<Trouble>> {
    let read = |text: &String| {
        text.parse().map_err(|error: venue::fault::FaultError| {
            Fault::input(format!("--fault {text}: {error}"))
                .hint("`tqqq venue --fault help` lists every fault")
        })
    };
    texts.iter().map(read).collect()
}
