//! `cargo xtask test`: all set-up and all tests.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use super::{aws, browser, clients, deny, infrastructure, reference};
use crate::environment;
use crate::stage::{Stages, Work, quiet};
use crate::tool::{self, NEXTEST};

/// Runs every stage, whatever the ones before it came to.
///
/// # Errors
/// When any stage failed.
pub(crate) fn run() -> Result<()> {
    let mut stages = Stages::new();
    stages.run("set-up", set_up);
    stages.run("format", || {
        component("rustfmt", "format", &["fmt", "--all", "--check"])
    });
    stages.run("lints", || {
        let lints = [
            "clippy",
            "--workspace",
            "--all-targets",
            "--locked",
            "--",
            "-D",
            "warnings",
        ];
        component("clippy", "lints", &lints)
    });
    stages.run("tests", tests);
    stages.run("doc tests", || {
        cargo(
            "doc-tests",
            &["test", "--workspace", "--doc", "--locked", "--quiet"],
        )
    });
    stages.run("parquet", parquet);
    stages.run("sabotage", sabotage);
    stages.run("simulation", simulation);
    stages.run("reference", reference::work);
    stages.run("clients", clients::work);
    stages.run("browser", browser::work);
    stages.run("aws", aws::work);
    stages.run("stack", infrastructure::work);
    stages.run("licences", deny::work);
    stages.close()
}

/// Names what is not there before anything is built.
fn set_up() -> Result<Work> {
    if tool::python().is_none() {
        return Ok(Work::Missing(
            "python3 is not on PATH; install it with `apt-get install python3`".to_owned(),
        ));
    }
    if ["cc", "gcc", "clang"]
        .iter()
        .all(|name| tool::on_path(name).is_none())
    {
        let remedy = "no C compiler on PATH (SQLite is built from source); install one with `apt-get install gcc`";
        return Ok(Work::Missing(remedy.to_owned()));
    }
    Ok(Work::Done(String::new()))
}

/// A stage that needs a component of the toolchain, added when it is not there.
fn component(name: &str, log: &str, arguments: &[&str]) -> Result<Work> {
    let subcommand = if name == "rustfmt" { "fmt" } else { "clippy" };
    let there = |_: &()| {
        quiet(
            log,
            Command::new(environment::cargo()).args([subcommand, "--version"]),
        )
        .is_ok()
    };
    if !there(&()) {
        let added = quiet(log, Command::new("rustup").args(["component", "add", name]));
        if added.is_err() || !there(&()) {
            return Ok(Work::Missing(format!(
                "install it with `rustup component add {name}`"
            )));
        }
    }
    cargo(log, arguments)
}

/// All tests: under nextest where it is installed, which runs them side by side, else under
/// cargo's own runner.
fn tests() -> Result<Work> {
    if NEXTEST.find().is_none() {
        return cargo(
            "tests",
            &[
                "test",
                "--workspace",
                "--all-targets",
                "--locked",
                "--quiet",
            ],
        );
    }
    let arguments = [
        "nextest",
        "run",
        "--workspace",
        "--locked",
        "--status-level",
        "fail",
        "--no-fail-fast",
    ];
    let log = quiet("tests", Command::new(environment::cargo()).args(arguments))?;
    Ok(Work::Done(summary(&log)))
}

/// What the feature `parquet` adds, which no other stage builds.
fn parquet() -> Result<Work> {
    const BUILT: [&str; 7] = [
        "--package",
        "market",
        "--package",
        "cli",
        "--features",
        "cli/parquet,market/parquet",
        "--locked",
    ];
    let lints = [
        &["clippy", "--all-targets"],
        &BUILT[..],
        &["--", "-D", "warnings"],
    ]
    .concat();
    cargo("parquet-lints", &lints)?;
    let tests = [
        &["test", "--quiet", "--test", "parquet", "--bin", "tqqq"],
        &BUILT[..],
    ];
    cargo("parquet", &tests.concat())
}

/// Every mistake that the feature `sabotage` makes on purpose is found by the simulation.
fn sabotage() -> Result<Work> {
    const BUILT: [&str; 5] = [
        "--package",
        "simulation",
        "--features",
        "sabotage",
        "--locked",
    ];
    let tests = [
        &["test", "--test", "sabotage"],
        &BUILT[..],
        &["--", "--nocapture"],
    ];
    let log = quiet(
        "sabotage",
        Command::new(environment::cargo()).args(tests.concat()),
    )?;
    let text = fs::read_to_string(&log).unwrap_or_default();
    let rows = text.lines().filter(|line| line.starts_with("| ")).count();
    Ok(Work::Done(format!(
        "{} mistakes made on purpose, all caught",
        rows.saturating_sub(1)
    )))
}

/// Slots under all faults, as many as fit: built for release, since they are many.
fn simulation() -> Result<Work> {
    let arguments = [
        "test",
        "--release",
        "--package",
        "simulation",
        "--test",
        "campaign",
        "--locked",
        "--",
        "--ignored",
        "--nocapture",
    ];
    let log = quiet(
        "simulation",
        Command::new(environment::cargo()).args(arguments),
    )?;
    let text = fs::read_to_string(&log).unwrap_or_default();
    let told = text.lines().find(|line| line.contains("slots under"));
    Ok(Work::Done(told.unwrap_or_default().trim().to_owned()))
}

/// Nextest's last line: how many ran, passed, were skipped.
fn summary(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let line = text
        .lines()
        .rev()
        .find_map(|line| line.trim().strip_prefix("Summary"));
    line.map(|line| line.trim().to_owned()).unwrap_or_default()
}

fn cargo(log: &str, arguments: &[&str]) -> Result<Work> {
    quiet(log, Command::new(environment::cargo()).args(arguments))?;
    Ok(Work::Done(String::new()))
}
