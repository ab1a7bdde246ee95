//! What may be opened, and what is said of the rest.

use insta::assert_snapshot;
use trading::record::Head;

use super::*;
use crate::conformance::{Sample, bound, chain, draft};
use crate::store::Store;

type Opener = fn(&Path) -> Result<Sqlite, SqliteError>;

const OPENERS: [(&str, Opener); 3] = [
    ("create", |path| Sqlite::create(path, Durability::Full)),
    ("open", |path| Sqlite::open(path, Durability::Full)),
    ("read_only", Sqlite::read_only),
];

/// What every way of opening says of `path`, each answer once.
fn answers(path: &Path) -> String {
    let mut told: Vec<String> = Vec::new();
    for (name, open) in OPENERS {
        let answer = match open(path) {
            Ok(_) => "opens".to_owned(),
            Err(error) => words(&error, path),
        };
        told.push(format!("{name}: {answer}"));
    }
    told.join("\n")
}

/// What these ways of opening say of `path`: all the same words.
fn refusal(openers: &[(&str, Opener)], path: &Path) -> String {
    let mut told: Vec<String> = openers
        .iter()
        .map(|(name, open)| words(&open(path).expect_err(name), path))
        .collect();
    told.dedup();
    assert_eq!(told.len(), 1, "{told:?}");
    told.remove(0)
}

fn foreign(path: &Path, sql: &str) {
    let connection = Connection::open(path).expect("opens");
    connection.execute_batch(sql).expect("runs");
}

async fn with_sample(file: &File, slots: usize) -> Head {
    Sample::new(2, 100)
        .write(&chain(file), slots)
        .await
        .expect("written")
}

