//! `tqqq data`: what is said of a file of bars, and what is built from one.

use crate::folder::Folder;

/// A morning of half hours.
const SOUND: &str = "timestamp,open,high,low,close,volume
2025-05-12T09:30:00-04:00,10,12,9,11,100
2025-05-12T10:00:00-04:00,11,12,10,11,100
2025-05-12T10:30:00-04:00,11,12,10,11,100
2025-05-12T11:00:00-04:00,11,13,10,12,100
";

/// The same with one of each kind of damage behind it.
fn damaged() -> String {
    let rows = "2025-05-12T11:00:00-04:00,11,13,10,12.01,100
2025-05-12T11:30:00,11,13,10,12,100
2025-05-12T11:45:00-04:00,11,13,10,12,100
2025-05-12T12:00:00-04:00,11,NaN,10,12,100
2025-05-12T12:30:00-04:00,11,13,10
2025-05-12T13:30:00-04:00,6,6.5,5.5,6,0
2025-05-12T14:00:00-04:00,6,6.5,5.5,6,100
2025-05-12T14:30:00-04:00,6,60,5.5,6,100
2025-05-12T15:00:00-04:00,6,6.5,5.5,6,100
2025-05-12T15:00:00-04:00,6,6.5,5.5,6,100
2025-05-12T16:00:00-04:00,6,6.5,5.5,6,100
";
    format!("{SOUND}{rows}")
}

