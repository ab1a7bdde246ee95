//! `tqqq data fetch` against the venue in the vendors' place, over HTTP.

use std::fs;
use std::process::Stdio;

use crate::folder::{Folder, Ran, VenueProcess};

const VENDORS: [&str; 3] = ["twelve-data", "fmp", "alpaca"];
/// 33 sessions that are over when the venue's clock begins to stand at 2024-02-20.
const RANGE: [&str; 4] = ["--from", "2024-01-02", "--to", "2024-02-16"];

/// The venue's bars of these sessions, as it exports them.
fn expected(folder: &Folder) -> String {
    folder.ok(&["venue", "--export", "all.csv"]);
    let text = fs::read_to_string(folder.path("all.csv")).unwrap();
    let in_range = |line: &&str| *line < "2024-02-17" || line.starts_with("timestamp");
    let lines: Vec<&str> = text.lines().filter(in_range).collect();
    lines.join("\n") + "\n"
}

fn read(folder: &Folder, name: &str) -> String {
    fs::read_to_string(folder.path(name)).unwrap()
}

fn fetch(venue: &VenueProcess, source: &str, more: &[&str]) -> Vec<String> {
    let fixed = [
        "data",
        "fetch",
        "--venue-url",
        &venue.url,
        "--source",
        source,
    ];
    [&fixed[..], &RANGE, more]
        .concat()
        .into_iter()
        .map(str::to_owned)
        .collect()
}

fn run(folder: &Folder, arguments: &[String]) -> Ran {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    folder.run(&arguments)
}

