//! A chain is checked by a program of another language that knows only the documented bytes.
#![cfg(all(feature = "sqlite", feature = "conformance"))]

use std::path::Path;
use std::process::{Command, Output};

use journal::Chain;
use journal::conformance::{Sample, StillClock};
use journal::sqlite::{Durability, Sqlite};

/// The stranger's answer; `None` where there is no Python.
#[expect(clippy::print_stdout, reason = "a test left out says so")]
fn asked(file: &Path) -> Option<Output> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/verify_chain.py");
    let output = Command::new("python3").arg(script).arg(file).output();
    if output.is_err() {
        println!("skipped: there is no python3 to ask");
    }
    output.ok()
}

#[tokio::test]
async fn a_stranger_finds_the_same_head_and_the_same_flaw() {
    let directory = tempfile::TempDir::new().expect("a directory");
    let file = directory.path().join("test.journal");
    let store = Sqlite::create(&file, Durability::Relaxed).expect("opens");
    let chain = Chain::new(store, std::sync::Arc::new(StillClock::default()));
    let head = Sample::new(230, 60_000)
        .write(&chain, 10)
        .await
        .expect("written");
    drop(chain);
    let Some(output) = asked(&file) else { return };
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(
        said,
        format!("31 records, head {}\n", head.hash),
        "{output:?}"
    );

    let connection = rusqlite::Connection::open(&file).expect("opens");
    connection
        .execute_batch(
            "DROP TRIGGER entries_are_never_changed;
             UPDATE entries SET body = replace(body, 'TQQQ', 'SQQQ') WHERE seq = 6;",
        )
        .expect("tampers");
    let output = asked(&file).expect("it was there a moment ago");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(
        (output.status.code(), said.as_str()),
        (Some(1), "record 6 is not what was hashed\n")
    );
}
