//! Opening a journal file: what is there is looked at before anything is changed.

use std::path::Path;

use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::{Durability, SqliteError};
use crate::limits::SQLITE_BUSY_WAIT;

/// "tqqq" in ASCII, in the header of every journal file: `file(1)` and we know it by this.
pub(super) const APPLICATION_ID: i32 = 0x7471_7171;

/// The steps from schema to schema; a file's `user_version` is the number of steps it has taken.
pub(super) const MIGRATIONS: [&str; 1] = [include_str!("schema_1.sql")];

/// The schema this program writes and the newest it reads.
const SCHEMA: i64 = MIGRATIONS.len() as i64;

/// What a file says of itself.
struct Identity {
    application_id: i32,
    schema: i64,
    is_blank: bool,
}

/// Opens for appending; a missing or blank file becomes an empty journal.
pub(super) fn create(path: &Path, durability: Durability) -> Result<Connection, SqliteError> {
    check_place(path)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    let mut connection = connect(path, flags)?;
    identify(&connection, path, true)?;
    prepare_to_write(&connection, durability)
        .and_then(|()| migrate(&mut connection))
        .map_err(|error| SqliteError::from_sqlite(path, error))?;
    // Another process may have made another kind of file of it in between.
    identify(&connection, path, false)?;
    Ok(connection)
}

/// Opens for appending what must be there.
pub(super) fn open(path: &Path, durability: Durability) -> Result<Connection, SqliteError> {
    check_place(path)?;
    check_there(path)?;
    let mut connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    identify(&connection, path, false)?;
    prepare_to_write(&connection, durability)
        .and_then(|()| migrate(&mut connection))
        .map_err(|error| SqliteError::from_sqlite(path, error))?;
    Ok(connection)
}

/// Opens for reading what must be there.
pub(super) fn read_only(path: &Path) -> Result<Connection, SqliteError> {
    check_place(path)?;
    check_there(path)?;
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    identify(&connection, path, false)?;
    Ok(connection)
}

/// Paths that SQLite would answer with no more than "unable to open".
fn check_place(path: &Path) -> Result<(), SqliteError> {
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    if parent.is_some_and(|parent| !parent.is_dir()) {
        return Err(SqliteError::ParentMissing {
            path: path.to_owned(),
        });
    }
    if path.is_dir() {
        return Err(SqliteError::NotAFile {
            path: path.to_owned(),
        });
    }
    Ok(())
}

fn check_there(path: &Path) -> Result<(), SqliteError> {
    if path.exists() {
        Ok(())
    } else {
        Err(SqliteError::NotFound {
            path: path.to_owned(),
        })
    }
}

fn connect(path: &Path, flags: OpenFlags) -> Result<Connection, SqliteError> {
    // No URI names: a journal called `file:x` is a file of that name.
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)
        .and_then(|connection| {
            connection
                .busy_timeout(SQLITE_BUSY_WAIT)
                .map(|()| connection)
        });
    connection.map_err(|error| SqliteError::from_sqlite(path, error))
}

/// Refuses what is not ours, or not ours yet unless `blank_is_fine`.
fn identify(connection: &Connection, path: &Path, blank_is_fine: bool) -> Result<(), SqliteError> {
    let identity =
        read_identity(connection).map_err(|error| SqliteError::from_sqlite(path, error))?;
    let path = path.to_owned();
    match identity {
        Identity { is_blank: true, .. } if blank_is_fine => Ok(()),
        Identity { is_blank: true, .. } => Err(SqliteError::Empty { path }),
        Identity {
            application_id: id, ..
        } if id != APPLICATION_ID => Err(SqliteError::Foreign { path, id }),
        Identity { schema: found, .. } if found > SCHEMA => Err(SqliteError::Newer {
            path,
            found,
            known: SCHEMA,
        }),
        _ => Ok(()),
    }
}

fn read_identity(connection: &Connection) -> rusqlite::Result<Identity> {
    let number = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let application_id = number("application_id")?;
    Ok(Identity {
        // The header holds 32 bits of it.
        application_id: i32::try_from(application_id).unwrap_or(0),
        schema: number("user_version")?,
        is_blank: tables == 0 && application_id == 0,
    })
}

fn prepare_to_write(connection: &Connection, durability: Durability) -> rusqlite::Result<()> {
    // Answers with a row, the mode in force; on a file system without shared memory it stays what
    // it was, which is as durable and only slower.
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", durability.synchronous())
}

/// Takes the steps the file has not taken, all or none.
fn migrate(connection: &mut Connection) -> rusqlite::Result<()> {
    let version = |connection: &Connection| {
        connection.pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0))
    };
    if version(connection)? >= SCHEMA {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Read again under the lock: another process may have been first.
    let taken = version(&transaction)?;
    for step in MIGRATIONS.iter().skip(usize::try_from(taken).unwrap_or(0)) {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", taken.max(SCHEMA))?;
    transaction.commit()
}