#[test]
fn every_vendor_gives_the_bars_that_the_exchange_has() {
    let folder = Folder::new();
    let expected = expected(&folder);
    let venue = VenueProcess::start(&folder, &[]);
    let mut told = Vec::new();
    for vendor in VENDORS {
        let output = format!("{vendor}.csv");
        let ran = run(
            &folder,
            &fetch(&venue, vendor, &["-o", &output, "--window", "10"]),
        );
        assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
        assert_eq!(read(&folder, &output), expected, "{vendor}");
        assert!(!folder.path(&format!("{output}.partial")).exists());
        told.push(format!("{}\n{}", ran.stderr, ran.stdout));
    }
    insta::assert_snapshot!(told.join("\n"), @"
    fetching 30m bars of TQQQ from twelve-data: 33 sessions in 4 calls; credits: 8 a minute, 800 of 800 left today
    30m of TQQQ from twelve-data in 5 calls
      overlap   39 bars came twice and the same
    twelve-data.csv: clean
      bars      429 of 30m on the session grid, from 429 rows
      range     2024-01-02T09:30:00-05:00 to 2024-02-16T15:30:00-05:00
      sessions  33
    fetching 30m bars of TQQQ from fmp: 33 sessions in 4 calls
    30m of TQQQ from fmp in 4 calls
      overlap   39 bars came twice and the same
    fmp.csv: clean
      bars      429 of 30m on the session grid, from 429 rows
      range     2024-01-02T09:30:00-05:00 to 2024-02-16T15:30:00-05:00
      sessions  33
    fetching 30m bars of TQQQ from alpaca: 33 sessions in 4 calls
    30m of TQQQ from alpaca (sip) in 4 calls
      overlap   39 bars came twice and the same
    alpaca.csv: clean
      bars      429 of 30m on the session grid, from 429 rows
      range     2024-01-02T09:30:00-05:00 to 2024-02-16T15:30:00-05:00
      sessions  33
    ");
    let json = run(&folder, &fetch(&venue, "fmp", &["--json"]));
    insta::assert_snapshot!(json.stdout, @r#"{"schema":"tqqq.data-fetch/1","source":"fmp","feed":null,"symbol":"TQQQ","interval":"30m","from":"2024-01-02","to":"2024-02-16","missing_before":0,"missing_after":0,"calls":1,"resumed":false,"compared":0,"duplicates":0,"outside_session":0,"rejected":[],"check":{"schema":"tqqq.data-check/1","file":"tqqq_30m.csv","clean":true,"interval":"30m","grid":"session","rows":429,"bars":429,"first":"2024-01-02T09:30:00-05:00","last":"2024-02-16T15:30:00-05:00","sessions":33,"faults":[],"gaps":[],"duplicates":0,"outside_session":0,"reordered":false,"splits_applied":[],"volume_unknown":0}}"#);
    assert_eq!(
        read(&folder, "tqqq_30m.csv"),
        expected,
        "the name says what is in it"
    );
    insta::assert_snapshot!(run(&folder, &fetch(&venue, "fmp", &[])).stderr, @"
    error: tqqq_30m.csv: there is such a file already
    hint: name another with -o, or give --force to replace it
    ");
}

#[test]
fn vendors_that_fail_in_the_middle_are_asked_again_and_limits_are_waited_out() {
    // A third of all calls fails, in many ways, and the first ones by the vendor's limit.
    let faults = [
        "429@twelve-data*2",
        "429@alpaca-data*2",
        "5xx%0.1",
        "html%0.1",
        "truncated%0.05",
        "reset-after%0.05",
        "no-rate-headers%0.2",
    ];
    let folder = Folder::new();
    let expected = expected(&folder);
    let arguments: Vec<&str> = faults
        .iter()
        .flat_map(|fault| ["--fault", *fault])
        .collect();
    for vendor in VENDORS {
        let venue = VenueProcess::start(&folder, &arguments);
        let output = format!("{vendor}.csv");
        let line = fetch(&venue, vendor, &["-o", &output, "--window", "2"]);
        let ran = run(&folder, &line);
        assert_eq!(ran.code, 0, "{vendor}: {}{}", ran.stdout, ran.stderr);
        assert_eq!(read(&folder, &output), expected, "{vendor}");
    }
}

#[test]
fn a_download_killed_in_the_middle_goes_on_where_it_stopped() {
    let folder = Folder::new();
    let expected = expected(&folder);
    for (vendor, windows) in [("twelve-data", 4), ("fmp", 9), ("alpaca", 17)] {
        let venue = VenueProcess::start(&folder, &[]);
        let output = format!("{vendor}.csv");
        let line = fetch(&venue, vendor, &["-o", &output, "--window", "2"]);
        let partial = folder.path(&format!("{output}.partial"));
        kill_after(&folder, &line, &partial, windows);
        assert!(!folder.path(&output).exists(), "half a file never shows");
        let ran = run(&folder, &line);
        assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
        let first = ran.stderr.lines().next().unwrap();
        let begun = "going on with 30m bars of TQQQ: ";
        assert!(first.starts_with(begun), "{first}");
        assert!(
            ran.stdout
                .contains("taken up where an earlier download stopped")
        );
        assert_eq!(read(&folder, &output), expected, "{vendor}");
    }
}

/// Kills a download once its partial file holds so many windows.
fn kill_after(folder: &Folder, line: &[String], partial: &std::path::Path, windows: usize) {
    let arguments: Vec<&str> = line.iter().map(String::as_str).collect();
    let mut child = folder
        .command(&arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let kept =
        || fs::read(partial).map_or(0, |bytes| bytes.iter().filter(|b| **b == b'\n').count());
    while kept() <= windows {
        assert_eq!(
            child.try_wait().unwrap(),
            None,
            "it ended before it was killed"
        );
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn what_changed_since_it_was_kept_is_refused_until_begun_anew() {
    let folder = Folder::new();
    let venue = VenueProcess::start(&folder, &[]);
    let line = fetch(&venue, "alpaca", &["--window", "2"]);
    kill_after(&folder, &line, &folder.path("tqqq_30m.csv.partial"), 3);
    let halved = VenueProcess::start(&folder, &["--fault", "moved-prices=-5000"]);
    let line = fetch(&halved, "alpaca", &["--window", "2"]);
    let ran = run(&folder, &line);
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    let error = ran.stderr.split_once("error: ").unwrap().1;
    assert!(error.contains("a split of 2 came in between"), "{error}");
    assert!(error.contains("begin anew with --restart"), "{error}");
    let anew = [&line[..], &["--restart".to_owned()]].concat();
    assert_eq!(run(&folder, &anew).code, 0);
    let other = fetch(&halved, "fmp", &["--window", "2"]);
    kill_after(
        &folder,
        &[&other[..], &["--force".to_owned()]].concat(),
        &folder.path("tqqq_30m.csv.partial"),
        3,
    );
    let forced = fetch(&halved, "alpaca", &["--force"]);
    insta::assert_snapshot!(run(&folder, &forced).stderr, @"
    error: tqqq_30m.csv.partial: this is the beginning of 30m of TQQQ from fmp, 2024-01-02 on; asked for now: 30m of TQQQ from alpaca (sip), 2024-01-02 on
    hint: finish that one first, name another file with -o, or begin anew with --restart
    ");
}

#[test]
fn a_vendor_that_stays_down_leaves_what_there_is_and_says_how_to_go_on() {
    let folder = Folder::new();
    let venue = VenueProcess::start(&folder, &[]);
    let line = fetch(&venue, "fmp", &["--window", "2"]);
    kill_after(&folder, &line, &folder.path("tqqq_30m.csv.partial"), 3);
    let down = VenueProcess::start(&folder, &["--fault", "html"]);
    let ran = run(&folder, &fetch(&down, "fmp", &["--window", "2"]));
    assert_eq!(ran.code, 4, "{}", ran.stderr);
    let error = ran.stderr.split_once("error: ").unwrap().1;
    assert!(error.contains(", asked for 7 times: "), "{error}");
    assert!(
        error.contains(
            "hint: later, give the same line again: it goes on from tqqq_30m.csv.partial"
        ),
        "{error}"
    );
    let refused = VenueProcess::start(&folder, &["--fault", "402=endpoint"]);
    let ran = run(&folder, &fetch(&refused, "fmp", &["--window", "2"]));
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    assert!(
        ran.stderr
            .contains("bars within a day need FMP's Starter plan"),
        "{}",
        ran.stderr
    );
}

#[test]
fn rows_that_are_no_bars_are_kept_out_and_gaps_are_told() {
    let folder = Folder::new();
    let odd = [
        "--fault",
        "closing-row@fmp",
        "--fault",
        "missing-bar=2024-02-15T15:00:00Z@fmp",
    ];
    let venue = VenueProcess::start(&folder, &odd);
    let ran = run(&folder, &fetch(&venue, "fmp", &[]));
    assert_eq!(ran.code, 1, "{}{}", ran.stdout, ran.stderr);
    insta::assert_snapshot!(ran.stdout, @"
    30m of TQQQ from fmp in 1 call
      outside   1 row outside the session dropped
    tqqq_30m.csv: 1 gap
      bars      428 of 30m on the session grid, from 428 rows
      range     2024-01-02T09:30:00-05:00 to 2024-02-16T15:30:00-05:00
      sessions  33
      gap       2024-02-15: 10:00
    ");
}

#[test]
fn sessions_of_which_the_vendor_has_nothing_are_told() {
    let folder = Folder::new();
    let venue = VenueProcess::start(&folder, &[]);
    let line = fetch(&venue, "alpaca", &["--interval", "1d", "-o", "a.csv"]);
    let line: Vec<String> = line
        .iter()
        .map(|word| word.replace("2024-01-02", "2023-12-27"))
        .collect();
    let ran = run(&folder, &line);
    assert_eq!(ran.code, 1, "{}{}", ran.stdout, ran.stderr);
    insta::assert_snapshot!(ran.stdout, @"
    1d of TQQQ from alpaca (sip) in 1 call
      missing   nothing came of the first 3 sessions asked for
    a.csv: clean
      bars      33 of 1d on the session grid, from 33 rows
      range     2024-01-02T00:00:00-05:00 to 2024-02-16T00:00:00-05:00
      sessions  33
    ");
}

#[test]
fn what_cannot_be_asked_for_is_refused_before_anything_is_asked() {
    let folder = Folder::new();
    let refused = |arguments: &[&str]| folder.refused(arguments);
    insta::assert_snapshot!(refused(&["data", "fetch", "--from", "2024-01-02"]), @"
    error: twelve-data needs a key: TQQQ_TWELVE_DATA_KEY not set
    hint: set it in the environment, or as a file of that name in $CREDENTIALS_DIRECTORY
    ");
    let venue = VenueProcess::start(&folder, &[]);
    let ask = |source: &str, more: &[&str]| run(&folder, &fetch(&venue, source, more)).stderr;
    insta::assert_snapshot!(ask("alpaca", &["--interval", "1h"]), @"
    error: --interval 1h: Alpaca's hours begin at clock hours and mix the open with what came before
    hint: fetch --interval 30m, then `tqqq data build`; or name another --source
    ");
    insta::assert_snapshot!(ask("fmp", &["--interval", "1d"]), @"
    error: --interval 1d: FMP's charts within a day have no days
    hint: fetch --interval 30m, then `tqqq data build`; or name another --source
    ");
    insta::assert_snapshot!(ask("fmp", &["--symbol", "NOSUCH"]), @"
    fetching 30m bars of NOSUCH from fmp: 33 sessions in 1 call
    error: fmp has no 30m bars of NOSUCH from 2024-01-02 to 2024-02-16
    hint: check the symbol; the vendor's history may begin later
    ");
    let future = [
        "data",
        "fetch",
        "--venue-url",
        &venue.url,
        "--from",
        "2024-02-26",
    ];
    insta::assert_snapshot!(refused(&future), @"
    error: no session from 2024-02-26 to 2024-02-20 is over by 2024-02-20T09:29:00-05:00
    hint: name dates that are over, the first one first
    ");
    insta::assert_snapshot!(refused(&["data", "fetch", "--from", "2024-02-26", "--window", "0"]), @"
    error: invalid value '0' for '--window <SESSIONS>': `0` is no number of sessions from 1 to 5000
    hint: add --help to see what may be typed here
    ");
    let left: Vec<_> = fs::read_dir(folder.path("."))
        .unwrap()
        .map(|file| file.unwrap().file_name())
        .collect();
    assert_eq!(
        left,
        Vec::<std::ffi::OsString>::new(),
        "nothing is left behind"
    );
}
