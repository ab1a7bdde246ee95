//! The command `tqqq`: parses, validates, wires, runs, exits.
//!
//! `arguments` is what may be typed, `command` one file for each command, `output` one view for
//! each `--json`. `environment.rs` is the one file that reads the environment, `places.rs` knows
//! where configuration and journals lie. Trading itself is in the crates below; here it is wired.

mod arguments;
mod artefact;
mod bar_file;
mod bars;
mod command;
mod consent;
mod doctor;
mod environment;
mod exchange;
mod exit;
mod fault;
mod herald;
mod holder;
mod ledger_file;
mod ledger_store;
mod local_venue;
mod log;
mod new_file;
mod output;
mod partial;
mod places;
mod progress;
mod replay_clock;
mod rereading;
mod runner;
mod series;
mod supervisor;
mod switch;
mod system;
mod usage;

use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Command};
use command::Context;
use environment::Environment;
use exit::Exit;
use fault::{Fault, Outcome};
use log::Log;
use output::Terminal;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return usage::refuse(&error).into(),
    };
    let environment = Environment::read();
    let terminal = Terminal::new(arguments.global.color, &environment);
    let log = match Log::start(arguments.global.log_format, &environment, terminal) {
        Ok(log) => log,
        Err(fault) => {
            output::tell(&fault.to_string());
            return fault.exit().into();
        }
    };
    let context = Context {
        global: arguments.global,
        environment,
        terminal,
    };
    match carry_out(arguments.command, &context) {
        Ok(exit) => exit.into(),
        Err(fault) => {
            log.end(&fault);
            fault.exit().into()
        }
    }
}

fn carry_out(command: Command, context: &Context) -> Outcome<Exit> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Fault::failed(format!("the runtime cannot start: {error}")))?;
    runtime.block_on(command::run(command, context))
}
