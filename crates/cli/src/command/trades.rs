//! `tqqq trades`: lots, and fills beside the backtest's.

use std::collections::BTreeMap;
use std::path::Path;

use chronicle::{Span, Trades, TradesView};
use market::{Calendar, Slot};
use research::{Fill, Selection, Series, Timeline};
use trading::fill::FillPrices;

use super::Context;
use crate::arguments::{CleaningArguments, TradesArguments, TradesCsv};
use crate::bar_file;
use crate::exit::Exit;
use crate::fault::{Fault, Outcome};
use crate::ledger_file::ReadOnly;
use crate::output::{print, show, tell};
use crate::places::Configuration;

pub(super) async fn run(arguments: &TradesArguments, context: &Context) -> Outcome<Exit> {
    let configuration = context.configuration()?;
    let file = context.read_journal(&configuration)?;
    let done = list(arguments, &configuration, &file, context).await;
    done.map_err(|fault| file.locate(fault))
}

async fn list(
    arguments: &TradesArguments,
    configuration: &Configuration,
    file: &ReadOnly,
    context: &Context,
) -> Outcome<Exit> {
    let mut trades = Trades::of(&file.chain).await?;
    if let Some(path) = &arguments.bars {
        let filled = filled(path, &arguments.reading, &configuration.calendar)?;
        let symbol = &configuration.settings.strategy.symbol;
        trades.expect(symbol, |slot| filled.get(&slot).copied());
    }
    let span = Span {
        from: arguments.from,
        to: arguments.to,
    };
    let view = TradesView::new(&file.path, &trades, span);
    match arguments.csv {
        Some(TradesCsv::Lots) => {
            print(&view.lots_csv())?;
            // In the file it would be a row.
            tell(view.notice);
        }
        Some(TradesCsv::Fills) => print(&view.fills_csv())?,
        None => show(&view, arguments.json, context.terminal)?,
    }
    Ok(Exit::Done)
}

/// What the backtest's engine fills each slot's order at on these bars.
fn filled(
    path: &Path,
    reading: &CleaningArguments,
    calendar: &Calendar,
) -> Outcome<BTreeMap<Slot, FillPrices>> {
    let shown = path.display();
    let read = bar_file::read(path, &reading.options(), calendar)?;
    let selection = Selection {
        // A fill is looked up by its slot: what a damaged row lacks stays without one.
        allow_defects: true,
        ..Selection::default()
    };
    let series = Series::new(read, selection, calendar)
        .map_err(|error| Fault::input(&error).hint(error.hint()).at(shown))?;
    if !series.has_slots() {
        return Err(Fault::input(format!(
            "--bars {}: bars of {}; a slot is filled in a bar that begins at it",
            path.display(),
            series.interval
        ))
        .hint("give bars of 30 minutes or less"));
    }
    let timeline = Timeline::new(&series, Fill::NextOpen, calendar)?;
    let decided = series.bars.iter().zip(&timeline.steps);
    Ok(decided
        .filter_map(|(bar, step)| {
            let step = step.as_ref()?;
            let prices = FillPrices {
                buy: step.buy,
                sell: step.sell,
            };
            Some((Slot::new(bar.start), prices))
        })
        .collect())
}
