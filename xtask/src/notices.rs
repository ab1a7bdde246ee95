//! The licences of everything that is linked into `tqqq`, as one text.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use crate::environment;
use crate::stage::output;

/// How files begin that hold a licence or what must be kept with one.
const LICENCE_FILES: [&str; 5] = ["license", "licence", "copying", "notice", "unlicense"];

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    license: Option<String>,
    repository: Option<String>,
    /// Where it was fetched from; none for our own.
    source: Option<String>,
    manifest_path: String,
}

impl Package {
    fn title(&self) -> String {
        format!("{} {}", self.name, self.version)
    }

    /// The licence files that it brings, without spaces at lines' ends.
    ///
    /// # Errors
    /// When its folder cannot be read.
    fn texts(&self) -> Result<BTreeSet<String>> {
        let folder = Path::new(&self.manifest_path).parent();
        let folder = folder.context("a manifest lies in a folder")?;
        let files =
            fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
        let mut texts = BTreeSet::new();
        for file in files {
            let path = file?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let name = name.to_lowercase();
            if path.is_file() && LICENCE_FILES.iter().any(|begin| name.starts_with(begin)) {
                let text =
                    fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
                let text = String::from_utf8_lossy(&text).into_owned();
                let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
                texts.insert(lines.join("\n").trim_matches('\n').to_owned());
            }
        }
        Ok(texts)
    }
}

/// The packages that a build of the command links on this system, without our own.
fn linked() -> Result<Vec<Package>> {
    let tree = output(Command::new(environment::cargo()).args([
        "tree",
        "--locked",
        "--package",
        "cli",
        "--edges",
        "normal",
        "--prefix",
        "none",
        "--format",
        "{p}",
    ]))?;
    let named: BTreeSet<(String, String)> = tree
        .lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            let (name, version) = (words.next()?, words.next()?);
            Some((name.to_owned(), version.trim_start_matches('v').to_owned()))
        })
        .collect();
    let metadata = output(Command::new(environment::cargo()).args([
        "metadata",
        "--locked",
        "--format-version",
        "1",
    ]))?;
    let metadata: Metadata = serde_json::from_str(&metadata).context("cargo tells no packages")?;
    let is_linked = |package: &Package| {
        let key = (package.name.clone(), package.version.clone());
        package.source.is_some() && named.contains(&key)
    };
    let mut packages: Vec<Package> = metadata.packages.into_iter().filter(is_linked).collect();
    packages.sort_by_key(Package::title);
    Ok(packages)
}

/// The whole text, and how many packages it is about.
///
/// # Errors
/// A package without a licence, or one that cannot be read.
pub(crate) fn text() -> Result<(String, usize)> {
    let packages = linked()?;
    ensure!(!packages.is_empty(), "cargo names nothing that is linked");
    let mut out = "What is linked into tqqq besides its own code, with the licences it comes under.\n\
        SQLite, built in by libsqlite3-sys, is in the public domain. The standard library of Rust comes\n\
        under MIT or Apache-2.0.\n\n"
        .to_owned();
    let mut by_text: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for package in &packages {
        let title = package.title();
        let license = package.license.as_deref();
        let license = license.with_context(|| format!("{title} names no licence"))?;
        let place = package.repository.as_deref().unwrap_or("crates.io");
        writeln!(out, "{title}: {license}; {place}").expect("a string takes text");
        for text in package.texts()? {
            by_text.entry(text).or_default().push(title.clone());
        }
    }
    let mut texts: Vec<(String, Vec<String>)> = by_text.into_iter().collect();
    texts.sort_by(|a, b| a.1.cmp(&b.1));
    for (text, titles) in texts {
        let line = "-".repeat(78);
        write!(out, "\n{line}\n{}\n\n{text}\n", titles.join(", ")).expect("a string takes text");
    }
    Ok((out, packages.len()))
}
