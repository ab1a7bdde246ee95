//! `cargo xtask pages`: the parts of the manual that are made from the code, written anew.
//!
//! The tests that hold those parts to the code write them here instead of comparing.

use std::process::Command;

use anyhow::Result;

use crate::stage::quiet;
use crate::{environment, say};

/// Tells the tests to write.
const VARIABLE: (&str, &str) = ("TQQQ_PAGES", "write");
/// Each page, and the tests that hold it.
const PAGES: [(&str, &[&str]); 4] = [
    (
        "strategy.md, signal.svg, decay.svg",
        &["-p", "strategy", "--test", "pictures"],
    ),
    (
        "configuration.md",
        &["-p", "trading", "--lib", "settings::page"],
    ),
    (
        "commands.md",
        &["-p", "cli", "--bin", "tqqq", "arguments::page"],
    ),
    (
        "architecture.md, architecture.svg",
        &["-p", "xtask", "--test", "architecture", "page"],
    ),
];

/// Writes every page; `git diff docs` then shows what the code changed.
///
/// # Errors
/// When a part cannot be made.
pub(crate) fn run() -> Result<()> {
    for (pages, tests) in PAGES {
        let mut write = Command::new(environment::cargo());
        write
            .args(["test", "--locked", "--quiet"])
            .args(tests)
            .env(VARIABLE.0, VARIABLE.1);
        quiet("pages", &mut write)?;
        say(&format!("docs: {pages}"));
    }
    Ok(())
}
