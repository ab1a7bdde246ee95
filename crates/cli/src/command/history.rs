//! `tqqq history`: what became of every slot.

use chronicle::SlotView;

use super::Context;
use crate::arguments::HistoryArguments;
use crate::exit::Exit;
use crate::fault::Outcome;
use crate::ledger_file::ReadOnly;
use crate::output::history::table;
use crate::output::{json, print};
use crate::places::Configuration;

pub(super) async fn run(arguments: &HistoryArguments, context: &Context) -> Outcome<Exit> {
    let configuration = context.configuration()?;
    let file = context.read_journal(&configuration)?;
    let done = list(arguments, &configuration, &file, context).await;
    done.map_err(|fault| file.locate(fault))
}

async fn list(
    arguments: &HistoryArguments,
    configuration: &Configuration,
    file: &ReadOnly,
    context: &Context,
) -> Outcome<Exit> {
    let calendar = &configuration.calendar;
    let mut slots = Vec::new();
    chronicle::for_each_slot(&file.chain, calendar, |record| {
        for revised in &record.revised {
            slots
                .iter_mut()
                .for_each(|view: &mut SlotView| view.note(revised));
        }
        let date = record.slot.date();
        let wanted = arguments.from.is_none_or(|from| date >= from)
            && arguments.to.is_none_or(|to| date <= to);
        if wanted {
            slots.push(SlotView::new(&record));
        }
    })
    .await?;
    let lines =
        |line: fn(&SlotView) -> String| slots.iter().map(line).collect::<Vec<_>>().join("\n");
    match (arguments.json, arguments.csv) {
        // No slot is no line, not an empty one.
        (true, _) if slots.is_empty() => {}
        (true, _) => print(&lines(json))?,
        (_, true) if slots.is_empty() => print(&SlotView::csv_heading())?,
        (_, true) => print(&format!(
            "{}\n{}",
            SlotView::csv_heading(),
            lines(SlotView::csv)
        ))?,
        _ => print(&table(&slots, context.terminal))?,
    }
    Ok(Exit::Done)
}
