//! Every damaged file through `backtest` and `sweep`: refused by row, or used and told.

use serde_json::Value;

use crate::folder::Folder;
use crate::real_bars::real;

/// What becomes of a file.
enum Fate {
    /// Exit 2, and stderr says all of this.
    Refused(&'static [&'static str]),
    /// Exit 0, and so many bars are used; stdout says all of this about them.
    Used(u32, &'static [&'static str]),
}

use Fate::{Refused, Used};

const ALLOW: &str = "--allow-defects";
const ONLY: &str = "--session-only";
const SPLIT: &str = "--split=2025-11-20:2";
const CLOCK: &str = "--grid=clock";

/// File, flags, fate.
const TABLE: [(&str, &[&str], Fate); 33] = [
    (
        "bad_prints_after_hours",
        &[],
        Refused(&["row 2:", "outside the session", "--session-only"]),
    ),
    (
        "bad_prints_after_hours",
        &[ONLY],
        Used(21, &["bars outside the session dropped: 30"]),
    ),
    ("daily_captured_before_close", &[], Used(61, &[])),
    ("dst_end_week", &[], Used(70, &[])),
    (
        "dst_end_week_fixed_offset",
        &[],
        Refused(&["row 37:", "wrong time zone on 2025-11-03"]),
    ),
    (
        "dst_end_week_fixed_offset",
        &[ONLY, ALLOW],
        Refused(&["row 37:", "wrong time zone"]),
    ),
    ("dst_end_week_utc", &[], Used(70, &[])),
    ("dst_start_week", &[], Used(42, &[])),
    (
        "duplicate_rows",
        &[],
        Refused(&["row 35:", "stands in row 34 too"]),
    ),
    (
        "duplicate_rows",
        &[ALLOW],
        Refused(&["row 35:", "stands in row 34 too"]),
    ),
    (
        "extended_hours",
        &[],
        Refused(&["clock hour", "--grid clock"]),
    ),
    (
        "extended_hours",
        &[CLOCK, ONLY],
        Refused(&[
            "3 damaged rows",
            "row 7,",
            "row 23,",
            "row 39,",
            "mixes the open",
        ]),
    ),
    (
        "extended_hours",
        &[CLOCK, ONLY, ALLOW],
        Used(18, &["row 7,", "dropped: 27", "hours begin at clock hours"]),
    ),
    ("forming_last_bar", &[], Used(62, &[])),
    ("half_day", &[], Used(39, &[])),
    (
        "half_day_padded",
        &[],
        Refused(&[
            "row 23:",
            "2025-11-27T09:30:00-05:00 is outside the session",
        ]),
    ),
    (
        "half_day_padded",
        &[ONLY],
        Used(39, &["bars outside the session dropped: 10"]),
    ),
    (
        "missing_bars",
        &[],
        Used(
            52,
            &[
                "2025-09-04: 2 bars missing",
                "2025-09-05T15:30:00-04:00: no bar",
                "2025-09-09: 7 bars missing",
                "2025-09-10T09:30:00-04:00: no bar",
            ],
        ),
    ),
    (
        "nan_empty",
        &[],
        Refused(&[
            "7 damaged rows",
            "row 7,",
            "row 14,",
            "row 22,",
            "row 29,",
            "row 35,",
            "row 43,",
            "row 50,",
            "--allow-defects",
        ]),
    ),
    (
        "nan_empty",
        &[ALLOW],
        Used(
            56,
            &[
                "row 7,", "row 14,", "row 22,", "row 29,", "row 35,", "row 43,", "row 50,",
            ],
        ),
    ),
    (
        "no_offset",
        &[],
        Refused(&["row 2:", "`2025-09-02 13:30:00` has no offset"]),
    ),
    (
        "ohlc_inconsistent",
        &[],
        Refused(&["3 damaged rows", "row 10,", "row 21,", "row 32,"]),
    ),
    (
        "ohlc_inconsistent",
        &[ALLOW],
        Used(60, &["row 10,", "row 21,", "row 32,"]),
    ),
    (
        "raw_iex_unadjusted",
        &[],
        Refused(&["clock hour", "--grid clock"]),
    ),
    (
        "raw_iex_unadjusted",
        &[CLOCK, ONLY, ALLOW],
        Refused(&["row 22:", "looks like the split 2025-11-20:2"]),
    ),
    (
        "raw_iex_unadjusted",
        &[CLOCK, ONLY, ALLOW, SPLIT],
        Used(
            24,
            &[
                "bars before the split 2025-11-20:2 put on the new share basis",
                "dropped: 8",
            ],
        ),
    ),
    (
        "spike_10x",
        &[],
        Refused(&["2 damaged rows", "row 26,", "row 42,"]),
    ),
    ("spike_10x", &[ALLOW], Used(61, &["row 26,", "row 42,"])),
    (
        "unadjusted_split",
        &[],
        Refused(&[
            "row 58:",
            "open 52.92 after close 99.98",
            "--split 2025-11-20:2",
        ]),
    ),
    (
        "unadjusted_split",
        &[SPLIT],
        Used(
            95,
            &["bars before the split 2025-11-20:2 put on the new share basis"],
        ),
    ),
    ("unsorted", &[], Used(63, &["were sorted"])),
    ("zero_volume", &[], Used(35, &[])),
    (
        "wrong_timezone",
        &[ALLOW],
        Refused(&["row 5:", "13:30 to 19:30"]),
    ),
];

