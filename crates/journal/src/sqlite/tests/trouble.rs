//! Full disks, locks, and files that may not be written.

use std::os::unix::fs::PermissionsExt;

use cycle::port::{Clock, Journal, JournalError};
use insta::assert_snapshot;
use std::sync::Arc;
use trading::record::Head;

use super::*;
use crate::chain::Chain;
use crate::conformance::{StillClock, bound, chain, draft, note};

async fn begun(file: &File) -> Head {
    let entries = chain(file)
        .append(&draft(None, vec![bound()]))
        .await
        .expect("written");
    Head {
        seq: 1,
        hash: entries[0].hash,
    }
}

fn over(store: Sqlite) -> Chain<Sqlite> {
    Chain::new(store, Arc::new(StillClock::default()) as Arc<dyn Clock>)
}

#[tokio::test]
async fn a_full_disk_writes_nothing_and_says_so_until_there_is_room() {
    let file = File::new(Durability::Full);
    let head = begun(&file).await;
    let store = file.open();
    let pages = |count: i64| {
        store.with_connection(|connection| {
            connection
                .pragma_update_and_check(None, "max_page_count", count, |_| Ok(()))
                .expect("a pragma");
        });
    };
    // SQLite gives the same error when the file system has no page left for it.
    pages(1);
    let long = draft(Some(head), vec![note("long ".repeat(20_000))]);
    let error = over(store.clone()).append(&long).await.expect_err("full");
    let text = error
        .to_string()
        .replace(&file.path().display().to_string(), "FILE");
    assert_snapshot!(text, @"FILE: the disk is full; free some space and start again; nothing was written");
    assert!(matches!(error, JournalError::Unavailable(_)));
    assert_eq!(over(store.clone()).head().await, Ok(Some(head)));
    pages(1_000_000);
    assert_eq!(
        over(store).append(&long).await.map(|entries| entries.len()),
        Ok(1)
    );
}

#[tokio::test]
async fn another_process_that_holds_the_lock_leaves_doubt_and_then_a_clear_word() {
    let file = File::new(Durability::Relaxed);
    let head = begun(&file).await;
    let holder = Connection::open(file.path()).expect("opens");
    holder.execute_batch("BEGIN IMMEDIATE").expect("locks");
    let store = file.open();
    let impatient = std::time::Duration::from_millis(1);
    store.with_connection(|connection| connection.busy_timeout(impatient).expect("set"));
    let next = draft(Some(head), vec![note("waits")]);
    let error = over(store.clone()).append(&next).await.expect_err("locked");
    let text = error
        .to_string()
        .replace(&file.path().display().to_string(), "FILE");
    assert_snapshot!(text, @"whether record 2 was written is not known: FILE: another process holds the journal's lock; end the program that has it open for writing, then start again");
    holder.execute_batch("ROLLBACK").expect("lets go");
    assert!(over(store).append(&next).await.is_ok());
}

#[tokio::test]
async fn a_reader_cannot_write() {
    let file = File::new(Durability::Full);
    let head = begun(&file).await;
    let store = Sqlite::read_only(&file.path()).expect("opens");
    let error = over(store)
        .append(&draft(Some(head), vec![note("x")]))
        .await
        .expect_err("read only");
    let text = error
        .to_string()
        .replace(&file.path().display().to_string(), "FILE");
    assert_snapshot!(text, @"FILE: the journal cannot be written: attempt to write a readonly database; file and directory must be writable for this user; nothing was written");
}

#[tokio::test]
async fn a_file_or_directory_without_permission_is_named() {
    let file = File::new(Durability::Full);
    begun(&file).await;
    let directory = file.directory.path();
    let mode = |path: &Path, bits| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(bits)).expect("set");
    };
    mode(directory, 0o555);
    if std::fs::write(directory.join("probe"), "").is_ok() {
        println!("skipped: this user may write everywhere (root), so permissions refuse nothing");
        return;
    }
    let answers = [
        Sqlite::create(&directory.join("new.journal"), Durability::Full).map(|_| ()),
        Sqlite::open(&file.path(), Durability::Full).map(|_| ()),
    ];
    mode(directory, 0o755);
    for answer in answers {
        let error = answer.expect_err("read-only directory");
        assert!(
            matches!(
                error,
                SqliteError::CannotOpen { .. } | SqliteError::ReadOnly { .. }
            ),
            "{error}"
        );
    }
    mode(&file.path(), 0o444);
    let error = Sqlite::open(&file.path(), Durability::Full).expect_err("read-only file");
    assert!(matches!(error, SqliteError::ReadOnly { .. }), "{error}");
}

#[test]
fn every_code_of_sqlite_is_put_into_words() {
    use rusqlite::ffi;
    let path = Path::new("a.journal");
    let cases = [
        (ffi::SQLITE_FULL, "the disk is full"),
        (ffi::SQLITE_READONLY, "cannot be written"),
        (ffi::SQLITE_READONLY_DIRECTORY, "cannot be written"),
        (ffi::SQLITE_PERM, "cannot be written"),
        (ffi::SQLITE_CANTOPEN, "cannot be opened"),
        (ffi::SQLITE_BUSY, "another process holds"),
        (ffi::SQLITE_LOCKED, "another process holds"),
        (ffi::SQLITE_PROTOCOL, "another process holds"),
        (ffi::SQLITE_CORRUPT, "the file is damaged"),
        (ffi::SQLITE_IOERR_SHORT_READ, "the file is damaged"),
        (ffi::SQLITE_NOTADB, "not a journal"),
        (ffi::SQLITE_IOERR_FSYNC, "disk I/O error"),
    ];
    for (code, text) in cases {
        let error = rusqlite::Error::SqliteFailure(ffi::Error::new(code), None);
        let error = SqliteError::from_sqlite(path, error);
        assert!(error.to_string().starts_with("a.journal: "), "{error}");
        assert!(error.to_string().contains(text), "{code}: {error}");
        assert!(!error.hint().is_empty());
    }
}

#[test]
fn only_what_is_certain_is_told_as_certain() {
    use rusqlite::ffi;
    let cases = [
        (ffi::SQLITE_CONSTRAINT_PRIMARYKEY, "conflict", "conflict"),
        (ffi::SQLITE_BUSY, "doubtful", "doubtful"),
        (ffi::SQLITE_FULL, "unavailable", "unavailable"),
        (ffi::SQLITE_READONLY, "unavailable", "unavailable"),
        (ffi::SQLITE_CORRUPT, "unavailable", "doubtful"),
        (ffi::SQLITE_IOERR_WRITE, "unavailable", "doubtful"),
        (ffi::SQLITE_IOERR_FSYNC, "unavailable", "doubtful"),
        (ffi::SQLITE_NOMEM, "unavailable", "doubtful"),
    ];
    for (code, before, in_commit) in cases {
        assert_eq!(
            write::tests::answer_to(code),
            [before, in_commit],
            "code {code}"
        );
    }
}
