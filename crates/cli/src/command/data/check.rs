//! `tqqq data check`: every defect of a file, by row and reason.

use connectors::clock::SystemClock;
use cycle::port::Clock;
use market::file::inspect;

use crate::arguments::DataCheckArguments;
use crate::bar_file;
use crate::command::Context;
use crate::exit::Exit;
use crate::fault::Outcome;
use crate::output::data_check::CheckView;
use crate::output::show;

pub(super) fn run(arguments: &DataCheckArguments, context: &Context) -> Outcome<Exit> {
    let calendar = context.configuration()?.calendar;
    let path = &arguments.file;
    let name = path.display().to_string();
    let file = bar_file::open(path)?;
    let inspection = inspect(file, &name, &calendar, &arguments.reading.options());
    let now = SystemClock::new().now();
    let view = CheckView::new(path, &inspection, &calendar, now);
    show(&view, arguments.json, context.terminal)?;
    Ok(if view.is_clean() {
        Exit::Done
    } else {
        Exit::SaidNo
    })
}