#[test]
fn a_sound_file_is_clean() {
    let folder = Folder::new();
    folder.write("bars.csv", SOUND);
    insta::assert_snapshot!(folder.ok(&["data", "check", "bars.csv"]), @"
    bars.csv: clean
      bars      4 of 30m on the session grid, from 4 rows
      range     2025-05-12T09:30:00-04:00 to 2025-05-12T11:00:00-04:00
      sessions  1
    ");
    insta::assert_snapshot!(folder.ok(&["data", "check", "bars.csv", "--json"]), @r#"{"schema":"tqqq.data-check/1","file":"bars.csv","clean":true,"interval":"30m","grid":"session","rows":4,"bars":4,"first":"2025-05-12T09:30:00-04:00","last":"2025-05-12T11:00:00-04:00","sessions":1,"faults":[],"gaps":[],"duplicates":0,"outside_session":0,"reordered":false,"splits_applied":[],"volume_unknown":0}"#);
}

#[test]
fn every_defect_is_named_by_row_and_the_check_says_no() {
    let folder = Folder::new();
    folder.write("bars.csv", &damaged());
    let ran = folder.run(&["data", "check", "bars.csv"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (1, ""));
    insta::assert_snapshot!(ran.stdout, @"
    bars.csv: 8 faults, 4 gaps
      bars      7 of 30m on the session grid, from 15 rows
      range     2025-05-12T09:30:00-04:00 to 2025-05-12T15:00:00-04:00
      sessions  1
      note      identical duplicate rows dropped: 1
      note      bars whose volume is not known: 1
      row 6     2025-05-12T11:00:00-04:00 stands in row 5 too, with other values
      row 7     timestamp `2025-05-12T11:30:00` has no offset, so it names no moment
      row 8     2025-05-12T11:45:00-04:00 is not where a 30m bar starts
      row 9     2025-05-12T12:00:00-04:00: high `NaN` is not a number
      row 10    4 fields where the header has 6
      row 11    open 6 after close 12 looks like the split 2025-05-12:2
      row 13    2025-05-12T14:30:00-04:00: high 60 is far from its neighbours around 6
      row 16    2025-05-12T16:00:00-04:00 is outside the session
      gap       2025-05-12: 11:30, 12:30, 13:00, 15:30
    hint: keep the row that is right
    hint: write the offset, `2025-05-12T11:30:00-04:00`, or `Z` for UTC
    hint: bars are counted from the open, 09:30 New York
    hint: the file may be cut; fetch it again or remove the row
    hint: give `--split 2025-05-12:2` if it is one, `--split 2025-05-12:1` if the jump is real
    hint: give `--session-only` to drop such bars, or correct the time zone
    ");
    let json = folder.run(&["data", "check", "bars.csv", "--json"]);
    assert_eq!(json.code, 1);
    insta::assert_snapshot!(json.stdout, @r#"{"schema":"tqqq.data-check/1","file":"bars.csv","clean":false,"interval":"30m","grid":"session","rows":15,"bars":7,"first":"2025-05-12T09:30:00-04:00","last":"2025-05-12T15:00:00-04:00","sessions":1,"faults":[{"row":6,"kind":"conflicting_twins","reason":"2025-05-12T11:00:00-04:00 stands in row 5 too, with other values","hint":"keep the row that is right"},{"row":7,"kind":"no_offset","reason":"timestamp `2025-05-12T11:30:00` has no offset, so it names no moment","hint":"write the offset, `2025-05-12T11:30:00-04:00`, or `Z` for UTC"},{"row":8,"kind":"off_grid","reason":"2025-05-12T11:45:00-04:00 is not where a 30m bar starts","hint":"bars are counted from the open, 09:30 New York"},{"row":9,"kind":"value","reason":"2025-05-12T12:00:00-04:00: high `NaN` is not a number","hint":null},{"row":10,"kind":"cut_row","reason":"4 fields where the header has 6","hint":"the file may be cut; fetch it again or remove the row"},{"row":11,"kind":"suspected_split","reason":"open 6 after close 12 looks like the split 2025-05-12:2","hint":"give `--split 2025-05-12:2` if it is one, `--split 2025-05-12:1` if the jump is real"},{"row":13,"kind":"spike","reason":"2025-05-12T14:30:00-04:00: high 60 is far from its neighbours around 6","hint":null},{"row":16,"kind":"outside_session","reason":"2025-05-12T16:00:00-04:00 is outside the session","hint":"give `--session-only` to drop such bars, or correct the time zone"}],"gaps":["2025-05-12T11:30:00-04:00","2025-05-12T12:30:00-04:00","2025-05-12T13:00:00-04:00","2025-05-12T15:30:00-04:00"],"duplicates":1,"outside_session":0,"reordered":false,"splits_applied":[],"volume_unknown":1}"#);
}

#[test]
fn what_the_owner_says_of_a_file_makes_it_clean() {
    let folder = Folder::new();
    let early = "2025-05-12T08:00:00-04:00,11,12,10,11,1\n2025-05-12T09:30";
    let rows = "2025-05-12T11:30:00-04:00,6,6.5,5.5,6,100
2025-05-12T12:00:00-04:00,6,6.5,5.5,6,100
2025-05-12T12:30:00-04:00,6,6.5,5.5,6,100
";
    let text = format!("{SOUND}{rows}").replacen("2025-05-12T09:30", early, 1);
    folder.write("bars.csv", &text);
    assert_eq!(folder.run(&["data", "check", "bars.csv"]).code, 1);
    let words = ["--split", "2025-05-12:1", "--session-only"];
    let said = [&["data", "check", "bars.csv"][..], &words].concat();
    insta::assert_snapshot!(folder.ok(&said), @"
    bars.csv: clean
      bars      7 of 30m on the session grid, from 8 rows
      range     2025-05-12T09:30:00-04:00 to 2025-05-12T12:30:00-04:00
      sessions  1
      note      bars outside the session dropped: 1
    ");
}

#[test]
fn a_bar_that_is_not_over_is_at_fault() {
    let folder = Folder::new();
    folder.write("bars.csv", &SOUND.replace("2025-05-12", "2035-05-14"));
    let ran = folder.run(&["data", "check", "bars.csv"]);
    assert_eq!(ran.code, 1);
    insta::assert_snapshot!(ran.stdout, @"
    bars.csv: 4 faults
      bars      4 of 30m on the session grid, from 4 rows
      range     2035-05-14T09:30:00-04:00 to 2035-05-14T11:00:00-04:00
      sessions  1
      file      the bar of 2035-05-14T11:00:00-04:00 is not over before 2035-05-14T11:30:00-04:00
      file      the bar of 2035-05-14T10:30:00-04:00 is not over before 2035-05-14T11:00:00-04:00
      file      the bar of 2035-05-14T10:00:00-04:00 is not over before 2035-05-14T10:30:00-04:00
      file      the bar of 2035-05-14T09:30:00-04:00 is not over before 2035-05-14T10:00:00-04:00
    hint: remove it, or fetch the file again when it is over
    ");
}

#[test]
fn hours_are_built_and_what_is_not_is_said() {
    let folder = Folder::new();
    folder.write(
        "bars.csv",
        &format!("{SOUND}2025-05-12T11:30:00-04:00,12,13,11,12,100\n"),
    );
    let build = ["data", "build", "bars.csv", "-o", "hours.csv"];
    insta::assert_snapshot!(folder.ok(&build), @"
    hours.csv: 2 bars of 1h from 5 of 30m, 2025-05-12T09:30:00-04:00 to 2025-05-12T10:30:00-04:00
      not built, cut by the file's end: 1
        2025-05-12T11:30:00-04:00: 1 of 2 parts
    ");
    insta::assert_snapshot!(std::fs::read_to_string(folder.path("hours.csv")).unwrap(), @"
    timestamp,open,high,low,close,volume
    2025-05-12T09:30:00-04:00,10,12,9,11,200
    2025-05-12T10:30:00-04:00,11,13,10,12,200
    ");
    insta::assert_snapshot!(folder.refused(&build), @"
    error: hours.csv: there is such a file already
    hint: name another with -o, or give --force to replace it
    ");
    let forced = [&build[..], &["--force", "--json"]].concat();
    insta::assert_snapshot!(folder.ok(&forced), @r#"{"schema":"tqqq.data-build/1","file":"bars.csv","output":"hours.csv","from_interval":"30m","interval":"1h","parts":5,"bars":2,"first":"2025-05-12T09:30:00-04:00","last":"2025-05-12T10:30:00-04:00","incomplete":[],"cut":[{"start":"2025-05-12T11:30:00-04:00","parts":1,"expected":2}],"notes":[]}"#);
    insta::assert_snapshot!(folder.refused(&["data", "build", "hours.csv", "--to", "30m", "-o", "x.csv"]), @"
    error: hours.csv: bars of 30m cannot be built from bars of 1h
    hint: give finer bars, or another --to
    ");
}

#[test]
fn damaged_bars_are_built_upon_only_when_told_so() {
    let folder = Folder::new();
    let rows = "2025-05-12T11:30:00-04:00,12,NaN,11,12,100
2025-05-12T12:00:00-04:00,12,13,11,12,100
2025-05-12T13:00:00-04:00,12,13,11,12,100
";
    folder.write("bars.csv", &format!("{SOUND}{rows}"));
    let build = ["data", "build", "bars.csv", "-o", "hours.csv"];
    insta::assert_snapshot!(folder.refused(&build), @"
    error: bars.csv: row 6, 2025-05-12T11:30:00-04:00: high `NaN` is not a number (1 such rows)
    hint: `tqqq data check` names all of it; give --allow-defects to build from the rest
    ");
    let allowed = [&build[..], &["--allow-defects"]].concat();
    insta::assert_snapshot!(folder.ok(&allowed), @"
    hours.csv: 4 bars of 1h from 6 of 30m, 2025-05-12T09:30:00-04:00 to 2025-05-12T12:30:00-04:00
      without some parts: 2
        2025-05-12T11:30:00-04:00: 1 of 2 parts
        2025-05-12T12:30:00-04:00: 1 of 2 parts
      note  row 6, 2025-05-12T11:30:00-04:00: high `NaN` is not a number
    ");
}

#[test]
fn files_that_hold_no_bars_say_so() {
    let folder = Folder::new();
    folder.write("empty.csv", "");
    let ran = folder.run(&["data", "check", "empty.csv"]);
    assert_eq!(ran.code, 1);
    insta::assert_snapshot!(ran.stdout, @"
    empty.csv: 1 fault
      file      the file is empty
    hint: the download may have failed; fetch the file again
    ");
    insta::assert_snapshot!(folder.refused(&["data", "check", "absent.csv"]), @"
    error: absent.csv: No such file or directory (os error 2)
    hint: name a readable file of bars
    ");
}
