use std::path::PathBuf;

use tempfile::TempDir;

use super::*;
use crate::conformance::Place;

mod care;
mod corruption;
mod opening;
mod trouble;

/// A file in a directory of its own; each handle is a connection of its own.
struct File {
    directory: TempDir,
    durability: Durability,
}

impl File {
    fn new(durability: Durability) -> Self {
        Self {
            directory: TempDir::new().expect("a directory"),
            durability,
        }
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("test.journal")
    }
}

impl Place for File {
    type Store = Sqlite;

    fn open(&self) -> Sqlite {
        Sqlite::create(&self.path(), self.durability).expect("the journal opens")
    }
}

crate::conformance!(full, File::new(Durability::Full));
crate::conformance!(relaxed, File::new(Durability::Relaxed));

/// `error` as the owner reads it, without the path of this machine.
fn words(error: &SqliteError, path: &Path) -> String {
    let text = format!("{error}\nhint: {}", error.hint());
    text.replace(&path.display().to_string(), "FILE")
}
