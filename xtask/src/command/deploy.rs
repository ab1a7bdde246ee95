//! `cargo xtask deploy` and `remove`: the stack of `infrastructure/`, made or taken away.
//!
//! Nothing reaches an account before its owner has seen the difference and said yes; `--dry-run`
//! needs no account at all.

use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::bootstrap;
use crate::stage::quiet;
use crate::tool::on_path;
use crate::{cost, environment, say};

/// What may be typed.
pub(crate) const USAGE: &str = "\
Usage: cargo xtask deploy --email ADDRESS [options]
       cargo xtask remove [--dry-run]

  --dry-run           build, check and synthesise; no account is needed
  --config FILE       the configuration of the functions; config/aws.toml when left out
  --live              real money: with venue = \"alpaca-live\" in the configuration
  --image             a container image instead of a zip file (needs docker)
  --existing-table    the journal's table is there already, restored from a backup
  --reserve N         at most N processes of the trader at once; new accounts refuse it
  --budget DOLLARS    warn beyond so much a month; 5 when left out
  --yes               do not ask";

/// What was typed.
#[derive(Debug, Default, PartialEq, Eq)]
struct Typed {
    dry_run: bool,
    yes: bool,
    image: bool,
    context: Vec<(&'static str, String)>,
}

impl Typed {
    fn parse(arguments: &[String]) -> Result<Self> {
        let mut typed = Self::default();
        let mut arguments = arguments.iter();
        while let Some(name) = arguments.next() {
            let mut value = || {
                let value = arguments.next().cloned();
                value.with_context(|| format!("{name} needs a value\n\n{USAGE}"))
            };
            match name.as_str() {
                "--dry-run" => typed.dry_run = true,
                "--yes" => typed.yes = true,
                "--image" => {
                    typed.image = true;
                    typed.context.push(("packaging", "image".to_owned()));
                }
                "--live" => typed.context.push(("live", "true".to_owned())),
                "--existing-table" => typed.context.push(("existingTable", "true".to_owned())),
                "--email" => typed.context.push(("email", value()?)),
                "--config" => typed.context.push(("config", absolute(&value()?)?)),
                "--reserve" => typed.context.push(("reservedConcurrency", value()?)),
                "--budget" => typed.context.push(("budgetUsd", value()?)),
                other => bail!("`{other}` is no option\n\n{USAGE}"),
            }
        }
        ensure!(
            typed.context.iter().any(|(name, _)| *name == "email"),
            "--email is needed: who hears alerts\n\n{USAGE}"
        );
        Ok(typed)
    }
}

/// The path as the CDK, which runs elsewhere, finds it.
fn absolute(path: &str) -> Result<String> {
    let found = std::fs::canonicalize(path).with_context(|| format!("cannot read {path}"))?;
    Ok(found.display().to_string())
}

/// Builds, checks, shows, asks, deploys.
///
/// # Errors
/// At the first step that fails.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let typed = Typed::parse(arguments)?;
    say("building bootstrap ...");
    let built = bootstrap::build()?;
    say(&format!("bootstrap: {}", built.seen));
    let package = if typed.image {
        super::image::context(&built)?
    } else {
        built.folder
    };
    tools()?;
    say("synthesising ...");
    quiet("synth", &mut cdk(&["synth", "--quiet"], &typed, &package))?;
    say(&format!("template: {}", resources()?));
    say(&format!("\nA month, by list prices:\n{}\n", cost::bill()));
    if typed.dry_run {
        say("dry run: no account was asked, nothing was deployed");
        return Ok(());
    }
    shown(&mut cdk(&["diff"], &typed, &package))?;
    if !typed.yes && !asked("deploy this?")? {
        say("nothing was deployed");
        return Ok(());
    }
    let deploy = ["deploy", "--require-approval", "never"];
    shown(&mut cdk(&deploy, &typed, &package))?;
    say("deployed; put the keys into the secret next: docs/aws.md");
    Ok(())
}

