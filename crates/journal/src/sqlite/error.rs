//! What goes wrong with a file, in words for its owner.

use std::path::{Path, PathBuf};

use rusqlite::ffi::{self, ErrorCode};

use crate::store::StoreError;

/// Why a journal file cannot be opened, read or written. [`SqliteError::hint`] says what to do.
#[derive(Debug, thiserror::Error)]
pub enum SqliteError {
    /// The directory is not there.
    #[error("{path}: its directory does not exist", path = path.display())]
    ParentMissing {
        /// The file wanted.
        path: PathBuf,
    },
    /// There is no file.
    #[error("{path}: there is no such journal", path = path.display())]
    NotFound {
        /// The file wanted.
        path: PathBuf,
    },
    /// The path is no file.
    #[error("{path}: this is no file", path = path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
    },
    /// A copy would be written over something.
    #[error("{path}: there is such a file already", path = path.display())]
    Taken {
        /// The file wanted.
        path: PathBuf,
    },
    /// The name is no UTF-8.
    #[error("{path}: the name cannot be read as UTF-8", path = path.display())]
    NameUnreadable {
        /// The file wanted.
        path: PathBuf,
    },
    /// The file holds nothing.
    #[error("{path}: the file is empty, no journal was begun in it", path = path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// The file is no database.
    #[error("{path}: this is not a journal, nor any SQLite database", path = path.display())]
    NotADatabase {
        /// The file.
        path: PathBuf,
    },
    /// The file is another program's database.
    #[error("{path}: this database belongs to another program (application id {id:#010x})", path = path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// Its application id; 0 when it names none.
        id: i32,
    },
    /// A newer version of this program made the file.
    #[error("{path}: this journal has schema {found}, this program knows up to {known}", path = path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema version.
        found: i64,
        /// The newest known here.
        known: i64,
    },
    /// File or directory may not be written.
    #[error("{path}: the journal cannot be written: {why}", path = path.display())]
    ReadOnly {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        why: String,
    },
    /// File or directory may not be opened.
    #[error("{path}: the journal cannot be opened: {why}", path = path.display())]
    CannotOpen {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        why: String,
    },
    /// No room.
    #[error("{path}: the disk is full", path = path.display())]
    DiskFull {
        /// The file.
        path: PathBuf,
    },
    /// Another process holds the lock.
    #[error("{path}: another process holds the journal's lock", path = path.display())]
    Locked {
        /// The file.
        path: PathBuf,
    },
    /// The file is damaged.
    #[error("{path}: the file is damaged: {why}", path = path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        why: String,
    },
    /// The disk or something below it failed.
    #[error("{path}: {source}", path = path.display())]
    Failed {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        source: rusqlite::Error,
    },
}

impl SqliteError {
    /// What the owner can do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::ParentMissing { .. } => "make the directory first, or name another place",
            Self::NotFound { .. } => "check the path; a run makes its journal itself",
            Self::NotAFile { .. } => "name a file, not a directory",
            Self::Taken { .. } => "name another; what is there was not touched",
            Self::NameUnreadable { .. } => "name a file in plain letters",
            Self::Empty { .. } | Self::NotADatabase { .. } => {
                "check the path; if it was a journal, restore a backup of it"
            }
            Self::Foreign { .. } => "name a file of this program's own; nothing in it was changed",
            Self::Newer { .. } => "use the newer tqqq that made it; nothing in it was changed",
            Self::ReadOnly { .. } => {
                "file and directory must be writable for this user; nothing was written"
            }
            Self::CannotOpen { .. } => {
                "check the permissions of file and directory: beside the journal SQLite keeps two \
                 small files of its own"
            }
            Self::DiskFull { .. } => "free some space and start again; nothing was written",
            Self::Locked { .. } => "end the program that has it open for writing, then start again",
            Self::Damaged { .. } => {
                "restore a backup of it, and keep this file aside: what is whole in it still tells"
            }
            Self::Failed { .. } => "check the disk and the system's log",
        }
    }

    /// What SQLite's answer means for the file at `path`.
    pub(super) fn from_sqlite(path: &Path, error: rusqlite::Error) -> Self {
        let path = path.to_owned();
        let why = error.to_string();
        match code(&error) {
            Some(ErrorCode::NotADatabase) => Self::NotADatabase { path },
            Some(ErrorCode::DiskFull) => Self::DiskFull { path },
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => Self::ReadOnly { path, why },
            Some(ErrorCode::CannotOpen) => Self::CannotOpen { path, why },
            Some(code) if is_lock(code) => Self::Locked { path },
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::TypeMismatch) => {
                Self::Damaged { path, why }
            }
            // A table or column that is not there, a column of another type: not as we made it.
            Some(ErrorCode::Unknown) => Self::Damaged { path, why },
            Some(ErrorCode::SystemIoFailure) if is_short_read(&error) => {
                Self::Damaged { path, why }
            }
            Some(_) => Self::Failed {
                path,
                source: error,
            },
            None => Self::Damaged { path, why },
        }
    }
}

/// SQLite's own code; `None` for values that are not of their column's type.
pub(super) fn code(error: &rusqlite::Error) -> Option<ErrorCode> {
    error.sqlite_error_code()
}

/// Whether the lock of another connection was in the way.
pub(super) fn is_lock(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::FileLockingProtocolFailed
    )
}

/// A page that should be there lies behind the end of the file: it was cut.
fn is_short_read(error: &rusqlite::Error) -> bool {
    error
        .sqlite_error()
        .is_some_and(|error| error.extended_code == ffi::SQLITE_IOERR_SHORT_READ)
}

impl From<SqliteError> for StoreError {
    fn from(error: SqliteError) -> Self {
        let text = format!("{error}; {}", error.hint());
        match error {
            SqliteError::NotADatabase { .. }
            | SqliteError::Foreign { .. }
            | SqliteError::Damaged { .. }
            | SqliteError::Empty { .. } => Self::Corrupt(text),
            _ => Self::Unavailable(text),
        }
    }
}
