//! Rules of the house that no lint knows; each message says what to do instead.

#![expect(clippy::unwrap_used, reason = "a check that cannot look must fail")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Most lines of a source file: past it, look for the second idea.
const SOURCE_LINES_MAX: usize = 600;
/// Names that name no noun.
const VAGUE: [&str; 8] = [
    "util", "utils", "common", "helper", "helpers", "manager", "managers", "misc",
];
/// Folders of machines, in pieces so that this file does not name them.
const MACHINE_FOLDERS: [&str; 4] = [
    concat!("/wo", "rk/"),
    concat!("/ro", "ot/"),
    concat!("/ho", "me/"),
    concat!("/Us", "ers/"),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_path_buf()
}

/// Every file of the project that git knows or would add, with its path from the root.
fn files() -> Vec<PathBuf> {
    let listed = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(
        listed.status.success(),
        "this check reads the list of files from git"
    );
    let text = String::from_utf8(listed.stdout).unwrap();
    let files: Vec<PathBuf> = text
        .lines()
        .map(PathBuf::from)
        .filter(|path| root().join(path).is_file())
        .collect();
    assert!(files.len() > 20, "git names only {} files", files.len());
    files
}

fn sources() -> impl Iterator<Item = PathBuf> {
    files()
        .into_iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
}

#[test]
fn every_file_is_named_for_a_noun() {
    for path in files() {
        for part in path.with_extension("").iter() {
            let name = part.to_string_lossy().to_lowercase();
            assert!(
                !VAGUE.contains(&name.as_str()),
                "{}: `{name}` names no noun; say what is in it",
                path.display()
            );
        }
    }
}

#[test]
fn every_source_file_has_one_idea() {
    for path in sources() {
        let lines = fs::read_to_string(root().join(&path))
            .unwrap()
            .lines()
            .count();
        assert!(
            lines <= SOURCE_LINES_MAX,
            "{} has {lines} lines; find the second idea and give it a file",
            path.display()
        );
    }
}

#[test]
fn no_file_names_a_folder_of_a_machine() {
    for path in files() {
        let Ok(text) = fs::read_to_string(root().join(&path)) else {
            continue;
        };
        for folder in MACHINE_FOLDERS {
            assert!(
                !text.contains(folder),
                "{} names {folder}; use a path from the project's root or an environment variable",
                path.display()
            );
        }
    }
}

#[test]
fn the_bans_of_wall_clock_and_entropy_stand() {
    let bans = fs::read_to_string(root().join("clippy.toml")).unwrap();
    for path in [
        "std::time::SystemTime::now",
        "std::time::Instant::now",
        "jiff::Timestamp::now",
        "tokio::time::sleep",
        "getrandom::fill",
        "std::env::var",
    ] {
        assert!(bans.contains(path), "clippy.toml no longer bans {path}");
    }
}
