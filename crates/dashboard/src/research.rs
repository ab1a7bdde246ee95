//! Reports on disk: pages that `backtest --report` and `study --report` wrote.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Reports shown; the newest.
const REPORTS_MAX: usize = 100;
/// Largest report shown, in bytes.
const REPORT_BYTES_MAX: u64 = 16 << 20;
/// How much of a file is looked at for its title, in bytes.
const HEAD_BYTES: u64 = 4096;

/// One report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Report {
    /// Its file's name in the folder.
    pub(crate) name: String,
    /// Its title.
    pub(crate) title: String,
    /// Its size in bytes.
    pub(crate) bytes: u64,
}

/// The HTML files of `folder` that have a title, by name.
///
/// # Errors
/// When the folder cannot be listed.
pub(crate) fn reports(folder: &Path) -> std::io::Result<Vec<Report>> {
    let mut found: Vec<Report> = fs::read_dir(folder)?
        .filter_map(|file| report(&file.ok()?.path()))
        .collect();
    found.sort_by(|a, b| b.name.cmp(&a.name));
    found.truncate(REPORTS_MAX);
    Ok(found)
}

fn report(path: &Path) -> Option<Report> {
    let name = path.file_name()?.to_str()?;
    let facts = fs::symlink_metadata(path).ok()?;
    let is_one = facts.is_file() && facts.len() <= REPORT_BYTES_MAX;
    if !is_one || path.extension().is_none_or(|end| end != "html") {
        return None;
    }
    let mut head = String::new();
    let mut bytes = Vec::new();
    let file = fs::File::open(path).ok()?;
    file.take(HEAD_BYTES).read_to_end(&mut bytes).ok()?;
    head.push_str(&String::from_utf8_lossy(&bytes));
    let title = head.split_once("<title>")?.1.split_once("</title>")?.0;
    Some(Report {
        name: name.to_owned(),
        title: title.to_owned(),
        bytes: facts.len(),
    })
}

/// The report of this name, if the folder lists it: a name with a path in it is in no listing.
pub(crate) fn report_of(folder: &Path, name: &str) -> Option<PathBuf> {
    let listed = reports(folder).ok()?;
    let one = listed.into_iter().find(|report| report.name == name)?;
    Some(folder.join(one.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_listed_reports_are_found() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        write("study.html", "<title>A study</title>");
        write("notes.txt", "<title>Notes</title>");
        write("untitled.html", "nothing");
        let names: Vec<String> = reports(folder.path())
            .unwrap()
            .into_iter()
            .map(|report| report.title)
            .collect();
        assert_eq!(names, ["A study"]);
        assert!(report_of(folder.path(), "study.html").is_some());
        for name in ["../study.html", "notes.txt", "/etc/passwd", ""] {
            assert_eq!(report_of(folder.path(), name), None, "{name}");
        }
    }
}