const BACKTEST: &[&str] = &["backtest", "--fast=2", "--slow=5", "--warmup=5"];

/// What the command says of a file: the first line of its refusal, or what it used and left out.
fn result(folder: &Folder, path: &str, flags: &[&str]) -> String {
    let ran = folder.run(&[BACKTEST, &[path], flags, &["--json"]].concat());
    if ran.code != 0 {
        let line = ran.stderr.lines().next().unwrap_or_default();
        return line.replace(&format!("error: {path}"), "refused");
    }
    let view: Value = serde_json::from_str(&ran.stdout).unwrap();
    let notes = view["notes"].as_array().unwrap();
    let notes: Vec<&str> = notes.iter().filter_map(Value::as_str).collect();
    format!("used {}; {}", view["bars"], notes.join("; "))
}

#[test]
fn every_damaged_file_is_refused_by_row_or_used_and_told() {
    let folder = Folder::new();
    if real("dirty/unsorted.csv").is_none() {
        return;
    }
    // `--nocapture` shows the table as it came out.
    println!("{:<30}{:<44}result", "file", "switches");
    for (name, flags, fate) in TABLE {
        let path = real(&format!("dirty/{name}.csv")).unwrap();
        println!(
            "{name:<30}{:<44}{}",
            flags.join(" "),
            result(&folder, &path, flags)
        );
        for command in [BACKTEST, &["sweep", "--fast=2..5", "--slow=3..12"]] {
            let typed = [command, &[path.as_str()], flags].concat();
            let told = match &fate {
                Refused(told) => {
                    let error = folder.refused(&typed);
                    assert!(error.contains("\nhint: "), "{error}");
                    told.iter()
                        .for_each(|part| assert!(error.contains(part), "{typed:?}: {error}"));
                    continue;
                }
                Used(bars, told) => {
                    let text = folder.ok(&typed);
                    assert!(
                        text.contains(&format!(": {bars} bars of ")),
                        "{typed:?}: {text}"
                    );
                    assert!(!told.is_empty() || !text.contains("  bars  "), "{text}");
                    told
                }
            };
            let json = folder.ok(&[&typed[..], &["--json"]].concat());
            let view: Value = serde_json::from_str(&json).unwrap();
            let notes = view["notes"].to_string();
            told.iter()
                .for_each(|part| assert!(notes.contains(part), "{typed:?}: {notes}"));
            assert!(!told.is_empty() || notes == "[]", "{notes}");
        }
    }
}

#[test]
fn the_report_of_a_damaged_file_names_each_row_left_out() {
    let folder = Folder::new();
    let Some(path) = real("dirty/nan_empty.csv") else {
        return;
    };
    let typed = [
        "--fast=2",
        "--slow=5",
        "--warmup=5",
        ALLOW,
        "--report",
        "r.html",
    ];
    folder.ok(&[&["backtest", path.as_str()][..], &typed].concat());
    let page = std::fs::read_to_string(folder.path("r.html")).unwrap();
    for row in [7, 14, 22, 29, 35, 43, 50] {
        assert!(page.contains(&format!("row {row}, 2025-09-")), "row {row}");
    }
    assert!(page.contains("<th>rows left out</th><td class=\"words\">7</td>"));
}

#[test]
fn a_file_of_every_kind_of_damage_is_in_the_table() {
    let Some(folder) = real("dirty") else {
        return;
    };
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let name = name.trim_end_matches(".csv");
        let listed = TABLE.iter().any(|(listed, ..)| *listed == name);
        assert!(listed, "{name} has no row in the table");
    }
}
