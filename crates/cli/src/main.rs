//! The command `tqqq`: parses, validates, wires, runs, exits.
//!
//! `arguments` is what may be typed, `command` one file for each command, `output` one view for
//! each `--json`. `environment.rs` is the one file that reads the environment, `places.rs` knows
//! where configuration and journals lie. Trading itself is in the crates below; here it is wired.

mod arguments;
mod artefact;
mod bar_file;
mod bars;
mod chronicle;
mod command;
mod environment;
mod exchange;
mod exit;
mod fault;
mod holder;
mod ledger_file;
mod local_venue;
mod new_file;
mod output;
mod places;
mod progress;
mod replay_clock;
mod runner;
mod series;
mod standing;
mod switch;
mod system;

use std::process::ExitCode;

use clap::Parser;
use tracing_subscriber::EnvFilter;

use arguments::{Arguments, LogFormat};
use command::Context;
use environment::Environment;
use exit::Exit;
use fault::{Fault, Outcome};
use output::Terminal;

/// What is logged when nobody says otherwise.
const LOG_DEFAULT: &str = "warn,tqqq=info";

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match start(arguments) {
        Ok(exit) => exit.into(),
        Err(fault) => {
            output::tell(&fault.to_string());
            fault.exit().into()
        }
    }
}

fn start(arguments: Arguments) -> Outcome<Exit> {
    let environment = Environment::read();
    let format = log_format(arguments.global.log_format, &environment)?;
    start_log(environment.log.as_deref(), format)?;
    let terminal = Terminal::new(arguments.global.color, &environment);
    let context = Context {
        global: arguments.global,
        environment,
        terminal,
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Fault::failed(format!("the runtime cannot start: {error}")))?;
    runtime.block_on(command::run(arguments.command, &context))
}

/// Logs go to stderr, as JSON too: stdout is for data.
fn start_log(filter: Option<&str>, format: LogFormat) -> Outcome<()> {
    let text = filter.unwrap_or(LOG_DEFAULT);
    let filter = EnvFilter::try_new(text).map_err(|error| {
        Fault::input(format!("TQQQ_LOG = {text}: {error}"))
            .hint("write a level like `debug`, or `cycle=trace,warn`")
    })?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    match format {
        LogFormat::Text => log.compact().init(),
        LogFormat::Json => log.json().flatten_event(true).init(),
    }
    Ok(())
}

/// As typed, else as the environment says, else text.
fn log_format(typed: Option<LogFormat>, environment: &Environment) -> Outcome<LogFormat> {
    match (typed, environment.log_format.as_deref()) {
        (Some(format), _) => Ok(format),
        (None, None | Some("text")) => Ok(LogFormat::Text),
        (None, Some("json")) => Ok(LogFormat::Json),
        (None, Some(other)) => Err(Fault::input(format!(
            "TQQQ_LOG_FORMAT = {other}: there is no such form"
        ))
        .hint("write `text` or `json`")),
    }
}
