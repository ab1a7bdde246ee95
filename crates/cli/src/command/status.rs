//! `tqqq status`: where we stand.

use std::collections::VecDeque;

use cycle::port::Journal;
use trading::record::Record;
use trading::state::State;

use super::Context;
use crate::arguments::StatusArguments;
use crate::chronicle::{self, SlotRecord, unreadable};
use crate::exit::Exit;
use crate::fault::Outcome;
use crate::output::show;
use crate::output::status::StatusView;

/// Newest slots shown.
const SLOTS_SHOWN: usize = 8;
/// Entries read back for them: no slot has as many.
const ENTRIES_BACK: u64 = 512;

pub(super) async fn run(arguments: &StatusArguments, context: &Context) -> Outcome<Exit> {
    let configuration = context.configuration()?;
    let calendar = &configuration.calendar;
    let file = context.read_journal(&configuration)?;
    let head = file.chain.head().await.map_err(unreadable)?;
    let from = head.map_or(1, |head| head.seq.saturating_sub(ENTRIES_BACK) + 1);
    let state = state(&file.chain, from).await?;
    let mut newest: VecDeque<SlotRecord> = VecDeque::new();
    chronicle::for_each_slot_from(&file.chain, calendar, from, |record| {
        if newest.len() == SLOTS_SHOWN {
            newest.pop_front();
        }
        newest.push_back(record);
    })
    .await?;
    let view = StatusView::new(&file.path, head, &state, newest.make_contiguous());
    show(&view, arguments.json, context.terminal)?;
    Ok(Exit::Done)
}

/// The folded chain: from the newest closing record read, which carries a state, else from the
/// chain's beginning.
async fn state(journal: &dyn Journal, from: u64) -> Outcome<State> {
    let mut state = State::default();
    let mut is_whole = from == 1;
    chronicle::for_each_entry(journal, from, |entry| match &entry.record {
        Record::SlotClosed(closed) => {
            state = closed.state.clone();
            is_whole = true;
        }
        _ if is_whole => state.fold(entry),
        _ => {}
    })
    .await?;
    if is_whole {
        return Ok(state);
    }
    let mut state = State::default();
    chronicle::for_each_entry(journal, 1, |entry| state.fold(entry)).await?;
    Ok(state)
}