#[tokio::test]
async fn a_missing_file_is_made_by_create_alone() {
    let file = File::new(Durability::Full);
    assert_snapshot!(answers(&file.path().with_file_name("other")), @r"
    create: opens
    open: opens
    read_only: opens
    ");
    assert_snapshot!(refusal(&OPENERS[1..], &file.path()), @r"
    FILE: there is no such journal
    hint: check the path; a run makes its journal itself
    ");
}

#[test]
fn a_missing_directory_and_a_directory_are_named() {
    let file = File::new(Durability::Full);
    let nowhere = file.directory.path().join("no/such/place.journal");
    let error = Sqlite::create(&nowhere, Durability::Full).expect_err("no directory");
    assert_snapshot!(words(&error, &nowhere), @r"
    FILE: its directory does not exist
    hint: make the directory first, or name another place
    ");
    let error = Sqlite::create(file.directory.path(), Durability::Full).expect_err("a directory");
    assert_snapshot!(words(&error, file.directory.path()), @r"
    FILE: this is no file
    hint: name a file, not a directory
    ");
}

#[test]
fn a_text_file_is_no_journal_and_stays_as_it_is() {
    let file = File::new(Durability::Full);
    let text = "timestamp,open,high,low,close,volume\n".repeat(100);
    std::fs::write(file.path(), &text).expect("written");
    assert_snapshot!(refusal(&OPENERS, &file.path()), @r"
    FILE: this is not a journal, nor any SQLite database
    hint: check the path; if it was a journal, restore a backup of it
    ");
    assert_eq!(std::fs::read_to_string(file.path()).expect("there"), text);
}

#[test]
fn another_programs_database_is_refused_and_stays_as_it_is() {
    let file = File::new(Durability::Full);
    foreign(
        &file.path(),
        "CREATE TABLE photos (name TEXT); PRAGMA application_id = 0x1234;",
    );
    let before = std::fs::read(file.path()).expect("there");
    assert_snapshot!(refusal(&OPENERS, &file.path()), @r"
    FILE: this database belongs to another program (application id 0x00001234)
    hint: name a file of this program's own; nothing in it was changed
    ");
    assert_eq!(std::fs::read(file.path()).expect("there"), before);
}

#[test]
fn a_database_that_names_no_program_is_foreign_too() {
    let file = File::new(Durability::Full);
    foreign(
        &file.path(),
        "CREATE TABLE entries (seq INTEGER PRIMARY KEY);",
    );
    for (_, open) in OPENERS {
        assert!(matches!(
            open(&file.path()),
            Err(SqliteError::Foreign { id: 0, .. })
        ));
    }
}

#[test]
fn an_empty_file_may_become_a_journal_but_is_none() {
    let file = File::new(Durability::Full);
    std::fs::write(file.path(), "").expect("written");
    assert_snapshot!(refusal(&OPENERS[1..], &file.path()), @r"
    FILE: the file is empty, no journal was begun in it
    hint: check the path; if it was a journal, restore a backup of it
    ");
    Sqlite::create(&file.path(), Durability::Full).expect("begins a journal");
    Sqlite::read_only(&file.path()).expect("is one now");
}

#[test]
fn a_journal_of_a_newer_version_is_refused() {
    let file = File::new(Durability::Full);
    drop(file.open());
    foreign(&file.path(), "PRAGMA user_version = 7;");
    assert_snapshot!(refusal(&OPENERS, &file.path()), @r"
    FILE: this journal has schema 7, this program knows up to 1
    hint: use the newer tqqq that made it; nothing in it was changed
    ");
}

#[tokio::test]
async fn a_journal_closed_and_opened_again_is_the_same() {
    let file = File::new(Durability::Full);
    let head = with_sample(&file, 3).await;
    for (name, open) in OPENERS {
        let store = open(&file.path()).expect(name);
        assert_eq!(store.head().await, Ok(Some(head)), "{name}");
        let report = crate::verify(&store, Some(head), |_| {})
            .await
            .expect("reads");
        assert!(report.is_sound(), "{name}: {:?}", report.defect);
    }
}

#[tokio::test]
async fn a_reader_follows_a_writer_at_work() {
    let file = File::new(Durability::Relaxed);
    let mut sample = Sample::new(2, 100);
    let writer = chain(&file);
    sample.write(&writer, 1).await.expect("written");
    let reader = Sqlite::read_only(&file.path()).expect("opens beside it");
    for _ in 0..3 {
        let head = sample.write_slot(&writer).await.expect("written");
        assert_eq!(reader.head().await, Ok(Some(head)));
    }
}

#[test]
fn the_file_says_what_it_is_and_how_it_is_kept() {
    for (durability, synchronous) in [(Durability::Full, 2), (Durability::Relaxed, 1)] {
        let file = File::new(durability);
        let pragma = |name: &str| {
            file.open().with_connection(|connection| {
                connection
                    .pragma_query_value(None, name, |row| row.get::<_, rusqlite::types::Value>(0))
                    .expect("a pragma")
            })
        };
        assert_eq!(pragma("synchronous"), i64::from(synchronous).into());
        assert_eq!(pragma("journal_mode"), "wal".to_owned().into());
        assert_eq!(
            pragma("application_id"),
            i64::from(u32::from_be_bytes(*b"tqqq")).into()
        );
        assert_eq!(pragma("user_version"), 1.into());
    }
    assert_snapshot!(Durability::Full, @"full (every append on disk before it counts)");
    assert_snapshot!(Durability::Relaxed, @"relaxed (survives a crash of the program, not a power cut)");
}

#[tokio::test]
async fn a_journal_of_another_account_is_refused_when_asked() {
    let file = File::new(Durability::Full);
    let trading::record::Record::Bound(ours) = bound() else {
        panic!("a binding")
    };
    assert_eq!(chain(&file).bound_to(&ours).await, Ok(None));
    let other_words = trading::record::Binding {
        description: "seed 7".to_owned(),
        ..ours.clone()
    };
    use cycle::port::Journal;
    chain(&file)
        .append(&draft(None, vec![bound()]))
        .await
        .expect("written");
    assert_eq!(
        chain(&file).bound_to(&other_words).await,
        Ok(Some(ours.clone()))
    );
    let other_host = trading::record::Binding {
        host: "paper".to_owned(),
        ..ours.clone()
    };
    assert_snapshot!(chain(&file).bound_to(&other_host).await.expect_err("another host"), @"this journal belongs to account account-1 at 127.0.0.1:8700, not to account account-1 at paper; name the journal of this account, or a new file");
    let account = trading::account::AccountId::new("account-2");
    let other_account = trading::record::Binding { account, ..ours };
    assert!(chain(&file).bound_to(&other_account).await.is_err());
}
