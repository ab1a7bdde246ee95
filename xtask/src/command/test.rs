//! `cargo xtask test`: all set-up and all tests.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use super::{aws, browser, clients, deny, infrastructure, reference};
use crate::built::Build;
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
    stages.run("default", default_build);
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
    stages.run("reference", || reference::work(Build::Workspace));
    stages.run("clients", || clients::work(Build::Workspace));
    stages.run("browser", || browser::work(Build::Workspace));
    stages.run("aws", || aws::work(Build::Workspace));
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
        let arguments = [
            "test",
            "--workspace",
            "--all-targets",
            "--locked",
            "--quiet",
        ];
        let log = quiet("tests", Command::new(environment::cargo()).args(arguments))?;
        return Ok(Work::Done(summary(&log)));
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

/// The command as a plain `cargo build` makes it, with the features that it alone asks for.
fn default_build() -> Result<Work> {
    component(
        "clippy",
        "default",
        &["clippy", "--locked", "--", "-D", "warnings"],
    )
}

/// Every feature at once, which no other stage builds. The two stages that need them share it.
const ALL_FEATURES: [&str; 4] = [
    "--workspace",
    "--locked",
    "--features",
    "cli/aws,cli/parquet,cli/sabotage,market/parquet",
];

/// What features add is without fault, and what the feature `parquet` adds works.
fn parquet() -> Result<Work> {
    let lints = [
        &["clippy", "--all-targets"],
        &ALL_FEATURES[..],
        &["--", "-D", "warnings"],
    ]
    .concat();
    cargo("parquet-lints", &lints)?;
    let tests = [
        &["test", "--quiet", "--test", "parquet", "--bin", "tqqq"],
        &ALL_FEATURES[..],
    ];
    let log = quiet(
        "parquet",
        Command::new(environment::cargo()).args(tests.concat()),
    )?;
    Ok(Work::Done(summary(&log)))
}

/// Every mistake that the feature `sabotage` makes on purpose is found by the simulation.
fn sabotage() -> Result<Work> {
    let tests = [
        &["test", "--test", "sabotage"],
        &ALL_FEATURES[..],
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

/// What the runner says last: nextest's one line, or the sum of the lines of cargo's own.
fn summary(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    told(&text).unwrap_or_default()
}

/// How many ran, passed, were skipped, in the words of nextest.
fn told(log: &str) -> Option<String> {
    let mut lines = log.lines().rev();
    let line = lines.find_map(|line| line.trim().strip_prefix("Summary"));
    if let Some(line) = line {
        return Some(line.trim().to_owned());
    }
    let ends: Vec<&str> = log
        .lines()
        .filter_map(|line| line.strip_prefix("test result: "))
        .collect();
    let count = |what: &str| -> u64 {
        let parts = ends.iter().flat_map(|end| end.split(['.', ';']));
        let counts =
            parts.filter_map(|part| part.trim().strip_suffix(what)?.trim().parse::<u64>().ok());
        counts.sum()
    };
    let (passed, failed, skipped) = (count("passed"), count("failed"), count("ignored"));
    let ran = passed + failed;
    let words = format!("{ran} tests run: {passed} passed, {failed} failed, {skipped} skipped");
    (ran > 0).then_some(words)
}

fn cargo(log: &str, arguments: &[&str]) -> Result<Work> {
    quiet(log, Command::new(environment::cargo()).args(arguments))?;
    Ok(Work::Done(String::new()))
}

#[cfg(test)]
mod tests {
    use super::told;

    #[test]
    fn the_runners_last_words_are_found_whichever_it_was() {
        let nextest =
            "   PASS x\n------\n     Summary [ 213.403s] 1299 tests run: 1299 passed, 0 skipped\n";
        assert_eq!(
            told(nextest).as_deref(),
            Some("[ 213.403s] 1299 tests run: 1299 passed, 0 skipped")
        );
        let cargo = "running 2 tests\n..\ntest result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 3 filtered out; finished in 0.00s\n\
            test result: ok. 40 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.00s\n";
        assert_eq!(
            told(cargo).as_deref(),
            Some("42 tests run: 42 passed, 0 failed, 1 skipped")
        );
        assert_eq!(told("error: could not compile"), None);
    }
}
