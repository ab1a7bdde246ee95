//! One file a command. Each takes what was typed and returns how the program ends.

mod alerts;
mod backtest;
mod calendar;
mod completions;
mod cycle;
mod daemon;
mod dashboard;
mod data;
mod doctor;
mod history;
mod init;
mod journal;
mod man;
mod rehearsal;
mod replay;
mod run;
mod signal;
mod simulate;
mod status;
mod study;
mod sweep;
mod switch;
mod trades;
mod venue;
mod watch;
mod why;

use std::path::PathBuf;

use crate::arguments::{Command, Global};
use crate::environment::Environment;
use crate::exit::Exit;
use crate::fault::Outcome;
use crate::ledger_file::ReadOnly;
use crate::output::Terminal;
use crate::places::{self, Configuration};

pub(crate) use run::ports;

/// What every command has at hand.
pub(crate) struct Context {
    /// What was typed for all commands.
    pub(crate) global: Global,
    /// What the environment says.
    pub(crate) environment: Environment,
    /// How text may look.
    pub(crate) terminal: Terminal,
}

impl Context {
    /// The configuration, from its place.
    ///
    /// # Errors
    /// As [`places::configuration`].
    pub(crate) fn configuration(&self) -> Outcome<Configuration> {
        places::configuration(self.global.config.as_deref())
    }

    /// The journal as named by `--journal`.
    pub(crate) fn journal(&self) -> Option<PathBuf> {
        self.global.journal.clone()
    }

    /// The journal to read, opened.
    ///
    /// # Errors
    /// When there is none, or it is no journal.
    pub(crate) fn read_journal(&self, configuration: &Configuration) -> Outcome<ReadOnly> {
        ReadOnly::open(configuration.journal_to_read(self.global.journal.as_deref())?)
    }
}

/// Runs `command`.
///
/// # Errors
/// What ended it early.
pub(crate) async fn run(command: Command, context: &Context) -> Outcome<Exit> {
    match command {
        // The longest of them, kept out of every other command's future.
        Command::Run(arguments) => Box::pin(run::run(&arguments, context)).await,
        Command::Cycle(arguments) => cycle::run(&arguments, context).await,
        Command::Signal(arguments) => signal::run(&arguments, context).await,
        Command::Venue(arguments) => venue::run(&arguments, context).await,
        Command::Dashboard(arguments) => dashboard::run(&arguments, context).await,
        Command::Watch(_) => watch::run(context).await,
        Command::Status(arguments) => status::run(&arguments, context).await,
        Command::Halt(arguments) => switch::halt(&arguments, context).await,
        Command::Resume(arguments) => switch::resume(&arguments, context).await,
        Command::Adopt(arguments) => switch::adopt(&arguments, context).await,
        Command::Arm(arguments) => switch::arm(&arguments, context).await,
        Command::Disarm(arguments) => switch::disarm(arguments.json, context).await,
        Command::Split(arguments) => switch::split(&arguments, context).await,
        Command::History(arguments) => history::run(&arguments, context).await,
        Command::Trades(arguments) => trades::run(&arguments, context).await,
        Command::Why(arguments) => why::run(&arguments, context).await,
        Command::Replay(arguments) => replay::run(&arguments, context).await,
        Command::Journal(arguments) => journal::run(&arguments.command, context).await,
        Command::Data(arguments) => data::run(&arguments, context).await,
        Command::Backtest(arguments) => backtest::run(&arguments, context),
        Command::Sweep(arguments) => sweep::run(&arguments, context),
        Command::Study(arguments) => study::run(&arguments, context),
        Command::Simulate(arguments) => simulate::run(&arguments, context),
        Command::Init(arguments) => init::run(&arguments, context),
        Command::Doctor(arguments) => doctor::run(&arguments, context).await,
        Command::Alerts(arguments) => alerts::run(&arguments.command, context).await,
        Command::Calendar(arguments) => calendar::run(&arguments, context),
        Command::Completions(arguments) => completions::run(&arguments),
        Command::Man(arguments) => man::run(&arguments),
    }
}
