//! `cargo xtask infrastructure`: types, tests and rules of the stack, without an account.

use std::process::Command;

use anyhow::{Context, Result};

use super::deploy::{infrastructure, tools};
use crate::environment;
use crate::stage::{Stages, Work, quiet};
use crate::tool::on_path;

/// The stage alone.
///
/// # Errors
/// When it fails.
pub(crate) fn run() -> Result<()> {
    let mut stages = Stages::new();
    stages.run("stack", work);
    stages.close()
}

/// Checks types, runs the assertions, and synthesises under cdk-nag.
///
/// # Errors
/// The log of what failed.
pub(crate) fn work() -> Result<Work> {
    if on_path("node").is_none() || on_path("npm").is_none() {
        let remedy = "node and npm are not on PATH; install them with `apt-get install nodejs npm`";
        return Ok(Work::Missing(remedy.to_owned()));
    }
    if tools().is_err() {
        return Ok(Work::Missing(
            "`npm ci --prefix infrastructure` must work here".to_owned(),
        ));
    }
    run_in("stack-types", "tsc --noEmit")?;
    run_in("stack-tests", "vitest run test")?;
    // What the rules look at is not what is in the package.
    let package = environment::target().join("xtask/empty-package");
    std::fs::create_dir_all(&package).context("cannot make a folder under target")?;
    std::fs::write(package.join("bootstrap"), "").context("cannot write under target")?;
    let synth = format!(
        "cdk synth --quiet --no-notices -c package={} -c email=owner@example.com",
        package.display()
    );
    run_in("stack-synth", &synth)?;
    Ok(Work::Done("types, assertions, cdk-nag".to_owned()))
}

/// One of the installed programs, in the stack's folder.
fn run_in(log: &str, line: &str) -> Result<()> {
    let mut command = Command::new("sh");
    command
        .args([
            "-c",
            &format!("cd \"$0\" && exec ./node_modules/.bin/{line}"),
        ])
        .arg(infrastructure());
    quiet(log, &mut command).map(|_| ())
}
