//! `cargo xtask bench`: the micro-benchmarks, each with its median.

use std::process::Command;

use anyhow::{Result, bail};

use crate::environment;

/// Runs every bench of the workspace, output straight to the terminal.
///
/// # Errors
/// When one does not build or fails.
pub(crate) fn run() -> Result<()> {
    let status = Command::new(environment::cargo())
        .current_dir(environment::root())
        .args(["bench", "--workspace", "--locked", "--benches"])
        .status()?;
    if !status.success() {
        bail!("cargo bench: {status}");
    }
    Ok(())
}
