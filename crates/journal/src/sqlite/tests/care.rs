//! Copies of a file in use, and room taken back from it.

use std::collections::BTreeSet;
use std::fs;

use trading::record::Head;

use super::*;
use crate::conformance::{Sample, chain};
use crate::prune::Pruning;
use crate::{Report, verify};
use cycle::port::Journal;

const SLOTS: usize = 60;

async fn walked(path: &Path, announced: Option<Head>) -> Report {
    let store = Sqlite::read_only(path).expect("it opens");
    verify(&store, announced, |_| {}).await.expect("it reads")
}

#[tokio::test]
async fn a_copy_is_of_one_moment_while_another_connection_writes_on() {
    let file = File::new(Durability::Relaxed);
    let mut runner = Sample::new(20, 2_000);
    let before = runner.write(&chain(&file), SLOTS).await.expect("written");
    let copy = file.directory.path().join("copy");
    let writing = chain(&file);
    let reader = Sqlite::read_only(&file.path()).expect("it opens");
    // An append is under way on its own connection while the copy is made, and more follow.
    let copying = {
        let copy = copy.clone();
        std::thread::spawn(move || reader.copy_into(&copy))
    };
    for _ in 0..SLOTS {
        runner.write_slot(&writing).await.expect("won");
    }
    copying.join().expect("no panic").expect("copied");
    let report = walked(&copy, Some(before)).await;
    assert!(report.is_sound(), "{:?}", report.defect);
    let head = report.head.expect("a head");
    let whole = walked(&file.path(), Some(head)).await;
    assert!(whole.is_sound(), "the copy's head stands in the original");
    assert!(whole.entries == before.seq + 3 * SLOTS as u64);
    assert_eq!(report.bodies.missing, 0);
    // It is a journal like any other: identity, triggers, and room for more.
    let store = Sqlite::open(&copy, Durability::Full).expect("it opens");
    let changed = store.with_connection(|connection| connection.execute("DELETE FROM entries", []));
    assert!(
        changed.is_err(),
        "records of a copy are never removed either"
    );
}

#[tokio::test]
async fn a_copy_is_never_made_over_anything() {
    let file = File::new(Durability::Relaxed);
    Sample::new(2, 100)
        .write(&chain(&file), 1)
        .await
        .expect("written");
    let taken = file.directory.path().join("taken");
    for content in ["", "something"] {
        fs::write(&taken, content).expect("a file");
        let error = file.open().copy_into(&taken).expect_err("taken");
        assert!(matches!(error, SqliteError::Taken { .. }), "{error}");
        assert_eq!(fs::read_to_string(&taken).expect("readable"), content);
    }
    let nowhere = file.directory.path().join("no/copy");
    assert!(file.open().copy_into(&nowhere).is_err());
}

#[tokio::test]
async fn what_only_old_records_cite_goes_and_the_chain_stays_as_it_was() {
    let file = File::new(Durability::Relaxed);
    let journal = chain(&file);
    let head = Sample::new(20, 20_000)
        .write(&journal, SLOTS)
        .await
        .expect("written");
    let entries = journal.read(1, usize::MAX).await.expect("reads");
    let cutoff = entries[entries.len() / 2].at;
    let mut pruning = Pruning::before(cutoff);
    entries.iter().for_each(|entry| pruning.take(entry));
    let doomed = pruning.bodies();
    assert!(doomed.len() > SLOTS / 3 && doomed.len() < SLOTS);
    let store = file.open();
    let kept = store.kept_bodies().expect("reads");
    assert!(kept.values().all(|bytes| *bytes > 0));
    store.with_connection(|connection| {
        let query = "PRAGMA wal_checkpoint(TRUNCATE)";
        connection
            .query_row(query, [], |_| Ok(()))
            .expect("a pragma");
    });
    let size = || fs::metadata(file.path()).expect("there").len();
    let before = size();
    store.remove_bodies(&doomed).expect("removed");
    let removed: u64 = doomed.iter().filter_map(|hash| kept.get(hash)).sum();
    let given_back = before.saturating_sub(size());
    assert!(given_back * 2 > removed, "{given_back} of {removed} bytes");
    let left: BTreeSet<Hash> = store.kept_bodies().expect("reads").into_keys().collect();
    let wanted: BTreeSet<Hash> = kept
        .into_keys()
        .filter(|hash| !doomed.contains(hash))
        .collect();
    assert_eq!(left, wanted);
    let report = walked(&file.path(), Some(head)).await;
    assert!(report.is_sound(), "{:?}", report.defect);
    assert_eq!(report.bodies.missing, doomed.len() as u64);
    assert_eq!(journal.read(1, usize::MAX).await.expect("reads"), entries);
    // It goes on growing.
    let mut next = Sample::new(2, 100);
    assert!(
        next.write(&journal, 1).await.is_err(),
        "a second beginning is refused"
    );
    store.remove_bodies(&doomed).expect("nothing is left to do");
}

#[tokio::test]
async fn configurations_and_answers_that_newer_records_cite_are_needed() {
    let file = File::new(Durability::Relaxed);
    let journal = chain(&file);
    Sample::new(2, 100)
        .write(&journal, 9)
        .await
        .expect("written");
    let entries = journal.read(1, usize::MAX).await.expect("reads");
    let all = |moment| {
        let mut pruning = Pruning::before(moment);
        entries.iter().for_each(|entry| pruning.take(entry));
        pruning.bodies()
    };
    assert_eq!(all(market::Instant::UNIX_EPOCH), BTreeSet::new());
    let kept: BTreeSet<Hash> = file
        .open()
        .kept_bodies()
        .expect("reads")
        .into_keys()
        .collect();
    let everything = all(market::Instant::MAX);
    let configuration: Vec<&Hash> = kept.difference(&everything).collect();
    assert_eq!(
        configuration.len(),
        1,
        "the one configuration stays for ever"
    );
    assert_eq!(everything.len(), 9);
}
