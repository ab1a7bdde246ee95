//! `tqqq completions`: for the shell.

use clap::CommandFactory;

use crate::arguments::{Arguments, CompletionsArguments};
use crate::exit::Exit;
use crate::fault::Outcome;
use crate::output::print;

pub(super) fn run(arguments: &CompletionsArguments) -> Outcome<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(
        arguments.shell,
        &mut Arguments::command(),
        "tqqq",
        &mut script,
    );
    print(String::from_utf8_lossy(&script).trim_end())?;
    Ok(Exit::Done)
}
