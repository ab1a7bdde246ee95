//! Runs on the local exchange in the same process.

use serde_json::Value;

use crate::folder::{Folder, SHORT, SHORT_SLOTS};

fn short_json(folder: &Folder, more: &[&str]) -> Value {
    let text = folder.ok(&[&["run", "--json"], &SHORT[..], more].concat());
    serde_json::from_str(&text).unwrap()
}

/// What differs from machine to machine, made the same.
fn filtered(mut view: Value) -> Value {
    for name in ["wall_s", "peak_memory_bytes", "http_calls"] {
        assert!(
            view[name].as_f64().is_some_and(|number| number > 0.0),
            "{name} is {}",
            view[name]
        );
        view[name] = Value::from("(a number)");
    }
    view
}

#[test]
fn the_json_of_a_run_has_exactly_the_documented_fields() {
    let folder = Folder::new();
    insta::assert_json_snapshot!(filtered(short_json(&folder, &[])), @r#"
    {
      "bars_kind": "synthetic",
      "buy_and_hold_return": 0.004838709677419395,
      "by_hand": null,
      "exposure": 0.2692307692307692,
      "final_equity": "97579.1138321287655",
      "first": "2024-02-20T09:30-05:00",
      "halt": null,
      "http_calls": "(a number)",
      "journal": "tqqq-runs/0001.journal",
      "last": "2024-02-21T15:30-05:00",
      "max_drawdown": 0.03602616225522639,
      "moved": "0",
      "orders": 2,
      "outcomes": {
        "failed": 0,
        "held": 24,
        "missed": 0,
        "refused": {},
        "traded": 2
      },
      "peak_memory_bytes": "(a number)",
      "schema": "tqqq.run/1",
      "seed": 1,
      "sessions": 2,
      "slots": 26,
      "start_equity": "100000",
      "total_return": -0.024208861678712345,
      "wall_s": "(a number)"
    }
    "#);
}

#[test]
fn each_run_begins_a_new_numbered_journal_and_says_which() {
    let folder = Folder::new();
    let journals: Vec<Value> = (0..2)
        .map(|_| short_json(&folder, &[])["journal"].clone())
        .collect();
    assert_eq!(
        journals,
        ["tqqq-runs/0001.journal", "tqqq-runs/0002.journal"]
    );
}

#[test]
fn the_same_seed_trades_the_same_and_another_does_not() {
    let folder = Folder::new();
    let equity = |seed: &str| {
        folder.ok(&["run", "--seed", seed, "--to", "2024-03-01", "--json"]);
        folder.ok(&["history", "--csv"])
    };
    let (first, again, other) = (equity("1"), equity("1"), equity("2"));
    assert_eq!(first, again);
    assert_ne!(first, other);
}

#[test]
fn synthetic_bars_are_called_synthetic_wherever_they_are_shown() {
    let folder = Folder::new();
    let ran = folder.run(&[&["run"][..], &SHORT[..]].concat());
    assert!(ran.stdout.contains("SYNTHETIC"), "{}", ran.stdout);
    assert!(ran.stderr.contains("SYNTHETIC"), "{}", ran.stderr);
    for command in [&["status"][..], &["journal", "verify"]] {
        let text = folder.ok(command);
        assert!(text.contains("SYNTHETIC"), "{text}");
    }
}

#[test]
fn a_run_on_exported_bars_warms_up_on_them_and_shows_that_apart() {
    let folder = Folder::new();
    folder.ok(&["venue", "--seed", "1", "--export", "bars.csv"]);
    let text = folder.ok(&["run", "--bars", "bars.csv", "--to", "2024-02-14"]);
    // 200 closed hours are known from the 29th session on: 28 sessions of 7 hours, and 4 hours.
    assert!(
        text.contains("372 slots more, before 200 hours were known"),
        "{text}"
    );
    let view = folder.ok(&["run", "--bars", "bars.csv", "--to", "2024-02-14", "--json"]);
    let view: Value = serde_json::from_str(&view).unwrap();
    assert_eq!(view["outcomes"]["refused"]["NotWarm"], 372);
    assert_eq!(view["bars_kind"], "file");
}

#[test]
fn colours_come_only_when_asked_for() {
    let folder = Folder::new();
    let plain = folder.ok(&["calendar", "--from", "2025-11-24", "--to", "2025-11-28"]);
    assert!(!plain.contains('\u{1b}'), "{plain}");
    let painted = folder.ok(&[
        "--color",
        "always",
        "calendar",
        "--from",
        "2025-11-24",
        "--to",
        "2025-11-28",
    ]);
    assert!(painted.contains('\u{1b}'), "{painted}");
}

#[test]
fn the_history_has_a_row_a_slot_in_every_form() {
    let folder = Folder::new();
    folder.short_run();
    assert_eq!(
        folder.ok(&["history", "--json"]).lines().count(),
        SHORT_SLOTS
    );
    assert_eq!(
        folder.ok(&["history", "--csv"]).lines().count(),
        SHORT_SLOTS + 1
    );
    assert_eq!(folder.ok(&["history"]).lines().count(), SHORT_SLOTS + 1);
    let one_day = folder.ok(&[
        "history",
        "--json",
        "--from",
        "2024-02-21",
        "--to",
        "2024-02-21",
    ]);
    assert_eq!(one_day.lines().count(), SHORT_SLOTS / 2);
}