/// Takes the stack away; table and secret stay.
///
/// # Errors
/// When the stack cannot be removed.
pub(crate) fn remove(arguments: &[String]) -> Result<()> {
    let is_dry = match arguments {
        [] => false,
        [only] if only == "--dry-run" => true,
        _ => bail!("remove takes no option but --dry-run\n\n{USAGE}"),
    };
    say(
        "This removes the functions, schedules and alarms: nothing trades any more, and what is held stays held.",
    );
    say("The journal's table and the secret are kept; docs/aws.md says how to remove them too.");
    const DELETE: [&str; 4] = ["cloudformation", "delete-stack", "--stack-name", "tqqq"];
    if is_dry {
        say(&format!("dry run: `aws {}` was not run", DELETE.join(" ")));
        return Ok(());
    }
    ensure!(
        on_path("aws").is_some(),
        "aws is not on PATH; install it with `apt-get install awscli`"
    );
    if !asked("remove the stack?")? {
        say("nothing was removed");
        return Ok(());
    }
    shown(Command::new("aws").args(DELETE))
}

/// Node's packages at the versions of the lock file, installed once.
pub(crate) fn tools() -> Result<()> {
    for (program, package) in [("node", "nodejs"), ("npm", "npm")] {
        ensure!(
            on_path(program).is_some(),
            "{program} is not on PATH; install it with `apt-get install {package}`"
        );
    }
    let folder = infrastructure();
    if folder.join("node_modules/.package-lock.json").is_file() {
        return Ok(());
    }
    let mut install = Command::new("npm");
    install.args(["ci", "--silent", "--prefix"]).arg(&folder);
    quiet("infrastructure-packages", &mut install).map(|_| ())
}

pub(crate) fn infrastructure() -> PathBuf {
    environment::root().join("infrastructure")
}

fn cdk(arguments: &[&str], typed: &Typed, package: &Path) -> Command {
    let folder = infrastructure();
    let mut command = Command::new("sh");
    // `quiet` runs everything in the project's root, and the CDK reads its file where it runs.
    command
        .args(["-c", "cd \"$0\" && exec ./node_modules/.bin/cdk \"$@\""])
        .arg(folder)
        .args(arguments)
        .arg("--no-notices")
        .arg("-c")
        .arg(format!("package={}", package.display()));
    for (name, value) in &typed.context {
        command.arg("-c").arg(format!("{name}={value}"));
    }
    command
}

/// How many resources of which kind the template has.
fn resources() -> Result<String> {
    let path = infrastructure().join("cdk.out/tqqq.template.json");
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("cannot read {}", path.display()))?;
    let template: serde_json::Value = serde_json::from_str(&text).context("the template")?;
    let resources = template["Resources"].as_object().context("no resources")?;
    let mut counts = std::collections::BTreeMap::<&str, u32>::new();
    for resource in resources.values() {
        let kind = resource["Type"].as_str().unwrap_or_default();
        *counts.entry(kind.trim_start_matches("AWS::")).or_default() += 1;
    }
    let counts: Vec<String> = counts
        .iter()
        .map(|(kind, count)| format!("{count} {kind}"))
        .collect();
    Ok(format!(
        "{} resources: {}",
        resources.len(),
        counts.join(", ")
    ))
}

/// Runs what the reader is to see.
fn shown(command: &mut Command) -> Result<()> {
    let status = command
        .current_dir(environment::root())
        .status()
        .with_context(|| format!("cannot start {}", command.get_program().display()))?;
    ensure!(status.success(), "{status}");
    Ok(())
}

/// Whether the reader types yes.
fn asked(question: &str) -> Result<bool> {
    say(&format!("{question} Type yes:"));
    std::io::stdout().flush().context("stdout")?;
    let mut line = String::new();
    std::io::stdin()
        .lock()
        .read_line(&mut line)
        .context("stdin")?;
    Ok(line.trim() == "yes")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Typed> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        Typed::parse(&words)
    }

    #[test]
    fn what_is_typed_becomes_what_the_stack_is_told() {
        let typed = parse("--email a@b.c --dry-run --live --budget 9").expect("taken");
        assert!(typed.dry_run && !typed.yes && !typed.image);
        assert!(typed.context.contains(&("live", "true".to_owned())));
        assert!(typed.context.contains(&("budgetUsd", "9".to_owned())));
        for wrong in [
            "",
            "--dry-run",
            "--email",
            "--email a@b.c --lve",
            "--config no-such-file",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
