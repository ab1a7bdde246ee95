//! `tqqq data build`: coarser bars from finer ones, as a file.

use market::coarse::coarsen;
use market::file::{self, BarFile};
use market::time::new_york_text;

use crate::arguments::DataBuildArguments;
use crate::bar_file;
use crate::command::Context;
use crate::exit::Exit;
use crate::fault::{Fault, Outcome};
use crate::new_file::NewFile;
use crate::output::data_build::BuildView;
use crate::output::show;

pub(super) fn run(arguments: &DataBuildArguments, context: &Context) -> Outcome<Exit> {
    let calendar = context.configuration()?.calendar;
    let output = NewFile::at(&arguments.output, arguments.force)?;
    let name = arguments.file.display().to_string();
    let read = bar_file::read(&arguments.file, &arguments.cleaning.options(), &calendar)?;
    if !arguments.allow_defects {
        refuse_damage(&read).map_err(|fault| fault.at(&name))?;
    }
    let made = coarsen(&read.bars, read.interval, arguments.to, &calendar).map_err(|error| {
        Fault::input(error)
            .at(&name)
            .hint("give finer bars, or another --to")
    })?;
    if made.bars.is_empty() {
        return Err(
            Fault::input(format!("{name}: no whole bar of {}", arguments.to))
                .hint("give a longer file"),
        );
    }
    output.write(|out| file::write(out, &made.bars))?;
    let view = BuildView::new(&arguments.file, output.path(), &read, arguments.to, &made);
    show(&view, arguments.json, context.terminal)?;
    Ok(Exit::Done)
}

/// Refuses rows at fault and gaps.
fn refuse_damage(read: &BarFile) -> Outcome<()> {
    let hint = "`tqqq data check` names all of it; give --allow-defects to build from the rest";
    if let Some(first) = read.defects.first() {
        let count = read.defects.len();
        return Err(Fault::input(format!("{first} ({count} such rows)")).hint(hint));
    }
    if let Some(first) = read.gaps.first() {
        let (at, count) = (new_york_text(first.start), read.gaps.len());
        return Err(Fault::input(format!("no bar at {at} ({count} missing)")).hint(hint));
    }
    Ok(())
}
