//! `cargo xtask stack`: types, tests and rules of the stack, without an account.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use super::aws::packages;
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
    std::fs::write(package.join("Dockerfile"), "FROM scratch AS functions\n")
        .context("cannot write under target")?;
    for (log, folder, rest) in VARIANTS {
        let synth = format!(
            "cdk synth --quiet --no-notices --output {folder} -c package={} -c email=owner@example.com {rest}",
            package.display()
        );
        run_in(log, &synth)?;
    }
    let python = match packages()? {
        Ok(python) => python,
        Err(remedy) => return Ok(Work::Missing(format!("cfn-lint: {remedy}"))),
    };
    let mut lint = Command::new(python.with_file_name("cfn-lint"));
    lint.args(["--ignore-checks", LINT_IGNORED, "--"]);
    lint.args(VARIANTS.map(|(_, folder, _)| template(folder)));
    quiet("stack-lint", &mut lint)?;
    Ok(Work::Done(
        "types, assertions, cdk-nag, cfn-lint".to_owned(),
    ))
}

/// The log, where the CDK puts the template, and what it is told besides: as deployed by default, and
/// with everything else that can be chosen without real money.
const VARIANTS: [(&str, &str, &str); 2] = [
    ("stack-synth", "cdk.out", ""),
    (
        "stack-synth-chosen",
        "cdk.out/chosen",
        "-c packaging=image -c existingTable=true -c reservedConcurrency=1",
    ),
];

/// "Dependency already enforced": the CDK writes a function's dependency on its role twice, so that
/// the role's policy is there before the function.
const LINT_IGNORED: &str = "W3005";

fn template(folder: &str) -> PathBuf {
    infrastructure().join(folder).join("tqqq.template.json")
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
