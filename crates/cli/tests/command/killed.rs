//! A runner killed in the middle goes on without doing anything twice; so does one whose venue
//! dies.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Stdio;

use serde_json::Value;

use crate::folder::{Folder, VenueProcess};

/// The last day of the runs here: ten sessions of synthetic bars.
const TO: &str = "2024-03-04";
/// Most looks at a growing journal before a test gives up.
const LOOKS_MAX: usize = 2000;

/// Every order the exchange has, as its Alpaca face lists them.
pub(crate) fn orders(venue: &VenueProcess) -> Vec<Value> {
    let address = venue.url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "GET /v2/orders?status=all&limit=500 HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
         APCA-API-KEY-ID: test-key-id\r\nAPCA-API-SECRET-KEY: test-secret-key\r\n\r\n"
    )
    .unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).unwrap();
    let body = reply.split_once("\r\n\r\n").unwrap().1;
    let start = body.find('[').unwrap();
    let end = body.rfind(']').unwrap();
    serde_json::from_str(&body[start..=end]).unwrap()
}

/// Steps of a slot that two orders have carried out whole: their ids are the same but for the last
/// part, the attempt. What an order left unfilled is another's to fill.
fn filled_twice(orders: &[Value]) -> Vec<String> {
    let mut executed = BTreeSet::new();
    let is_filled = |order: &&Value| order["status"] == "filled";
    let steps = orders.iter().filter(is_filled).map(|order| {
        let id = order["client_order_id"].as_str().unwrap();
        id.rsplit_once('-').unwrap().0.to_owned()
    });
    steps
        .filter(|step| !executed.insert(step.clone()))
        .collect()
}

#[test]
fn a_step_carried_out_twice_is_found() {
    let order =
        |id: &str, status: &str| serde_json::json!({"client_order_id": id, "status": status});
    let attempts = |first: &str| {
        let slot = "tqqq-0a1b2c-20240220T1030-b-TQQQ";
        filled_twice(&[
            order(&format!("{slot}-1"), first),
            order(&format!("{slot}-2"), "filled"),
        ])
    };
    assert_eq!(attempts("canceled"), Vec::<String>::new());
    assert_eq!(attempts("filled"), ["tqqq-0a1b2c-20240220T1030-b-TQQQ"]);
}

fn closed_slots(folder: &Folder) -> usize {
    let ran = folder.run(&["history", "--json", "--journal", "a.journal"]);
    ran.stdout
        .lines()
        .filter(|line| !line.contains("\"outcome\":\"open\""))
        .count()
}

/// Kills a run once at least `slots` are closed.
fn run_and_kill(folder: &Folder, arguments: &[&str], slots: usize) {
    let mut child = folder
        .command(arguments)
        .stderr(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let reached = (0..LOOKS_MAX).any(|_| closed_slots(folder) >= slots);
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(reached, "the run never closed {slots} slots");
}

#[test]
fn a_killed_run_goes_on_without_a_doubled_order() {
    let folder = Folder::new();
    let venue = VenueProcess::start(&folder, &[]);
    let run = [
        "run",
        "--venue-url",
        &venue.url,
        "--to",
        TO,
        "--journal",
        "a.journal",
    ];
    for slots in [20, 45, 80] {
        run_and_kill(&folder, &run, slots);
    }
    folder.ok(&run);
    let killed = folder.ok(&["history", "--csv", "--journal", "a.journal"]);

    let orders = orders(&venue);
    assert!(!orders.is_empty(), "a run without orders proves nothing");
    assert_eq!(filled_twice(&orders), Vec::<String>::new());
    folder.ok(&["replay", "--journal", "a.journal"]);
    folder.ok(&["journal", "verify", "--journal", "a.journal"]);

    // The same bars, never interrupted, in another process: the same slots, the same outcomes.
    let other = Folder::new();
    let calm = VenueProcess::start(&other, &[]);
    other.ok(&[
        "run",
        "--venue-url",
        &calm.url,
        "--to",
        TO,
        "--journal",
        "b.journal",
    ]);
    let calm_history = other.ok(&["history", "--csv", "--journal", "b.journal"]);
    let columns = |text: &str| -> Vec<String> {
        text.lines()
            .map(|line| line.split(',').take(2).collect::<Vec<_>>().join(","))
            .collect()
    };
    assert_eq!(columns(&killed), columns(&calm_history));
    assert_eq!(orders.len(), self::orders(&calm).len());
}

#[test]
fn a_journal_that_was_emptied_is_not_begun_anew() {
    let folder = Folder::new();
    let venue = VenueProcess::start(&folder, &[]);
    folder.write("a.journal", "");
    let run = ["run", "--journal", "a.journal", "--venue-url", &venue.url];
    let stderr = folder.refused(&run);
    let error = &stderr[stderr.find("error: ").unwrap()..];
    insta::assert_snapshot!(error, @"
    error: a.journal: the file is empty, no journal was begun in it
    hint: if it was a journal, restore a backup of it; if it never was one, remove the file
    ");
}

#[test]
fn without_a_named_journal_a_run_finds_the_one_of_its_venue() {
    let folder = Folder::new();
    let venue = VenueProcess::start(&folder, &[]);
    let to = |date: &str| folder.run(&["run", "--venue-url", &venue.url, "--to", date, "--json"]);
    let first = to("2024-02-20");
    assert!(
        first
            .stderr
            .starts_with("beginning journal tqqq-runs/0001.journal"),
        "{}",
        first.stderr
    );
    let second = to("2024-02-21");
    assert!(
        second
            .stderr
            .starts_with("continuing journal tqqq-runs/0001.journal"),
        "{}",
        second.stderr
    );
    // The same seed again, the clock set back: another exchange, and so another journal.
    drop(venue);
    let anew = VenueProcess::start(&folder, &[]);
    let third = folder.run(&["run", "--venue-url", &anew.url, "--to", "2024-02-20"]);
    assert!(
        third
            .stderr
            .starts_with("beginning journal tqqq-runs/0002.journal"),
        "{}",
        third.stderr
    );
}

#[test]
fn a_venue_that_dies_leaves_the_slot_open_and_the_journal_sound() {
    let folder = Folder::new();
    let mut venue = VenueProcess::start(&folder, &[]);
    let run = [
        "run",
        "--venue-url",
        &venue.url,
        "--to",
        "2024-05-17",
        "--journal",
        "a.journal",
    ];
    let mut child = folder
        .command(&run)
        .stderr(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    assert!(
        (0..LOOKS_MAX).any(|_| closed_slots(&folder) >= 10),
        "the run never closed 10 slots"
    );
    venue.kill();
    let mut stderr = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut stderr)
        .unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(4), "{stderr}");
    assert!(
        stderr.contains("error: slot ") && stderr.contains("\nhint: "),
        "{stderr}"
    );
    folder.ok(&["journal", "verify", "--journal", "a.journal"]);
    folder.ok(&["replay", "--journal", "a.journal"]);
}
