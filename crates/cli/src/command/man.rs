//! `tqqq man`: the manual's pages for `man`.

use std::path::Path;

use clap::CommandFactory;
use clap_mangen::Man;

use crate::arguments::{Arguments, ManArguments};
use crate::exit::Exit;
use crate::fault::{Fault, Outcome};
use crate::output::print;

pub(super) fn run(arguments: &ManArguments) -> Outcome<Exit> {
    match &arguments.output {
        Some(folder) => write_all(folder)?,
        None => print(page()?.trim_end())?,
    }
    Ok(Exit::Done)
}

/// The page of the whole program.
fn page() -> Outcome<String> {
    let mut text = Vec::new();
    Man::new(Arguments::command())
        .render(&mut text)
        .map_err(|error| Fault::failed(format!("the page cannot be made: {error}")))?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// A page for the program and for each of its commands.
fn write_all(folder: &Path) -> Outcome<()> {
    let unwritable = |error| {
        Fault::input(format!("{}: {error}", folder.display()))
            .hint("name a folder you may write to; it is made when it is not there")
    };
    std::fs::create_dir_all(folder).map_err(unwritable)?;
    clap_mangen::generate_to(Arguments::command(), folder).map_err(unwritable)?;
    Ok(())
}
