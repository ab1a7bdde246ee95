//! Care of a journal file: a copy of it while it is in use, and room taken back from old bodies.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rusqlite::params;
use trading::record::Hash;

use super::{Sqlite, SqliteError};

impl Sqlite {
    /// Copies the journal, as it is at one moment, into a new file at `to`. Runners may go on
    /// writing meanwhile: what they append after that moment is not in the copy. What the copy is
    /// worth shows a walk over it; it is on disk once it has been synced.
    ///
    /// # Errors
    /// [`SqliteError`]: about `to` when there is something there already, its folder is not, or
    /// its disk is full.
    pub fn copy_into(&self, to: &Path) -> Result<(), SqliteError> {
        let path = to.to_owned();
        // SQLite would fill an empty file, and call any other an error of its statement.
        if to.exists() {
            return Err(SqliteError::Taken { path });
        }
        let Some(name) = to.to_str() else {
            return Err(SqliteError::NameUnreadable { path });
        };
        self.lock()
            .execute("VACUUM INTO ?1", params![name])
            .map(drop)
            .map_err(|error| SqliteError::from_sqlite(to, error))
    }

    /// Every body that is kept, with the bytes it takes on disk.
    ///
    /// # Errors
    /// [`SqliteError`].
    pub fn kept_bodies(&self) -> Result<BTreeMap<Hash, u64>, SqliteError> {
        self.read_kept()
            .map_err(|error| SqliteError::from_sqlite(self.path(), error))
    }

    fn read_kept(&self) -> rusqlite::Result<BTreeMap<Hash, u64>> {
        let connection = self.lock();
        let mut statement = connection.prepare("SELECT hash, length(compressed) FROM bodies")?;
        let rows = statement.query_map([], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?))
        })?;
        let mut kept = BTreeMap::new();
        for row in rows {
            let (hash, bytes) = row?;
            // What stands under no hash is cited by no record, and is no body.
            if let Ok(hash) = hash.parse::<Hash>() {
                kept.insert(hash, u64::try_from(bytes).unwrap_or(0));
            }
        }
        Ok(kept)
    }

    /// Removes these bodies for good, all or none, and gives their room back to the disk. The
    /// chain is not touched. Nobody else may be at work on the file: it is written anew.
    ///
    /// # Errors
    /// [`SqliteError`].
    pub fn remove_bodies(&self, bodies: &BTreeSet<Hash>) -> Result<(), SqliteError> {
        self.try_remove(bodies)
            .map_err(|error| SqliteError::from_sqlite(self.path(), error))
    }

    fn try_remove(&self, bodies: &BTreeSet<Hash>) -> rusqlite::Result<()> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        for hash in bodies {
            transaction
                .prepare_cached("DELETE FROM bodies WHERE hash = ?1")?
                .execute(params![hash.to_string()])?;
        }
        transaction.commit()?;
        connection.execute_batch("VACUUM")?;
        // In WAL mode the smaller file is in the log until this.
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
    }
}
