//! `tqqq venue`: the local exchange as a process of its own.

use connectors::clock::SystemClock;
use cycle::port::Clock;
use market::time::new_york_date;
use market::{Calendar, Instant};
use trading::settings::Settings;
use venue::fault::Fault as Trouble;

use super::Context;
use crate::arguments::{ClockChoice, VenueArguments};
use crate::bars::{Bars, Source, Span};
use crate::exit::Exit;
use crate::fault::{Fault, Outcome};
use crate::local_venue::LocalVenue;
use crate::output::{Paint, print};

pub(super) async fn run(arguments: &VenueArguments, context: &Context) -> Outcome<Exit> {
    let configuration = context.configuration()?;
    let settings = &configuration.settings;
    let calendar = &configuration.calendar;
    if arguments.faults.iter().any(|text| text == "help") {
        print(&Trouble::manual())?;
        return Ok(Exit::Done);
    }
    let troubles = troubles(&arguments.faults)?;
    let bars = bars(arguments, calendar)?;
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
    let wall = match arguments.clock {
        ClockChoice::Virtual => None,
        ClockChoice::Real => Some(wall as fn() -> Instant),
    };
    let mut venue = LocalVenue::stand(&bars, settings, calendar, arguments.listen, wall).await?;
    for trouble in troubles {
        venue.shared.set_fault(trouble).map_err(Fault::input)?;
    }
    let title = context.terminal.paint(Paint::Strong, "Local exchange");
    print(&format!("{title} on {}", venue.url))?;
    print(&what_next(
        arguments, &bars, &venue.url, settings, calendar,
    )?)?;
    tokio::select! {
        fault = venue.ended() => Err(fault),
        interrupt = tokio::signal::ctrl_c() => {
            interrupt.map_err(|error| Fault::failed(format!("Ctrl-C cannot be heard: {error}")))?;
            Ok(Exit::Done)
        }
    }
}

fn wall() -> Instant {
    SystemClock::new().now()
}

/// What it plays. On the wall's time there must be bars for the slots to come.
fn bars(arguments: &VenueArguments, calendar: &Calendar) -> Outcome<Bars> {
    let file = arguments.bars.as_deref();
    let source = Source::new(file, arguments.seed, &arguments.cleaning)?;
    let span = Span {
        from: arguments.from,
        to: None,
    };
    if arguments.clock == ClockChoice::Virtual {
        return Bars::load(&source, span, calendar);
    }
    if let Some(from) = arguments.from {
        return Err(
            Fault::input(format!("--from {from}: a real clock begins now"))
                .hint("leave --from out, or --clock real"),
        );
    }
    let today = new_york_date(wall());
    let source = match source {
        Source::Synthetic(seed) => Source::SyntheticFrom(seed, today),
        other => other,
    };
    let bars = Bars::load(&source, span, calendar)?;
    match bars.slots.last() {
        Some(last) if last.at() <= wall() => Err(Fault::input(format!(
            "--clock real: {} ends at {last}, and it is {today}",
            bars.text
        ))
        .hint("leave --bars out: synthetic bars are made around today")),
        _ => Ok(bars),
    }
}

/// The lines that say how to trade on it.
fn what_next(
    arguments: &VenueArguments,
    bars: &Bars,
    url: &str,
    settings: &Settings,
    calendar: &Calendar,
) -> Outcome<String> {
    let clock = match arguments.clock {
        ClockChoice::Virtual => format!("stands at {} until a runner moves it", bars.first_slot()),
        ClockChoice::Real => format!(
            "is the wall's; the next slot is {}",
            calendar.next_slot(wall())?
        ),
    };
    let waits = match arguments.clock {
        ClockChoice::Virtual => "",
        ClockChoice::Real => "   (waits for each slot)",
    };
    let mut lines = vec![
        format!("  plays    {} of {}", bars.text, settings.strategy.symbol),
        format!("  clock    {clock}"),
        format!("  trade    tqqq run --venue-url {url}{waits}"),
        "  end      Ctrl-C".to_owned(),
    ];
    let faults = arguments.faults.iter();
    lines.extend(faults.map(|text| format!("  fault    {text}")));
    Ok(lines.join("\n"))
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
