//! One runner a journal on this machine: a lock beside the file that names its holder.
//!
//! The chain itself keeps two runners from doing harm wherever they are. This lock only tells the
//! second one at once, and names the first.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use crate::fault::{Fault, Outcome};
use crate::ledger_store::refuse_table;
use crate::places;

/// Links followed to a file that is not there yet.
const LINKS_MAX: u32 = 8;

/// Held until dropped; the system lets go when the process ends, however it ends.
#[derive(Debug)]
pub(crate) struct Holder {
    _file: File,
}

impl Holder {
    /// Takes the lock of `journal`.
    ///
    /// # Errors
    /// When another process holds it, or no file can be made beside the journal.
    pub(crate) fn of(journal: &Path) -> Outcome<Self> {
        // No file can stand for it, and the chain itself keeps two runners from doing harm.
        refuse_table(
            journal,
            "the Lambda trades on it; give a runner on this machine a journal in a file",
        )?;
        let path = lock_path(journal);
        let failed = |error: &std::io::Error| no_place(journal, error);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(|error| failed(&error))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(held(journal, &mut file)),
            Err(TryLockError::Error(error)) => return Err(failed(&error)),
        }
        write_pid(&mut file).map_err(|error| failed(&error))?;
        Ok(Self { _file: file })
    }
}

/// No file can be made beside the journal.
fn no_place(journal: &Path, error: &std::io::Error) -> Fault {
    let folder = places::folder_of(journal);
    let (path, folder_text) = (journal.display(), folder.display());
    if !folder.is_dir() {
        return Fault::input(format!("{path}: there is no folder {folder_text}"))
            .hint("make it first, or name another place with --journal; nothing was started");
    }
    Fault::input(format!(
        "{path}: no journal can be kept in {folder_text}: {error}"
    ))
    .hint("name a place this user may write to with --journal; nothing was started")
}

impl Holder {
    /// The process at work on `journal`; `None` when there is none. Takes no lock that lasts and
    /// makes no file.
    pub(crate) fn at_work(journal: &Path) -> Option<String> {
        let mut file = File::open(lock_path(journal)).ok()?;
        match file.try_lock_shared() {
            Err(TryLockError::WouldBlock) => Some(pid_in(&mut file)),
            Ok(()) | Err(TryLockError::Error(_)) => None,
        }
    }
}

/// The process that wrote its number into a lock's file.
fn pid_in(file: &mut File) -> String {
    let mut text = String::new();
    match file.read_to_string(&mut text) {
        Ok(_) if !text.trim().is_empty() => text.trim().to_owned(),
        _ => "unknown".to_owned(),
    }
}

fn write_pid(file: &mut File) -> std::io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{}", std::process::id())
}

fn held(journal: &Path, file: &mut File) -> Fault {
    let pid = pid_in(file);
    Fault::input(format!(
        "{}: another runner is at work on it, process {pid}",
        journal.display()
    ))
    .hint("end that process first, or give this one a journal of its own with --journal")
}

/// Beside the file itself, by whatever name it was reached: two names of one journal have one lock.
fn lock_path(journal: &Path) -> PathBuf {
    let mut name = real_path(journal, LINKS_MAX).into_os_string();
    name.push(".lock");
    PathBuf::from(name)
}

/// The path without links, of a file that may not be there yet; as typed where its folder is not.
fn real_path(path: &Path, links_left: u32) -> PathBuf {
    if let Ok(real) = fs::canonicalize(path) {
        return real;
    }
    let folder = places::folder_of(path);
    match fs::read_link(path) {
        // A link to where the file is to be made.
        Ok(target) if links_left > 0 => real_path(&folder.join(target), links_left - 1),
        _ => match (fs::canonicalize(folder), path.file_name()) {
            (Ok(folder), Some(name)) => folder.join(name),
            _ => path.to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_where_no_file_can_be_made_is_named_with_the_reason() {
        let told = |path: &str| Holder::of(Path::new(path)).unwrap_err().to_string();
        insta::assert_snapshot!(told("/proc/a.journal"), @"
        error: /proc/a.journal: no journal can be kept in /proc: No such file or directory (os error 2)
        hint: name a place this user may write to with --journal; nothing was started
        ");
        insta::assert_snapshot!(told("no/such/a.journal"), @"
        error: no/such/a.journal: there is no folder no/such
        hint: make it first, or name another place with --journal; nothing was started
        ");
    }

    #[test]
    fn a_journal_has_one_lock_by_whatever_name_it_is_reached() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let link = |from: &str, to: &str| std::os::unix::fs::symlink(from, path(to)).unwrap();
        link("a.journal", "link.journal");
        link("link.journal", "further.journal");
        link(".", "here");
        let names = [
            "a.journal",
            "link.journal",
            "further.journal",
            "here/a.journal",
        ];
        for is_there in [false, true] {
            if is_there {
                fs::write(path("a.journal"), "").unwrap();
            }
            for first in names {
                let _first = Holder::of(&path(first)).unwrap();
                for second in names {
                    assert!(Holder::of(&path(second)).is_err(), "{first}, {second}");
                    assert!(Holder::at_work(&path(second)).is_some(), "{second}");
                }
            }
        }
        link("round.journal", "round.journal");
        assert!(
            Holder::of(&path("round.journal")).is_ok(),
            "SQLite refuses it"
        );
    }

    #[test]
    fn a_second_runner_is_told_who_is_first() {
        let folder = tempfile::tempdir().unwrap();
        let journal = folder.path().join("a.journal");
        let first = Holder::of(&journal).unwrap();
        let told = Holder::of(&journal).unwrap_err().to_string();
        assert!(
            told.contains(&format!("process {}", std::process::id())),
            "{told}"
        );
        let at_work = Holder::at_work(&journal);
        assert_eq!(at_work, Some(std::process::id().to_string()));
        drop(first);
        assert_eq!(Holder::at_work(&journal), None);
        Holder::of(&journal).unwrap();
    }
}
