//! The project's own commands, one file each: `cargo xtask test` and its companions.
//!
//! Everything here is quiet while it goes well: the output of what it starts lies in
//! `target/xtask/*.log` and is shown only when a stage fails.

mod bootstrap;
mod built;
mod command;
mod cost;
mod environment;
mod notices;
mod python;
mod stage;
mod terminal;
mod tool;

use std::process::ExitCode;

use anyhow::{Result, bail};

const USAGE: &str = "\
The project's own commands.

Usage: cargo xtask <command>

  test       all set-up and all tests: format, lints, tests, doc tests, reference, clients,
             aws, stack, browser, licences
  coverage   line coverage of all tests; fails under 85 %
  mutants    small mistakes put into the core, each of which a test must notice; hours;
             `mutants --help`
  bench      the micro-benchmarks and the two timings of docs/performance.md
  reference  a run's signals against tests/reference/signals.py
  clients    the vendors' own Python packages against `tqqq venue`
  browser    the dashboard in a real browser: every page, news, halt, accessibility
  aws        the crates for AWS, on Amazon's DynamoDB Local, moto and a stand-in of the Lambda
             runtime, with the program as it is deployed
  stack      types, tests and rules of infrastructure/, without an account
  deploy     the stack on AWS: builds, checks, shows the difference, asks; `deploy --help`
  remove     takes it away; the journal and the keys stay
  image      the container image of the functions, built and tried; `image desk`: of the runner
  archive    the command for this system, packed with licences, manual pages, completions and
             the systemd unit; unpacked and tried
  deny       licences, bans and sources of every dependency
  picture    runs `tqqq run` and draws its terminal into docs/run.svg
  pages      writes anew what the manual takes from the code
  manual     docs/ as a book of HTML pages, in target/manual; installs mdBook, which takes minutes

What a command needs and cannot install, it names together with the command that does.
With CI=true a missing piece fails the stage that needs it; otherwise that stage is skipped.";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say_error(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next();
    let rest: Vec<String> = arguments.collect();
    let takes_some = matches!(
        name.as_deref(),
        Some("deploy" | "remove" | "mutants" | "image" | command::aws::INSIDE)
    );
    if let Some(surplus) = rest.first().filter(|_| !takes_some) {
        bail!("`{surplus}`: this command takes no argument\n\n{USAGE}");
    }
    match name.as_deref() {
        Some("test") => command::test::run(),
        Some("coverage") => command::coverage::run(),
        Some("bench") => command::bench::run(),
        Some("reference") => command::reference::run(),
        Some("clients") => command::clients::run(),
        Some("browser") => command::browser::run(),
        Some("aws") => command::aws::run(),
        Some(command::aws::INSIDE) => command::aws::inside(&rest),
        Some("stack") => command::infrastructure::run(),
        Some("deploy" | "remove") if rest.iter().any(|it| it == "--help" || it == "-h") => {
            say(command::deploy::USAGE);
            Ok(())
        }
        Some("mutants") if rest.iter().any(|it| it == "--help" || it == "-h") => {
            say(command::mutants::USAGE);
            Ok(())
        }
        Some("mutants") => command::mutants::run(&rest),
        Some("deploy") => command::deploy::run(&rest),
        Some("remove") => command::deploy::remove(&rest),
        Some("image") => command::image::run(&rest),
        Some("archive") => command::archive::run(),
        Some("deny") => command::deny::run(),
        Some("picture") => command::picture::run(),
        Some("pages") => command::pages::run(),
        Some("manual") => command::manual::run(),
        None | Some("help" | "--help" | "-h") => {
            say(USAGE);
            Ok(())
        }
        Some(other) => bail!("`{other}` is no command\n\n{USAGE}"),
    }
}

/// A line for the reader.
#[expect(
    clippy::print_stdout,
    reason = "this is the one place that prints results"
)]
fn say(text: &str) {
    println!("{text}");
}

/// A line about what went wrong.
#[expect(
    clippy::print_stderr,
    reason = "this is the one place that prints errors"
)]
fn say_error(text: &str) {
    eprintln!("{text}");
}
