//! `tqqq why`: the whole story of one slot.

use super::Context;
use crate::arguments::WhyArguments;
use crate::exit::Exit;
use crate::fault::{Fault, Outcome};
use crate::ledger_file::ReadOnly;
use crate::output::show;
use crate::output::why::WhyView;

pub(super) async fn run(arguments: &WhyArguments, context: &Context) -> Outcome<Exit> {
    let configuration = context.configuration()?;
    let calendar = &configuration.calendar;
    let slot = arguments.slot;
    if calendar.slot(slot.at())?.is_none() {
        return Err(Fault::input(format!("{slot} is no slot of the NYSE"))
            .hint("slots are half-hours from 09:30 to 15:30 New York; see `tqqq calendar`"));
    }
    let file = context.read_journal(&configuration)?;
    let done = tell_story(arguments, &file, context).await;
    done.map_err(|fault| file.locate(fault))
}

async fn tell_story(arguments: &WhyArguments, file: &ReadOnly, context: &Context) -> Outcome<Exit> {
    let slot = arguments.slot;
    let entries = chronicle::slots::entries_of(&file.chain, slot).await?;
    if entries.is_empty() {
        return Err(
            Fault::input(format!("{}: no record of slot {slot}", file.path.display()))
                .hint("see `tqqq history` for the slots there are, or name another --journal"),
        );
    }
    let view = WhyView::new(slot, &entries);
    show(&view, arguments.json, context.terminal)?;
    Ok(Exit::Done)
}
