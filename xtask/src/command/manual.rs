//! `cargo xtask manual`: docs/ as a book of HTML pages, by mdBook.
//!
//! The book lies in `target/manual/docs`, and the files of the project that its pages lead to beside
//! it, so that every link works without the project and without a network.

use std::fs;
use std::path::{Component, Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::stage::quiet;
use crate::tool::MDBOOK;
use crate::{environment, say};

/// Builds it, and sees that every page of the contents came out.
///
/// # Errors
/// When mdBook cannot be installed, or a page or a file that one leads to is missing.
pub(crate) fn run() -> Result<()> {
    let mdbook = MDBOOK.find_or_install()?;
    let folder = environment::target().join("manual");
    if folder.exists() {
        fs::remove_dir_all(&folder)
            .with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    let docs = environment::root().join("docs");
    let mut build = Command::new(mdbook);
    build
        .arg("build")
        .arg(&docs)
        .arg("--dest-dir")
        .arg(folder.join("docs"));
    quiet("manual", &mut build)?;
    let summary = read(&docs.join("SUMMARY.md"))?;
    let pages = links(&summary);
    for page in &pages {
        let built = folder.join("docs").join(page).with_extension("html");
        ensure!(built.is_file(), "{} is not there", built.display());
        for link in links(&read(&docs.join(page))?) {
            copy_outside(&docs, &link, &folder)?;
        }
    }
    let first = folder.join("docs/index.html");
    say(&format!(
        "{} pages, beginning with {}",
        pages.len(),
        first.display()
    ));
    Ok(())
}

/// A file of the project outside docs/ that a page leads to.
fn copy_outside(docs: &Path, link: &str, folder: &Path) -> Result<()> {
    let path = link.split('#').next().unwrap_or_default();
    let Some(inside) = path.strip_prefix("../") else {
        return Ok(());
    };
    let is_plain = |part| matches!(part, Component::Normal(_));
    ensure!(
        Path::new(inside).components().all(is_plain),
        "{link} leads out of the project"
    );
    let (from, to) = (docs.join(path), folder.join(inside));
    let parent = to.parent().context("a file lies in a folder")?;
    fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
    if from.is_file() {
        fs::copy(&from, &to).with_context(|| format!("cannot copy {}", from.display()))?;
    }
    Ok(())
}

/// Where the links of a page lead that stay in the project.
fn links(text: &str) -> Vec<String> {
    let parts = text.split("](").skip(1);
    let targets = parts.filter_map(|rest| Some(rest.split_once(')')?.0.to_owned()));
    targets.filter(|link| !link.contains("://")).collect()
}

fn read(path: &PathBuf) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}
