//! `run` on a broker: slots waited for, one log line each, ended by a signal, gone on with later.
//!
//! The broker is an exchange in another process whose clock the daemon itself moves, so nothing
//! here waits for the wall.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::folder::{Folder, SHORT_SLOTS, VenueProcess};
use crate::killed::orders;
use crate::relay::Relay;

const KEY_ID: &str = "PKDAEMONKEYID";
const SECRET: &str = "daemon-secret-not-for-logs";
const DATA_KEY: &str = "daemon-data-key-not-for-logs";

/// A paper configuration whose broker is at `url`.
pub(crate) fn configure(folder: &Folder, url: &str) {
    folder.write(
        "tqqq.toml",
        &format!(
            "venue = \"alpaca-paper\"\nvenue_url = \"{url}\"\njournal = \"sqlite:paper.journal\"\n"
        ),
    );
}

pub(crate) fn daemon(folder: &Folder, to: &str) -> Command {
    let mut command = folder.command(&["--log-format", "json", "run", "--to", to, "--json"]);
    command
        .env("TQQQ_ALPACA_KEY_ID", KEY_ID)
        .env("TQQQ_ALPACA_SECRET_KEY", SECRET)
        .env("TQQQ_TWELVE_DATA_KEY", DATA_KEY);
    command
}

/// Tells a process to end.
pub(crate) fn terminate(child: &Child) {
    let told = Command::new("kill")
        .args(["-TERM", &child.id().to_string()])
        .status();
    assert!(told.unwrap().success());
}

/// The log lines that close a slot.
pub(crate) fn slots(log: &str) -> Vec<Value> {
    log.lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|line| line["message"] == "slot")
        .collect()
}

#[test]
fn every_slot_leaves_one_line_with_outcome_equity_and_head_and_no_secret() {
    let folder = Folder::new();
    let venue = VenueProcess::start(&folder, &[]);
    configure(&folder, &venue.url);
    let ran = folder.finish(&daemon(&folder, "2024-02-21").output().unwrap());
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let lines = slots(&ran.stderr);
    assert_eq!(lines.len(), SHORT_SLOTS, "{}", ran.stderr);
    for line in &lines {
        for field in ["slot", "outcome", "equity", "head", "timestamp", "level"] {
            assert!(line[field].is_string(), "{field} of {line}");
        }
    }
    let different: BTreeSet<&str> = lines
        .iter()
        .filter_map(|line| line["slot"].as_str())
        .collect();
    assert_eq!(different.len(), SHORT_SLOTS);
    for secret in [KEY_ID, SECRET, DATA_KEY] {
        assert!(!ran.stderr.contains(secret) && !ran.stdout.contains(secret));
    }
    let view: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(
        (&view["schema"], &view["slots"]),
        (&"tqqq.daemon/1".into(), &26.into())
    );
    let head = format!(
        "{}:{}",
        view["head_seq"],
        view["head_hash"].as_str().unwrap()
    );
    assert_eq!(lines.last().unwrap()["head"], head);
    folder.ok(&["journal", "verify"]);
    folder.ok(&["replay"]);
}

#[test]
fn a_terminated_daemon_ends_well_and_a_new_one_goes_on() {
    let folder = Folder::new();
    let venue = VenueProcess::start(&folder, &[]);
    configure(&folder, &venue.url);
    let mut child = daemon(&folder, "2024-05-17")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut seen = 0;
    while seen < 5 {
        let line = log.next().expect("the daemon is at work").unwrap();
        seen += slots(&line).len();
    }
    // While it works: a second one is told who is first, and a switch needs no lock.
    let second = folder.finish(&daemon(&folder, "2024-05-17").output().unwrap());
    assert_eq!(second.code, 2, "{}", second.stderr);
    assert!(
        second.stderr.contains(&format!("process {}", child.id())),
        "{}",
        second.stderr
    );
    folder.ok(&["halt", "while it works"]);
    folder.ok(&["resume"]);
    terminate(&child);
    let rest: Vec<String> = log.map_while(Result::ok).collect();
    assert_eq!(child.wait().unwrap().code(), Some(0), "{rest:?}");
    assert!(
        rest.last().is_some_and(|line| line.contains("\"ended\"")),
        "{rest:?}"
    );
    folder.ok(&["journal", "verify"]);

    let to = "2024-02-29";
    let again = folder.finish(&daemon(&folder, to).output().unwrap());
    assert_eq!(again.code, 0, "{}", again.stderr);
    folder.ok(&["journal", "verify"]);
    folder.ok(&["replay"]);
    let history = folder.ok(&["history", "--csv"]);
    assert!(
        !history.contains(",missed,") && !history.contains(",failed,"),
        "{history}"
    );
}

