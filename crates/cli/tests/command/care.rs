//! Care of the journal: copies, pruning, and what was seen read once more.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;
use std::sync::Arc;

use connectors::clock::SystemClock;
use cycle::port::{Body, Clock, Draft, Journal};
use journal::Chain;
use journal::sqlite::{Durability, Sqlite};
use market::Money;
use serde_json::Value;
use trading::record::{Head, Record};

use crate::folder::{Folder, SHORT, VenueProcess, masked};

/// Most copies tried of a growing journal before a test gives up.
const LOOKS_MAX: usize = 2000;

/// Without the size of a file, which the SQLite of the day decides.
fn sizeless(text: &str) -> String {
    let line = |line: &str| match line.split_once("size     ") {
        Some((label, _)) => format!("{label}size     (bytes)"),
        None => line.to_owned(),
    };
    masked(&text.lines().map(line).collect::<Vec<_>>().join("\n"))
}

#[test]
fn a_backup_is_walked_and_is_a_journal_of_its_own() {
    let folder = Folder::new();
    folder.short_run();
    let journal = folder.path("tqqq-runs/0001.journal");
    fs::set_permissions(&journal, fs::Permissions::from_mode(0o600)).unwrap();
    let told = folder.ok(&["journal", "backup", "safe.journal"]);
    insta::assert_snapshot!(sizeless(&told), @"
    safe.journal: sound, a copy of tqqq-runs/0001.journal
      records  114, 26 slots with an outcome
      bodies   341 present, 0 missing
      size     (bytes)
      head     114:(hex)
    ");
    let verify = |name: &str| {
        let told = folder.ok(&["journal", "verify", "--journal", name]);
        told.split_once('\n').unwrap().1.to_owned()
    };
    assert_eq!(verify("safe.journal"), verify("tqqq-runs/0001.journal"));
    folder.ok(&["replay", "--journal", "safe.journal"]);
    let mode = fs::metadata(folder.path("safe.journal")).unwrap();
    assert_eq!(mode.permissions().mode() & 0o777, 0o600);
    insta::assert_snapshot!(folder.refused(&["journal", "backup", "safe.journal"]), @"
    error: safe.journal: there is such a file already
    hint: name another; it is never written over
    ");
    insta::assert_snapshot!(folder.refused(&["journal", "backup", "no/safe.journal"]), @"
    error: no: there is no such folder
    hint: make it first, or name another place
    ");
    let view = folder.ok(&["journal", "backup", "again.journal", "--json"]);
    let mut view: Value = serde_json::from_str(&view).unwrap();
    for varying in ["bytes", "head_hash"] {
        view[varying] = Value::from(varying);
    }
    insta::assert_json_snapshot!(view, @r#"
    {
      "backup": "again.journal",
      "bodies_missing": 0,
      "bodies_present": 341,
      "bytes": "bytes",
      "entries": 114,
      "head_hash": "head_hash",
      "head_seq": 114,
      "journal": "tqqq-runs/0001.journal",
      "schema": "tqqq.journal-backup/1",
      "slots": 26
    }
    "#);
}

#[test]
fn a_backup_is_made_beside_a_runner_at_work() {
    let folder = Folder::new();
    let venue = VenueProcess::start(&folder, &[]);
    let run = [
        "run",
        "--venue-url",
        &venue.url,
        "--to",
        "2024-05-17",
        "--journal",
        "a.journal",
    ];
    let mut runner = folder
        .command(&run)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut heads = BTreeSet::new();
    for number in 0..LOOKS_MAX {
        let name = format!("{number}.backup");
        let ran = folder.run(&[
            "journal",
            "backup",
            &name,
            "--journal",
            "a.journal",
            "--json",
        ]);
        // At first there is no journal yet, or no record in it.
        if ran.code == 0 {
            let view: Value = serde_json::from_str(&ran.stdout).unwrap();
            heads.extend(view["head_seq"].as_u64());
        }
        if heads.len() >= 4 || runner.try_wait().unwrap().is_some() {
            break;
        }
    }
    runner.kill().unwrap();
    runner.wait().unwrap();
    assert!(heads.len() >= 4, "copies of a growing journal: {heads:?}");
    folder.ok(&["journal", "verify", "--journal", "a.journal"]);
}

#[test]
fn a_damaged_journal_is_not_passed_on_as_a_backup() {
    let folder = Folder::new();
    folder.short_run();
    let path = folder.path("tqqq-runs/0001.journal");
    let mut bytes = fs::read(&path).unwrap();
    let word = b"\"outcome\"";
    let at = bytes
        .windows(word.len())
        .rposition(|part| part == word)
        .unwrap();
    bytes[at + 1] = b'0';
    fs::write(&path, bytes).unwrap();
    let ran = folder.run(&["journal", "backup", "safe.journal"]);
    assert_eq!(ran.code, 4, "{}", ran.stderr);
    assert!(ran.stderr.contains("no backup was made"), "{}", ran.stderr);
    let left: Vec<String> = fs::read_dir(folder.path("."))
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(left, ["tqqq-runs"]);
}

#[test]
fn old_answers_are_pruned_after_asking_and_verify_and_replay_say_what_they_said() {
    let folder = Folder::new();
    folder.ok(&["run", "--to", "2024-02-23"]);
    let verify = || folder.ok(&["journal", "verify"]);
    let (replayed, history) = (folder.ok(&["replay"]), folder.ok(&["history", "--csv"]));
    let asked = folder.run(&["journal", "prune", "--older-than", "1d"]);
    assert_eq!((asked.code, asked.stdout.as_str()), (2, ""));
    let told = asked.stderr.lines().last().unwrap();
    insta::assert_snapshot!(told, @"hint: say --yes when you have read what will be removed");
    assert!(
        asked
            .stderr
            .contains("raw answers of before 2024-02-22T15:30"),
        "{}",
        asked.stderr
    );
    assert!(
        verify().contains(" 0 missing"),
        "nothing goes without a yes"
    );
    let size = || {
        fs::metadata(folder.path("tqqq-runs/0001.journal"))
            .unwrap()
            .len()
    };
    let before = size();
    let done = folder.ok(&["journal", "prune", "--older-than", "1d", "--yes", "--json"]);
    let mut view: Value = serde_json::from_str(&done).unwrap();
    assert!(view["bytes"].as_u64().unwrap() > 0);
    for varying in ["bytes", "head"] {
        view[varying] = Value::from(varying);
    }
    insta::assert_json_snapshot!(view, @r#"
    {
      "before": "2024-02-22T15:30:45-05:00",
      "bodies": 191,
      "bytes": "bytes",
      "head": "head",
      "journal": "tqqq-runs/0001.journal",
      "kept": 91,
      "pruned": true,
      "schema": "tqqq.journal-prune/1"
    }
    "#);
    assert!(size() < before, "{} of {before} bytes", size());
    let after = verify();
    assert!(
        after.contains("sound") && !after.contains(" 0 missing"),
        "{after}"
    );
    assert_eq!(folder.ok(&["replay"]), replayed);
    assert_eq!(folder.ok(&["history", "--csv"]), history);
    let again = folder.ok(&["journal", "prune", "--older-than", "1d", "--yes"]);
    assert!(again.contains("nothing to do"), "{again}");
    // What a newer record cites too is still there.
    let slot = ["replay", "--from-bodies", "2024-02-20T10:00"];
    insta::assert_snapshot!(folder.ok(&slot), @"
    identical: 1 decision, 1 plan and 1 state recomputed from tqqq-runs/0001.journal
    5 values read again from raw answers; of 7 no answer is kept
    ");
    insta::assert_snapshot!(folder.refused(&["journal", "prune", "--older-than", "soon"]), @"
    error: invalid value 'soon' for '--older-than <D>': `soon` is no age: write 90d, at least 1d
    hint: add --help to see what may be typed here
    ");
}

#[test]
fn every_answer_of_a_run_is_read_again_as_it_was() {
    let folder = Folder::new();
    folder.short_run();
    insta::assert_snapshot!(folder.ok(&["replay", "--from-bodies"]), @"
    identical: 26 decisions, 28 plans and 26 states recomputed from tqqq-runs/0001.journal
    313 values read again from raw answers; of 0 no answer is kept
    ");
    let view = folder.ok(&["replay", "--from-bodies", "--json", "2024-02-20T10:00"]);
    let view: Value = serde_json::from_str(&view).unwrap();
    insta::assert_json_snapshot!(view, @r#"
    {
      "bodies": {
        "unkept": 0,
        "values": 12
      },
      "decisions": 1,
      "difference": null,
      "identical": true,
      "journal": "tqqq-runs/0001.journal",
      "other_rules": 0,
      "plans": 1,
      "schema": "tqqq.replay/1",
      "states": 1
    }
    "#);
}

#[test]
fn answers_of_three_sources_are_read_again_as_they_were() {
    let folder = Folder::new();
    folder.write(
        "tqqq.toml",
        "[data]\nsources = [\"twelve-data\", \"fmp\", \"alpaca\"]\n",
    );
    folder.ok(&[&["run"][..], &SHORT[..]].concat());
    let told = folder.ok(&["replay", "--from-bodies"]);
    insta::assert_snapshot!(told, @"
    identical: 26 decisions, 28 plans and 26 states recomputed from tqqq-runs/0001.journal
    365 values read again from raw answers; of 0 no answer is kept
    ");
}

/// The chain of `from` written once more into `to`, each record changed by `change`.
async fn forge(folder: &Folder, from: &str, to: &str, mut change: impl FnMut(&mut Record)) {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let source = Sqlite::read_only(&folder.path(from)).unwrap();
    let source = Chain::new(source, Arc::clone(&clock));
    let copy = Sqlite::create(&folder.path(to), Durability::Relaxed).unwrap();
    let copy = Chain::new(copy, clock);
    let mut head: Option<Head> = None;
    for mut entry in source.read(1, usize::MAX).await.unwrap() {
        let mut cited: Vec<_> = entry.record.answers().to_vec();
        if let Record::SlotOpened(opened) = &entry.record {
            cited.push(trading::observation::BodyRef {
                what: "configuration".to_owned(),
                hash: opened.configuration,
            });
        }
        let mut bodies = Vec::new();
        for reference in cited {
            let bytes = source.body(reference.hash).await.unwrap().unwrap();
            bodies.push(Body { reference, bytes });
        }
        change(&mut entry.record);
        let draft = Draft {
            expected: head,
            slot: entry.slot,
            run: entry.run,
            at: entry.at,
            records: vec![entry.record],
            bodies,
        };
        let written = copy.append(&draft).await.unwrap();
        head = written.last().map(|entry| Head {
            seq: entry.seq,
            hash: entry.hash,
        });
    }
}

#[test]
fn a_record_that_says_other_than_its_answers_is_found_though_all_else_is_sound() {
    let folder = Folder::new();
    folder.short_run();
    let mut seen = 0;
    let change = |record: &mut Record| {
        if let Record::Observed(observation) = record {
            seen += 1;
            if seen == 7 {
                // No decision hangs on it, so nothing else can tell.
                let account = &mut observation.portfolio.account;
                account.non_marginable_buying_power = Some(Money::ZERO);
            }
        }
    };
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(forge(
            &folder,
            "tqqq-runs/0001.journal",
            "b.journal",
            change,
        ));
    folder.ok(&["journal", "verify", "--journal", "b.journal"]);
    folder.ok(&["replay", "--journal", "b.journal"]);
    let ran = folder.run(&["replay", "--from-bodies", "--journal", "b.journal"]);
    assert_eq!(ran.code, 1, "{}{}", ran.stdout, ran.stderr);
    insta::assert_snapshot!(ran.stdout, @r#"
    different: the account of record 27, slot 2024-02-20T12:30-05:00
      recorded  non_marginable_buying_power = "0"
      computed  non_marginable_buying_power = "100000"
    83 values read again from raw answers; of 0 no answer is kept
    "#);
}
