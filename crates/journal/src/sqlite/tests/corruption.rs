//! What becomes of a file that was tampered with, cut, or overwritten.

use cycle::port::Journal;
use trading::record::Head;

use super::*;
use crate::conformance::{Sample, chain, draft, note};
use crate::links::check_links;
use crate::verify::{Report, verify};

const SLOTS: usize = 4;

/// A closed file of 13 records; its head.
async fn sample() -> (File, Head) {
    let file = File::new(Durability::Full);
    let head = Sample::new(230, 60_000)
        .write(&chain(&file), SLOTS)
        .await
        .expect("written");
    (file, head)
}

/// Runs `sql` as somebody who has first removed the guards.
fn damage(file: &File, sql: &str) {
    let connection = Connection::open(file.path()).expect("opens");
    connection
        .execute_batch(
            "DROP TRIGGER entries_are_never_changed; DROP TRIGGER entries_are_never_removed;",
        )
        .expect("drops");
    connection.execute_batch(sql).expect(sql);
}

/// What a walk finds. A look at the links alone, which a runner takes before it trades, finds every
/// damage to the file as well.
async fn walked(file: &File) -> Report {
    let store = Sqlite::read_only(&file.path()).expect("opens");
    let report = verify(&store, None, |_| {})
        .await
        .expect("the file can be read");
    let broken = check_links(&store).await.expect("the file can be read");
    assert_eq!(broken, report.defect);
    report
}

#[tokio::test]
async fn the_guards_stop_a_careless_hand() {
    let (file, head) = sample().await;
    let connection = Connection::open(file.path()).expect("opens");
    for sql in [
        "DELETE FROM entries WHERE seq = 13",
        "UPDATE entries SET body = '{}' WHERE seq = 2",
    ] {
        let error = connection.execute(sql, []).expect_err(sql).to_string();
        assert!(error.contains("the journal only grows"), "{error}");
    }
    drop(connection);
    let report = walked(&file).await;
    assert_eq!(
        (report.is_sound(), report.head, report.entries),
        (true, Some(head), 13)
    );
    assert_eq!(
        (report.bodies.present, report.slots),
        (2 * SLOTS as u64, SLOTS as u64)
    );
}

#[tokio::test]
async fn every_damaged_row_is_named_by_its_number() {
    let cases = [
        (
            4,
            "its content has hash",
            "UPDATE entries SET body = replace(body, 'no_signal', 'at_target') WHERE seq = 4",
        ),
        (
            5,
            "its content has hash",
            "UPDATE entries SET body = CAST(X'FF' || substr(body, 2) AS TEXT) WHERE seq = 5",
        ),
        (
            6,
            "its content has hash",
            "UPDATE entries SET hash = replace(hash, substr(hash, 1, 1), 'x') WHERE seq = 6",
        ),
        (
            7,
            "its content has hash",
            "UPDATE entries SET prev = hash WHERE seq = 7",
        ),
        (
            7,
            "its content has hash",
            "UPDATE entries SET slot = NULL WHERE seq = 7",
        ),
        (
            8,
            "it is missing, the next one there is 9",
            "DELETE FROM entries WHERE seq = 8",
        ),
        (
            1,
            "it is missing, the next one there is 2",
            "DELETE FROM entries WHERE seq = 1",
        ),
        (
            2,
            "its content has hash",
            "UPDATE entries SET seq = 99 WHERE seq = 2; UPDATE entries SET seq = 2 WHERE seq = 5;
             UPDATE entries SET seq = 5 WHERE seq = 99",
        ),
        (
            12,
            "the newest record should be record 13",
            "DELETE FROM entries WHERE seq >= 12",
        ),
        (
            1,
            "the newest record should be record 13",
            "DELETE FROM entries",
        ),
        (14, "but it is record 13", "UPDATE head SET seq = 14"),
    ];
    for (seq, words, sql) in cases {
        let (file, _) = sample().await;
        damage(&file, sql);
        let report = walked(&file).await;
        let defect = report.defect.expect(sql);
        assert_eq!(
            (defect.seq, report.entries),
            (seq, seq - 1),
            "{sql}: {defect}"
        );
        assert!(defect.to_string().contains(words), "{sql}: {defect}");
    }
}

#[tokio::test]
async fn a_cut_tail_stops_the_next_append_too() {
    let (file, head) = sample().await;
    damage(&file, "DELETE FROM entries WHERE seq = 13");
    let answer = chain(&file)
        .append(&draft(Some(head), vec![note("on")]))
        .await;
    let why = answer.expect_err("cut").to_string();
    assert!(
        why.contains("the newest record should be record 13"),
        "{why}"
    );
    assert!(chain(&file).head().await.is_err());
}

#[tokio::test]
async fn a_damaged_body_beside_the_chain_is_counted_and_never_handed_out() {
    for sql in [
        "UPDATE bodies SET compressed = X'00'",
        "UPDATE bodies SET compressed = (SELECT compressed FROM bodies ORDER BY hash LIMIT 1)",
        "UPDATE bodies SET compressed = substr(compressed, 1, length(compressed) - 1)",
    ] {
        let (file, _) = sample().await;
        damage(&file, sql);
        let report = walked(&file).await;
        assert!(report.defect.is_none() && !report.is_sound(), "{sql}");
        let (_, hash) = report.first_corrupt_body.expect(sql);
        assert!(chain(&file).body(hash).await.is_err(), "{sql}");
    }
    let (file, _) = sample().await;
    damage(&file, "DELETE FROM bodies");
    let report = walked(&file).await;
    assert_eq!(
        (report.bodies.missing, report.is_sound()),
        (2 * SLOTS as u64, true)
    );
}

#[tokio::test]
async fn a_file_cut_short_is_damaged_and_nothing_more() {
    let (file, _) = sample().await;
    let whole = std::fs::read(file.path()).expect("there");
    for part in 1..8 {
        std::fs::write(file.path(), &whole[..whole.len() * part / 8]).expect("written");
        let damaged = match Sqlite::read_only(&file.path()) {
            Err(error) => error.to_string(),
            Ok(store) => match verify(&store, None, |_| {}).await {
                Ok(report) if report.is_sound() => panic!("{part}/8 of a journal is no journal"),
                Ok(report) => format!("{:?}", report.defect),
                Err(error) => panic!("{part}/8: {error}"),
            },
        };
        assert!(
            damaged.contains("damaged") || damaged.contains("Unreadable"),
            "{part}/8: {damaged}"
        );
    }
}

#[tokio::test]
async fn a_file_overwritten_in_the_middle_never_passes() {
    let (file, _) = sample().await;
    let whole = std::fs::read(file.path()).expect("there");
    for part in 1..8 {
        let mut bytes = whole.clone();
        let start = whole.len() * part / 8;
        bytes[start..start + 4096].fill(0xa5);
        std::fs::write(file.path(), &bytes).expect("written");
        if let Ok(store) = Sqlite::read_only(&file.path()) {
            let report = verify(&store, None, |_| {})
                .await
                .expect("the file can be read");
            // Free pages hold nothing; all others show.
            let is_free = report.is_sound() && report.entries == 13 && report.bodies.present == 8;
            assert!(is_free || !report.is_sound(), "part {part}: {report:?}");
        }
    }
}
