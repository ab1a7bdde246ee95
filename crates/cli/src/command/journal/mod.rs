//! `tqqq journal`: care of the chain.

mod backup;
mod prune;
mod repair;
mod verify;

use super::Context;
use crate::arguments::JournalCommand;
use crate::exit::Exit;
use crate::fault::Outcome;

pub(super) async fn run(command: &JournalCommand, context: &Context) -> Outcome<Exit> {
    match command {
        JournalCommand::Verify { json } => verify::run(*json, context).await,
        JournalCommand::Backup(arguments) => backup::run(arguments, context).await,
        JournalCommand::Prune(arguments) => prune::run(arguments, context).await,
        JournalCommand::Repair(arguments) => repair::run(arguments, context).await,
    }
}
