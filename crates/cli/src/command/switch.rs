//! `tqqq halt`, `resume`, `adopt`, `arm`, `disarm`, `split`.

use chronicle::standing;
use cycle::port::Journal;
use cycle::switching;
use market::{Instant, Split};
use trading::portfolio::Portfolio;
use trading::record::{HaltLevel, HaltReason, Halted, Noted, Record, SplitRuled};
use trading::settings::Settings;
use trading::state::State;

use super::Context;
use crate::arguments::{
    AdoptArguments, ArmArguments, HaltArguments, ResumeArguments, SplitArguments, SplitCommand,
};
use crate::consent::is_given;
use crate::exit::Exit;
use crate::fault::{Fault, Outcome};
use crate::ledger_file::unreadable;
use crate::output::switch::SwitchView;
use crate::output::{show, tell};
use crate::places::Configuration;
use crate::switch::{PlayedVenue, halting, resuming, throw};

pub(super) async fn halt(arguments: &HaltArguments, context: &Context) -> Outcome<Exit> {
    let halted = Halted {
        level: if arguments.freeze {
            HaltLevel::Frozen
        } else {
            HaltLevel::ReduceOnly
        },
        flatten: arguments.flatten,
        reason: HaltReason::Owner(arguments.reason.clone()),
    };
    carry_out("tqqq.halt/1", arguments.json, context, halting(halted)).await
}

pub(super) async fn resume(arguments: &ResumeArguments, context: &Context) -> Outcome<Exit> {
    let make = resuming(arguments.note.clone());
    carry_out("tqqq.resume/1", arguments.json, context, make).await
}

pub(super) async fn arm(arguments: &ArmArguments, context: &Context) -> Outcome<Exit> {
    let make = |_: &State, now: Instant| Ok(Some(switching::arm(now + arguments.span)));
    carry_out("tqqq.arm/1", arguments.json, context, make).await
}

pub(super) async fn disarm(json: bool, context: &Context) -> Outcome<Exit> {
    let make = |state: &State, _: Instant| Ok(switching::disarm(state));
    carry_out("tqqq.disarm/1", json, context, make).await
}

pub(super) async fn split(arguments: &SplitArguments, context: &Context) -> Outcome<Exit> {
    let (ruling, accepted) = match &arguments.command {
        SplitCommand::Accept(ruling) => (ruling, true),
        SplitCommand::Deny(ruling) => (ruling, false),
    };
    if ruling.ratio.is_one() {
        return Err(Fault::input("the ratio 1 is no split")
            .hint("copy the ratio that the refusal named; `deny` says that the jump is real"));
    }
    let ruled = SplitRuled {
        symbol: ruling.symbol.clone(),
        split: Split {
            date: ruling.date,
            ratio: ruling.ratio,
        },
        accepted,
    };
    let make = |state: &State, _: Instant| {
        let known = state.split_rulings.contains(&ruled);
        Ok((!known).then(|| Record::SplitRuled(ruled.clone())))
    };
    carry_out("tqqq.split/1", ruling.json, context, make).await
}

pub(super) async fn adopt(arguments: &AdoptArguments, context: &Context) -> Outcome<Exit> {
    let configuration = context.configuration()?;
    let found = holdings(&configuration, context).await?;
    for line in effects(&found, &configuration.settings) {
        tell(&line);
    }
    let question = "adopt these holdings? Type yes:";
    let unasked = "say --yes when you have read what will be sold";
    if !arguments.yes && !is_given(question, unasked)? {
        tell("nothing was changed");
        return Ok(Exit::SaidNo);
    }
    let listed: Vec<String> = found
        .positions
        .iter()
        .map(|position| format!("{} {}", position.quantity, position.symbol))
        .collect();
    let text = if listed.is_empty() {
        "no holdings".to_owned()
    } else {
        listed.join(", ")
    };
    let make = |_: &State, _: Instant| Ok(Some(Record::Adopted(Noted { text: text.clone() })));
    carry_out("tqqq.adopt/1", arguments.json, context, make).await
}

/// The account as the newest slot saw it.
async fn holdings(configuration: &Configuration, context: &Context) -> Outcome<Portfolio> {
    let file = context.read_journal(configuration)?;
    let head = file.chain.head().await.map_err(unreadable)?;
    let mut newest = None;
    let from = standing::tail_start(head);
    chronicle::for_each_slot_from(&file.chain, &configuration.calendar, from, |record| {
        newest = record.portfolio.or(newest.take());
    })
    .await?;
    newest.ok_or_else(|| {
        Fault::input(format!(
            "{}: no slot has seen the account yet",
            file.path.display()
        ))
        .hint("run `tqqq cycle` in a session first: it looks, and buys nothing before you adopt")
    })
}

/// What adopting means, holding by holding.
fn effects(found: &Portfolio, settings: &Settings) -> Vec<String> {
    let symbol = &settings.strategy.symbol;
    let at = market::time::new_york_text(found.at);
    if found.positions.is_empty() {
        return vec![format!("the account held nothing at {at}")];
    }
    let mut lines = vec![format!("the account held at {at}:")];
    for position in &found.positions {
        let fate = if !position.is_us_equity {
            "never traded here, and stops every entry: sell it yourself"
        } else if &position.symbol == symbol {
            "the traded fund: kept, and sold on a bearish signal"
        } else {
            "SOLD on the next bullish signal, to buy the fund"
        };
        lines.push(format!(
            "  {} {}: {fate}",
            position.quantity, position.symbol
        ));
    }
    lines
}

async fn carry_out(
    schema: &'static str,
    json: bool,
    context: &Context,
    make: impl FnMut(&State, Instant) -> Outcome<Option<Record>>,
) -> Outcome<Exit> {
    let configuration = context.configuration()?;
    let path = configuration.journal_to_read(context.global.journal.as_deref())?;
    let venue = PlayedVenue::of(&configuration.settings).await;
    let thrown = throw(path, venue, make).await?;
    show(&SwitchView::new(schema, &thrown), json, context.terminal)?;
    Ok(Exit::Done)
}
