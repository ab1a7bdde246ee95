//! `tqqq data`: bars in files.

mod build;
mod check;
mod fetch;

use super::Context;
use crate::arguments::{DataArguments, DataCommand};
use crate::exit::Exit;
use crate::fault::Outcome;

pub(super) async fn run(arguments: &DataArguments, context: &Context) -> Outcome<Exit> {
    match &arguments.command {
        DataCommand::Check(arguments) => check::run(arguments, context),
        DataCommand::Build(arguments) => build::run(arguments, context),
        DataCommand::Fetch(arguments) => fetch::run(arguments, context).await,
    }
}
