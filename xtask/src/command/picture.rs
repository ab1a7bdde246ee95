//! `cargo xtask picture`: a real run, drawn into `docs/run.svg` for the README.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result};

use super::archive;
use crate::stage::output;
use crate::{environment, say, terminal};

/// Runs `tqqq run` as the README says and draws what it prints.
///
/// # Errors
/// When the run fails or the picture cannot be written.
pub(crate) fn run() -> Result<()> {
    let journal = environment::target().join("xtask/picture.journal");
    remove_journal(&journal)?;
    // As fast as what an archive holds, and built with it.
    let mut command = Command::new(archive::build()?);
    command
        .args(["run", "--color", "always", "--journal"])
        .arg(&journal);
    let text = output(&mut command)?;
    // The reader of the picture has another place for the file.
    let text = text.replace(&journal.display().to_string(), "tqqq-runs/0001.journal");
    let shown = format!("$ cargo run --release -- run\n\n{text}");
    let path = environment::root().join("docs/run.svg");
    fs::write(&path, terminal::svg("tqqq run", &shown))
        .with_context(|| format!("cannot write {}", path.display()))?;
    say("drew docs/run.svg");
    Ok(())
}

/// Removes a journal of an earlier run with its side files.
pub(crate) fn remove_journal(path: &std::path::Path) -> Result<()> {
    let folder = path.parent().context("a journal lies in a folder")?;
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    for suffix in ["", "-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        match fs::remove_file(&name) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("cannot remove {}", name.display()));
            }
            _ => {}
        }
    }
    Ok(())
}
