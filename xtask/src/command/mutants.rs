//! `cargo xtask mutants`: small mistakes put into the core one at a time, each of which some test
//! must notice.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::tool::MUTANTS;
use crate::{environment, say};

/// The crates that money hangs on.
const CORE: [&str; 4] = ["strategy", "trading", "cycle", "journal"];
/// What cargo-mutants ends with when mutants survived or took too long.
const SURVIVED: [i32; 2] = [2, 3];

pub(crate) const USAGE: &str = "\
Puts small mistakes into strategy, trading, cycle and journal, one at a time, and runs the tests of
the mistaken crate: a mistake that no test notices is a survivor.

Usage: cargo xtask mutants [--package NAME]... [--file GLOB]... [--shard K/N]

  --package NAME   only this crate; several may be named
  --file GLOB      only files like this: `crates/trading/src/plan.rs`
  --shard K/N      only every Nth mistake, from the Kth (0/N is the first): the whole core is some
                   thousand mistakes and takes many hours

The lists lie in target/mutants/mutants.out: caught.txt, missed.txt, timeout.txt, unviable.txt.
Survivors that change nothing are named in .cargo/mutants.toml, each with its reason.";

/// Runs them, prints the survivors, and fails when there is one.
///
/// # Errors
/// When the tool is missing, the tests fail before anything is changed, or a mistake survives.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let tool = MUTANTS
        .find_or_install()
        .with_context(|| MUTANTS.remedy())?;
    let folder = environment::target().join("mutants");
    fs::create_dir_all(&folder)?;
    let mut test = Command::new(tool);
    test.args([
        "mutants",
        "--no-shuffle",
        "--colors",
        "never",
        "--jobs",
        "1",
    ])
    .args([
        "--no-times",
        "--test-workspace",
        "false",
        "--cargo-arg",
        "--locked",
    ])
    .arg("--output")
    .arg(&folder)
    .args(chosen(arguments)?);
    // The copy that is changed lies elsewhere, and the real bars beside this tree.
    if let Some(data) = environment::data() {
        test.env("TQQQ_DATA", data);
    }
    let status = test.status().context("cargo-mutants cannot be started")?;
    let lists = folder.join("mutants.out");
    let list = |name: &str| {
        let text = fs::read_to_string(lists.join(name)).unwrap_or_default();
        text.lines().map(ToOwned::to_owned).collect::<Vec<_>>()
    };
    let (missed, slow) = (list("missed.txt"), list("timeout.txt"));
    say(&format!(
        "{} caught, {} survived, {} took too long, {} do not compile",
        list("caught.txt").len(),
        missed.len(),
        slow.len(),
        list("unviable.txt").len(),
    ));
    match status.code() {
        Some(0) => Ok(()),
        Some(code) if SURVIVED.contains(&code) => {
            bail!(
                "no test notices\n  {}",
                [missed, slow].concat().join("\n  ")
            )
        }
        _ => bail!("cargo-mutants ended with {status}; its words stand above"),
    }
}

/// The tool's words for what is asked of ours.
fn chosen(arguments: &[String]) -> Result<Vec<String>> {
    let mut words = Vec::new();
    let mut rest = arguments.iter();
    let mut is_named = false;
    while let Some(name) = rest.next() {
        let value = || format!("`{name}` wants a value\n\n{USAGE}");
        match name.as_str() {
            "--package" | "--file" | "--shard" => {
                is_named |= name == "--package";
                let value = rest.next().with_context(value)?;
                words.extend([name.clone(), value.clone()]);
            }
            other => bail!("`{other}` is no option\n\n{USAGE}"),
        }
    }
    if !is_named {
        words.extend(
            CORE.iter()
                .flat_map(|core| ["--package".to_owned(), (*core).to_owned()]),
        );
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(arguments: &[&str]) -> Result<String> {
        let arguments: Vec<String> = arguments.iter().map(|it| (*it).to_owned()).collect();
        chosen(&arguments).map(|words| words.join(" "))
    }

    #[test]
    fn the_core_is_meant_where_no_crate_is_named() {
        let core = "--package strategy --package trading --package cycle --package journal";
        assert_eq!(words(&[]).unwrap(), core);
        assert_eq!(
            words(&["--shard", "0/16"]).unwrap(),
            format!("--shard 0/16 {core}")
        );
        assert_eq!(
            words(&["--package", "strategy"]).unwrap(),
            "--package strategy"
        );
    }

    #[test]
    fn what_is_no_option_is_refused_with_the_usage() {
        for wrong in [&["--shards", "1"][..], &["--shard"]] {
            let told = words(wrong).unwrap_err().to_string();
            assert!(told.contains("Usage: cargo xtask mutants"), "{told}");
        }
    }
}
