//! `cargo xtask deny`: licences, bans and sources of every dependency, without the network.

use std::process::Command;

use anyhow::Result;

use crate::environment;
use crate::stage::{Stages, Work, quiet};
use crate::tool::DENY;

/// The stage alone.
///
/// # Errors
/// When it fails.
pub(crate) fn run() -> Result<()> {
    let mut stages = Stages::new();
    stages.run("licences", work);
    stages.close()
}

/// The stage's work; the tool is installed when it is not there.
pub(crate) fn work() -> Result<Work> {
    let Ok(deny) = DENY.find_or_install() else {
        return Ok(Work::Missing(DENY.remedy()));
    };
    // Crates of other systems count as well, and no build here has fetched them.
    quiet(
        "fetch",
        Command::new(environment::cargo()).args(["fetch", "--locked"]),
    )?;
    let arguments = [
        "--offline",
        "--workspace",
        "check",
        "bans",
        "licenses",
        "sources",
    ];
    quiet("deny", Command::new(deny).args(arguments))?;
    Ok(Work::Done(String::new()))
}
