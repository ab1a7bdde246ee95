//! Bad input: a clear error naming value and place, with a hint; nothing sent, nothing lost.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

use crate::folder::{Folder, SHORT, VenueProcess};

/// A day of 30-minute bars with one row as given.
fn bars(folder: &Folder) -> Vec<String> {
    folder.ok(&["venue", "--export", "bars.csv"]);
    let text = std::fs::read_to_string(folder.path("bars.csv")).unwrap();
    text.lines().map(str::to_owned).collect()
}

#[test]
fn bar_files_that_cannot_be_taken_are_refused_by_row_and_value() {
    let folder = Folder::new();
    let rows = bars(&folder);
    let refusal = |rows: &[String]| {
        folder.write("bad.csv", &rows.join("\n"));
        folder.refused(&["run", "--bars", "bad.csv"])
    };
    insta::assert_snapshot!(folder.refused(&["run", "--bars", "absent.csv"]), @r"
    error: absent.csv: No such file or directory (os error 2)
    hint: name a readable file of bars
    ");
    insta::assert_snapshot!(folder.refused(&["run", "--bars", "."]), @r"
    error: .: cannot be read: Is a directory (os error 21)
    hint: check the path and that the file is complete
    ");
    insta::assert_snapshot!(refusal(&[]), @r"
    error: bad.csv: the file is empty
    hint: the download may have failed; fetch the file again
    ");
    insta::assert_snapshot!(refusal(&rows[..1]), @r"
    error: bad.csv: the file has a header and no rows
    hint: the download may have failed; fetch the file again
    ");
    insta::assert_snapshot!(refusal(&[&rows[..5], &[rows[5][..30].to_owned()]].concat()), @r"
    error: bad.csv: row 6: 2 fields where the header has 6
    hint: the file may be cut; fetch it again or remove the row
    ");
    insta::assert_snapshot!(refusal(&[&rows[..5], &rows[6..]].concat()), @r"
    error: bad.csv: no bar at 2024-01-02T11:30:00-05:00 (1 missing)
    hint: nothing is interpolated: fetch the missing bars, or cut the file before them
    ");
    insta::assert_snapshot!(refusal(&[&rows[..5], &[rows[5].replace(".", "x")], &rows[6..]].concat()), @r"
    error: bad.csv: row 6, 2024-01-02T11:30:00-05:00: open `49x25` is not a number (1 such rows)
    hint: nothing is guessed: repair or fetch these rows again; nothing was started
    ");
    insta::assert_snapshot!(refusal(&rows.iter().map(|row| row.replace("-05:00", "")).collect::<Vec<_>>()), @r"
    error: bad.csv: row 2: timestamp `2024-01-02T09:30:00` has no offset, so it names no moment
    hint: write the offset, `2024-01-02T09:30:00-04:00`, or `Z` for UTC
    ");
    assert!(!folder.path("tqqq-runs").exists(), "nothing was started");
}

#[test]
fn bars_outside_the_session_and_splits_are_taken_out_when_told_so_and_said_to_be() {
    let folder = Folder::new();
    let mut rows = bars(&folder);
    rows.insert(1, "2024-01-02T09:00:00-05:00,49,50,48,49,100".into());
    folder.write("early.csv", &rows.join("\n"));
    insta::assert_snapshot!(folder.refused(&["run", "--bars", "early.csv"]), @r"
    error: early.csv: row 2: 2024-01-02T09:00:00-05:00 is outside the session
    hint: give `--session-only` to drop such bars, or correct the time zone
    ");
    let run = [
        "run",
        "--bars",
        "early.csv",
        "--session-only",
        "--to",
        "2024-01-03",
    ];
    folder.ok(&run);
    let status = folder.ok(&["status"]);
    assert!(
        status.contains("bars outside the session dropped: 1"),
        "{status}"
    );
    insta::assert_snapshot!(folder.refused(&["run", "--split", "2024-01-03:2"]), @r"
    error: --session-only and --split say how a file is taken, and none is named
    hint: name it with --bars FILE, or leave them out
    ");
    insta::assert_snapshot!(folder.refused(&["run", "--bars", "early.csv", "--split", "2024-01-03"]), @"
    error: invalid value '2024-01-03' for '--split <DATE:RATIO>': `2024-01-03` is not a split: write DATE:RATIO like 2025-11-20:2, 2025-11-20:3/2 or 2025-11-20:1/10, ratio 1/100 to 100
    hint: add --help to see what may be typed here
    ");
}

#[test]
fn misordered_bars_trade_as_ordered_ones() {
    let folder = Folder::new();
    let mut rows = bars(&folder);
    let history = |file: &str| {
        folder.ok(&["run", "--bars", file, "--to", "2024-01-03"]);
        folder.ok(&["history", "--csv"])
    };
    let ordered = history("bars.csv");
    rows[1..].reverse();
    folder.write("reversed.csv", &rows.join("\n"));
    assert_eq!(history("reversed.csv"), ordered);
}

#[test]
fn arguments_that_contradict_each_other_are_refused() {
    let folder = Folder::new();
    insta::assert_snapshot!(folder.refused(&["run", "--from", "2030-01-02"]), @r"
    error: SYNTHETIC bars from seed 1: no slot from 2030-01-02 to the end
    hint: slots lie from 2024-02-20 to 2024-05-17
    ");
    insta::assert_snapshot!(folder.refused(&["run", "--from", "yesterday"]), @"
    error: invalid value 'yesterday' for '--from <DATE>': `yesterday` is not a date: write 2025-05-12
    hint: add --help to see what may be typed here
    ");
    insta::assert_snapshot!(folder.refused(&["calendar", "--from", "2025-01-02", "--to", "2025-01-01"]), @r"
    error: --from 2025-01-02 lies after --to 2025-01-01
    hint: exchange the two dates
    ");
    insta::assert_snapshot!(folder.refused(&["calendar", "--from", "2036-01-02", "--to", "2036-01-03"]), @r"
    error: 2036-01-03 is outside the NYSE calendar, which knows 1990-01-01 to 2035-12-31
    hint: stay inside the calendar, and mind its overrides in the configuration
    ");
    insta::assert_snapshot!(folder.refused(&["venue", "--listen", "0.0.0.0:8700"]), @r"
    error: --listen 0.0.0.0:8700: not an address of this machine alone
    hint: whoever reaches the venue can trade on it; listen on 127.0.0.1
    ");
}

#[test]
fn missing_keys_are_named_by_their_variables() {
    let folder = Folder::new();
    folder.write(
        "tqqq.toml",
        "venue = \"alpaca-paper\"\njournal = \"sqlite:paper.journal\"",
    );
    insta::assert_snapshot!(folder.refused(&["cycle"]), @r"
    error: alpaca needs a key: TQQQ_ALPACA_KEY_ID and TQQQ_ALPACA_SECRET_KEY not set
    hint: set it in the environment, or as a file of that name in $CREDENTIALS_DIRECTORY
    ");
    let half = folder
        .command(&["cycle"])
        .env("TQQQ_ALPACA_KEY_ID", "PKEXAMPLE")
        .output()
        .unwrap();
    insta::assert_snapshot!(folder.finish(&half).stderr, @r"
    error: TQQQ_ALPACA_KEY_ID is given, TQQQ_ALPACA_SECRET_KEY is not
    hint: an Alpaca account has both; set both
    ");
    let quoted = folder
        .command(&["cycle"])
        .envs([
            ("TQQQ_ALPACA_KEY_ID", "PK EXAMPLE"),
            ("TQQQ_ALPACA_SECRET_KEY", "0123456789"),
        ])
        .output()
        .unwrap();
    insta::assert_snapshot!(folder.finish(&quoted).stderr, @r"
    error: TQQQ_ALPACA_KEY_ID holds a blank, a control character or a letter outside ASCII
    hint: copy the key again, without quotes
    ");
}

/// Answers every request with what Alpaca's gateway says to wrong keys; returns its address.
fn refusing_vendor() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4096]);
            let body = r#"{"message": "unauthorized."}"#;
            let head =
                "HTTP/1.1 401 Unauthorized\r\nContent-Type: application/json\r\nConnection: close";
            let _ = write!(
                stream,
                "{head}\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            );
        }
    });
    format!("http://{address}")
}

#[test]
fn wrong_keys_are_refused_and_never_shown() {
    let folder = Folder::new();
    folder.write(
        "tqqq.toml",
        "venue = \"alpaca-paper\"\njournal = \"sqlite:paper.journal\"",
    );
    let keys = [
        ("TQQQ_ALPACA_KEY_ID", "PKWRONGWRONG"),
        ("TQQQ_ALPACA_SECRET_KEY", "wrong-secret-0123"),
        ("TQQQ_TWELVE_DATA_KEY", "wrong-data-0123"),
    ];
    let url = refusing_vendor();
    let mut command = folder.command(&["cycle", "--venue-url", &url]);
    let ran = folder.finish(
        &command
            .envs(keys)
            .env("TQQQ_LOG", "trace")
            .output()
            .unwrap(),
    );
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{}", ran.stderr);
    for (_, key) in keys {
        assert!(!ran.stderr.contains(key), "a key was shown: {}", ran.stderr);
    }
    let error: Vec<&str> = ran
        .stderr
        .lines()
        .skip_while(|line| !line.starts_with("error:"))
        .collect();
    insta::assert_snapshot!(error.join("\n"), @r"
    error: account: alpaca/account: HTTP 401: unauthorized.
    hint: check TQQQ_ALPACA_KEY_ID and TQQQ_ALPACA_SECRET_KEY; paper and live keys differ
    ");
}

#[test]
fn a_journal_of_another_account_is_refused() {
    let folder = Folder::new();
    folder.ok(&[
        &["run", "--seed", "7", "--journal", "other.journal"],
        &SHORT[..],
    ]
    .concat());
    let venue = VenueProcess::start(&folder, &[]);
    let stderr = folder.refused(&[
        "cycle",
        "--venue-url",
        &venue.url,
        "--journal",
        "other.journal",
    ]);
    assert!(
        stderr.starts_with("error: the journal is of another account"),
        "{stderr}"
    );
    assert!(stderr.contains("\nhint: "), "{stderr}");
}

#[test]
fn a_local_run_never_writes_into_a_journal_that_is_there() {
    let folder = Folder::new();
    folder.short_run();
    let arguments = [&["run", "--journal", "tqqq-runs/0001.journal"], &SHORT[..]].concat();
    insta::assert_snapshot!(folder.refused(&arguments), @r"
    error: tqqq-runs/0001.journal: there is a journal already
    hint: a local run begins a new account; name a new file, or leave --journal out
    ");
    folder.write("notes.txt", "some text");
    insta::assert_snapshot!(folder.refused(&["run", "--journal", "no/such/folder/a.journal"]), @"
    error: no/such/folder/a.journal: there is no folder no/such/folder
    hint: make it first, or name another place with --journal; nothing was started
    ");
}

#[test]
fn a_second_runner_on_one_journal_is_told_who_holds_it() {
    let folder = Folder::new();
    let venue = VenueProcess::start(&folder, &[]);
    let cycle = ["cycle", "--venue-url", &venue.url, "--journal", "a.journal"];
    folder.ok(&cycle);
    let lock = std::fs::File::options()
        .write(true)
        .open(folder.path("a.journal.lock"))
        .unwrap();
    lock.try_lock().unwrap();
    let stderr = folder.refused(&cycle);
    assert!(
        stderr.contains("a.journal: another runner is at work on it, process "),
        "{stderr}"
    );
}

#[test]
fn a_venue_that_is_not_there_is_named_with_its_address() {
    let folder = Folder::new();
    let ran = folder.run(&[
        "run",
        "--venue-url",
        "http://127.0.0.1:1",
        "--to",
        "2024-02-21",
    ]);
    assert_eq!(ran.code, 4, "{}", ran.stderr);
    insta::assert_snapshot!(ran.stderr, @r"
    error: the venue's clock at http://127.0.0.1:1: not sent: error sending request: client error (Connect): tcp connect error: Connection refused (os error 111)
    hint: start one with `tqqq venue`, or check `venue_url`
    ");
    insta::assert_snapshot!(folder.refused(&["run", "--venue-url", "http://192.0.2.1:8700", "--to", "2024-02-21"]), @r"
    error: venue_url = http://192.0.2.1:8700: keys leave this machine by https only
    hint: write it like http://127.0.0.1:8700
    ");
}

#[test]
fn a_symbol_that_the_broker_does_not_know_begins_nothing() {
    let folder = Folder::new();
    let venue = VenueProcess::start(&folder, &[]);
    folder.write("tqqq.toml", "[strategy]\nsymbol = \"NOSUCH\"");
    let commands = [
        &["cycle", "--venue-url", &venue.url][..],
        &["run", "--to", "2024-02-21", "--venue-url", &venue.url],
    ];
    for command in commands {
        let stderr = folder.refused(command);
        let error = stderr.find("error: ").map(|at| &stderr[at..]);
        insta::allow_duplicates! {
            insta::assert_snapshot!(error.unwrap(), @"
            error: strategy.symbol = NOSUCH: the broker at local knows no such symbol
            hint: check its spelling; an exchange on this machine lists only what it was started with
            ");
        }
    }
}

#[test]
fn a_signal_symbol_that_nobody_knows_is_named_and_nothing_is_sent() {
    let folder = Folder::new();
    let venue = VenueProcess::start(&folder, &[]);
    folder.write("tqqq.toml", "[strategy]\nsignal_symbol = \"NOSUCH\"");
    let ran = folder.run(&["cycle", "--venue-url", &venue.url]);
    assert_eq!(ran.code, 4, "{}", ran.stderr);
    insta::assert_snapshot!(ran.stdout, @"2024-02-20T09:30-05:00: failed: observe: NOSUCH is unknown to the broker and to all sources of prices; check `strategy.signal_symbol` (price from alpaca: alpaca/latest_trade: HTTP 404, code 40410000: no trade found for NOSUCH; price from twelve-data: twelve-data /quote: 404: **symbol** or **figi** parameter is missing or invalid. Please provide a valid symbol according to API documentation: https://twelvedata.com/docs#reference-data)");
    assert!(!folder.ok(&["why", "2024-02-20T09:30"]).contains("intended"));
}

#[test]
fn local_play_lists_whatever_symbol_is_configured() {
    let folder = Folder::new();
    folder.write("tqqq.toml", "[strategy]\nsymbol = \"NOSUCH\"");
    folder.short_run();
    assert!(folder.ok(&["why", "2024-02-20T09:30"]).contains("NOSUCH"));
}
