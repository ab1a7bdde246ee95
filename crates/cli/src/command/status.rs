//! `tqqq status`: where we stand.

use std::collections::VecDeque;

use chronicle::{SlotRecord, StatusView, standing};
use cycle::port::Journal;

use super::Context;
use crate::arguments::StatusArguments;
use crate::exit::Exit;
use crate::fault::Outcome;
use crate::ledger_file::ReadOnly;
use crate::ledger_file::unreadable;
use crate::output::show;
use crate::output::status::money_at;
use crate::places::Configuration;

/// Newest slots shown.
const SLOTS_SHOWN: usize = 8;

pub(super) async fn run(arguments: &StatusArguments, context: &Context) -> Outcome<Exit> {
    let configuration = context.configuration()?;
    let file = context.read_journal(&configuration)?;
    let done = standing_of(arguments, &configuration, &file, context).await;
    done.map_err(|fault| file.locate(fault))
}

async fn standing_of(
    arguments: &StatusArguments,
    configuration: &Configuration,
    file: &ReadOnly,
    context: &Context,
) -> Outcome<Exit> {
    let calendar = &configuration.calendar;
    let head = file.chain.head().await.map_err(unreadable)?;
    let from = standing::tail_start(head);
    let state = standing::state(&file.chain, head).await?;
    let mut newest: VecDeque<SlotRecord> = VecDeque::new();
    chronicle::for_each_slot_from(&file.chain, calendar, from, |record| {
        if newest.len() == SLOTS_SHOWN {
            newest.pop_front();
        }
        newest.push_back(record);
    })
    .await?;
    let view = StatusView::new(&file.path, head, &state, newest.make_contiguous(), money_at);
    show(&view, arguments.json, context.terminal)?;
    Ok(Exit::Done)
}