#[test]
fn told_to_end_while_an_order_is_on_its_way_it_carries_the_slot_through_and_a_new_one_goes_on() {
    let folder = Folder::new();
    let venue = VenueProcess::start(&folder, &[]);
    let relay = Relay::before(&venue.url, "POST /v2/orders");
    configure(&folder, &relay.url);
    let mut child = daemon(&folder, "2024-05-17")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    relay.reached.recv().unwrap();
    terminate(&child);
    let mut log = BufReader::new(child.stderr.take().unwrap()).lines();
    let heard = log.find_map(|line| line.ok().filter(|line| line.contains("told to end")));
    assert!(heard.is_some(), "the signal is heard before the order is");
    relay.go_on.send(()).unwrap();
    let rest: Vec<String> = log.map_while(Result::ok).collect();
    assert_eq!(child.wait().unwrap().code(), Some(0), "{rest:?}");
    let closed = slots(&rest.join("\n"));
    let outcomes: Vec<&str> = closed
        .iter()
        .filter_map(|line| line["outcome"].as_str())
        .collect();
    assert_eq!(outcomes, ["traded"], "the slot under way, and no other");
    assert_eq!(orders(&venue).len(), 1);
    folder.ok(&["journal", "verify"]);

    let again = folder.finish(&daemon(&folder, "2024-02-26").output().unwrap());
    assert_eq!(again.code, 0, "{}", again.stderr);
    folder.ok(&["journal", "verify"]);
    folder.ok(&["replay"]);
    let history = folder.ok(&["history", "--csv"]);
    for never in [",missed,", ",failed,", ",open,"] {
        assert!(!history.contains(never), "{history}");
    }
    // The same bars without a stop take the same orders.
    let (other, calm) = (Folder::new(), VenueProcess::start(&folder, &[]));
    configure(&other, &calm.url);
    daemon(&other, "2024-02-26").output().unwrap();
    assert_eq!(orders(&venue).len(), orders(&calm).len());
}

#[test]
fn a_daemon_whose_slots_failed_says_so_in_its_exit_code() {
    let folder = Folder::new();
    // Refused from the second look at the holdings on: the keys have worked, so it may pass, and
    // every slot is tried to its end.
    let venue = VenueProcess::start(&folder, &["--fault", "401@/v2/positions"]);
    configure(&folder, &venue.url);
    let ran = folder.finish(&daemon(&folder, "2024-02-20").output().unwrap());
    assert_eq!(ran.code, 4, "{}", ran.stderr);
    let view: Value = serde_json::from_str(&ran.stdout).unwrap();
    insta::assert_json_snapshot!(view["outcomes"], @r#"
    {
      "failed": 13
    }
    "#);
    let history = folder.ok(&["history", "--json"]);
    for line in history.lines() {
        let slot: Value = serde_json::from_str(line).unwrap();
        assert_eq!(slot["tries"], 8, "{line}");
    }
    let status = folder.ok(&["status"]);
    assert!(status.contains("holding    not seen yet"), "{status}");
    folder.ok(&["replay"]);
}

#[test]
fn what_belongs_to_the_local_exchange_is_refused() {
    let folder = Folder::new();
    folder.write(
        "tqqq.toml",
        "venue = \"alpaca-paper\"\njournal = \"sqlite:paper.journal\"",
    );
    insta::assert_snapshot!(folder.refused(&["run", "--seed", "1"]), @r#"
    error: --seed is for a replay; on alpaca-paper every slot is waited for
    hint: leave it out, or run without venue and venue_url
    "#);
    insta::assert_snapshot!(folder.refused(&["run"]), @"
    error: alpaca needs a key: TQQQ_ALPACA_KEY_ID and TQQQ_ALPACA_SECRET_KEY not set
    hint: set it in the environment, or as a file of that name in $CREDENTIALS_DIRECTORY
    ");
    insta::assert_snapshot!(folder.refused(&["run", "--log-format", "xml"]), @"
    error: invalid value 'xml' for '--log-format <FORM>'
      [possible values: text, json]
    hint: add --help to see what may be typed here
    ");
    let ran = folder
        .command(&["status"])
        .env("TQQQ_LOG_FORMAT", "xml")
        .output()
        .unwrap();
    insta::assert_snapshot!(folder.finish(&ran).stderr, @"
    error: TQQQ_LOG_FORMAT = xml: there is no such form
    hint: write `text` or `json`
    ");
}
