//! `cargo xtask clients`: the vendors' own Python packages against `tqqq venue`.
//!
//! A face that only our connectors can read would prove little. The packages come from a file of
//! versions and hashes and live under `target`; the tests start venues of their own.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::built::{self, Build};
use crate::environment;
use crate::python::Python;
use crate::stage::{Stages, Work, quiet};

const TESTS: &str = "tests/clients";

/// The stage alone.
///
/// # Errors
/// When it fails.
pub(crate) fn run() -> Result<()> {
    let mut stages = Stages::new();
    stages.run("clients", || work(Build::Alone));
    stages.close()
}

/// Makes the environment and runs every test in it.
///
/// # Errors
/// The log of the tests that failed.
pub(crate) fn work(build: Build) -> Result<Work> {
    let Some(python) = Python::find() else {
        return Ok(Work::Missing(Python::remedy()));
    };
    let tests = environment::root().join(TESTS);
    let folder = environment::target().join("xtask").join("clients");
    let interpreter = match python.environment(&folder, &tests.join("requirements.txt"))? {
        Ok(interpreter) => interpreter,
        Err(remedy) => return Ok(Work::Missing(remedy)),
    };
    let mut run = Command::new(interpreter);
    run.args(["-m", "unittest", "discover", "--start-directory", TESTS])
        .env("TQQQ", built::program(build)?)
        // Nothing is written beside the sources.
        .env("PYTHONDONTWRITEBYTECODE", "1");
    let log = quiet("clients", &mut run)?;
    Ok(Work::Done(format!(
        "{} of {}",
        summary(&log)?,
        packages(&tests)?
    )))
}

/// `61 tests`; a run of none proves nothing.
fn summary(log: &Path) -> Result<String> {
    let text = fs::read_to_string(log).with_context(|| format!("cannot read {}", log.display()))?;
    let ran = text
        .lines()
        .rev()
        .find_map(|line| line.strip_prefix("Ran "));
    let count: u32 = ran
        .and_then(|ran| ran.split(' ').next()?.parse().ok())
        .with_context(|| format!("{}: no line says how many tests ran", log.display()))?;
    ensure!(count > 0, "no test was found in {TESTS}");
    Ok(format!("{count} tests"))
}

/// The packages asked for, with their versions.
fn packages(tests: &Path) -> Result<String> {
    let path = tests.join("requirements.in");
    let text =
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let pins = text.lines().filter(|line| line.contains("=="));
    let pins: Vec<String> = pins.map(|pin| pin.replace("==", " ")).collect();
    Ok(pins.join(", "))
}
