//! What stops a runner, what it says then, and how it ends; and what does not stop it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use market::Instant;
use market::time::seconds;
use serde_json::Value;

use crate::daemon::terminate;
use crate::folder::{Folder, VenueProcess};
use crate::killed::orders;

/// Two sessions in which the synthetic bars buy once and sell once.
const TO: &str = "2024-02-21";
/// So far on that no command reads back to the first slot; the fund is held then.
const FAR: &str = "2024-03-12";

fn follow(folder: &Folder, venue: &VenueProcess, to: &str) -> crate::folder::Ran {
    let journal = ["--journal", "a.journal"];
    let run = ["run", "--venue-url", &venue.url, "--to", to];
    folder.run(&[&run[..], &journal[..]].concat())
}

/// Alters the first record of the first slot, far before the newest closed one. A page that was
/// split keeps a stale copy beside it, so every copy is altered.
fn damage(folder: &Folder, journal: &str) {
    let mut bytes = std::fs::read(folder.path(journal)).unwrap();
    let (record, told) = (b"2024-02-20T14:30:00Zslot_opened", b"\"try_number\":1");
    let places = |bytes: &[u8], words: &[u8]| -> Vec<usize> {
        let windows = bytes.windows(words.len()).enumerate();
        windows
            .filter(|(_, seen)| *seen == words)
            .map(|(at, _)| at)
            .collect()
    };
    for record in places(&bytes, record) {
        let told_at = places(&bytes[record..], told)[0];
        bytes[record + told_at + told.len() - 1] = b'2';
    }
    std::fs::write(folder.path(journal), bytes).unwrap();
}

#[test]
fn on_a_chain_damaged_far_back_nothing_is_sent_and_the_owner_learns_what_is_held() {
    let folder = Folder::new();
    let venue = VenueProcess::start(&folder, &[]);
    assert_eq!(follow(&folder, &venue, FAR).code, 0);
    let sent = orders(&venue).len();
    damage(&folder, "a.journal");
    let again = follow(&folder, &venue, "2024-03-13");
    let cycle = ["cycle", "--venue-url", &venue.url, "--journal", "a.journal"];
    for ran in [again, folder.run(&cycle)] {
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{}", ran.stderr);
        for part in [
            "error: a.journal: the chain is broken at record ",
            "hint: no order is sent on a damaged journal; ",
            " TQQQ is held and no order of this program sells it now",
        ] {
            assert!(ran.stderr.contains(part), "{part}: {}", ran.stderr);
        }
    }
    assert_eq!(orders(&venue).len(), sent);
}

#[test]
fn a_second_journal_on_one_account_is_frozen_at_its_first_slot_and_the_run_fails() {
    let folder = Folder::new();
    let venue = VenueProcess::start(&folder, &[]);
    assert_eq!(follow(&folder, &venue, TO).code, 0);
    let sent = orders(&venue).len();
    assert!(sent > 0, "without an order nothing is unknown");
    let other = [
        "run",
        "--venue-url",
        &venue.url,
        "--to",
        "2024-02-26",
        "--journal",
        "b.journal",
    ];
    let ran = folder.run(&other);
    assert_eq!(ran.code, 4, "{}{}", ran.stdout, ran.stderr);
    for part in [
        "HALTED      frozen, no order at all; JournalBehind: ",
        "NOT TRADED  every slot was refused",
        "BY HAND     what the account holds was never seen here",
        "slots       1: ",
    ] {
        assert!(ran.stdout.contains(part), "{part}: {}", ran.stdout);
    }
    assert_eq!(orders(&venue).len(), sent);
}

#[test]
fn one_exchange_is_one_account_by_whatever_name_of_this_machine_it_is_reached() {
    let folder = Folder::new();
    let venue = VenueProcess::start(&folder, &[]);
    let named = venue.url.replace("127.0.0.1", "localhost");
    let run = |url: &str, to: &str| folder.run(&["run", "--venue-url", url, "--to", to]);
    assert_eq!(run(&venue.url, "2024-02-20").code, 0);
    let second = run(&named, TO);
    assert_eq!(second.code, 0, "{}", second.stderr);
    assert!(
        second
            .stderr
            .starts_with("continuing journal tqqq-runs/0001.journal"),
        "{}",
        second.stderr
    );
}

#[test]
fn a_freeze_with_holdings_ends_with_what_to_sell_by_hand() {
    let folder = Folder::new();
    let venue = VenueProcess::start(&folder, &[]);
    assert_eq!(follow(&folder, &venue, "2024-02-20").code, 0);
    let thrown = folder.ok(&["halt", "--freeze", "look first", "--journal", "a.journal"]);
    let ran = follow(&folder, &venue, TO);
    let status = folder.ok(&["status", "--journal", "a.journal"]);
    for text in [&thrown, &ran.stdout, &status] {
        assert!(text.contains("HALTED"), "{text}");
        assert!(text.contains("BY HAND"), "{text}");
        assert!(text.contains("TQQQ is held and no order"), "{text}");
    }
    assert!(ran.stdout.contains("refused (frozen)"), "{}", ran.stdout);
}

#[test]
fn a_run_without_an_end_goes_to_the_end_of_the_venues_bars() {
    let folder = Folder::new();
    let venue = VenueProcess::start(&folder, &["--from", "2024-05-16"]);
    let view = folder.ok(&["run", "--venue-url", &venue.url, "--json"]);
    let view: Value = serde_json::from_str(&view).unwrap();
    assert_eq!(view["last"], "2024-05-17T15:30-04:00");
    assert_eq!(view["slots"], 26);
}

/// Moments of the records of a kind, for the first slot.
fn moments(folder: &Folder, kind: &str) -> Vec<Instant> {
    let why = ["why", "2024-02-20T09:30", "--json", "--journal"];
    let story = folder.ok(&[&why[..], &["a.journal"]].concat());
    let story: Value = serde_json::from_str(&story).unwrap();
    let entries = story["entries"].as_array().unwrap();
    entries
        .iter()
        .filter(|entry| entry["record"]["kind"] == kind)
        .map(|entry| entry["at"].as_str().unwrap().parse().unwrap())
        .collect()
}

const FAILS_ONCE: [&str; 2] = ["--fault", "html@/v2/positions*1"];

#[test]
fn one_call_of_cycle_tries_again_after_half_a_minute() {
    let folder = Folder::new();
    let venue = VenueProcess::start(&folder, &FAILS_ONCE);
    folder.ok(&["cycle", "--venue-url", &venue.url, "--journal", "a.journal"]);
    let (failed, opened) = (
        moments(&folder, "try_failed"),
        moments(&folder, "slot_opened"),
    );
    assert_eq!((failed.len(), opened.len()), (1, 2));
    assert!(
        opened[1] >= failed[0] + seconds(30),
        "{failed:?} {opened:?}"
    );
}

/// A daemon on paper settings, at `url`.
fn daemon(folder: &Folder, url: &str, more: &[&str]) -> Command {
    folder.write(
        "tqqq.toml",
        &format!(
            "venue = \"alpaca-paper\"\nvenue_url = \"{url}\"\njournal = \"sqlite:a.journal\"\n"
        ),
    );
    let mut command = folder.command(&[&["--log-format", "json", "run"], more].concat());
    command.envs([
        ("TQQQ_ALPACA_KEY_ID", "PKEXAMPLE"),
        ("TQQQ_ALPACA_SECRET_KEY", "example-secret"),
        ("TQQQ_TWELVE_DATA_KEY", "example-key"),
    ]);
    command
}

#[test]
fn the_daemon_tries_a_failed_slot_again_after_half_a_minute_and_goes_on() {
    let folder = Folder::new();
    let venue = VenueProcess::start(&folder, &FAILS_ONCE);
    let mut command = daemon(&folder, &venue.url, &["--to", "2024-02-20"]);
    let ran = folder.finish(&command.output().unwrap());
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stderr.contains("trying again in 30s"), "{}", ran.stderr);
    let (failed, opened) = (
        moments(&folder, "try_failed"),
        moments(&folder, "slot_opened"),
    );
    assert_eq!((failed.len(), opened.len()), (1, 2));
    assert!(
        opened[1] >= failed[0] + seconds(30),
        "{failed:?} {opened:?}"
    );
    let history = folder.ok(&["history", "--csv"]);
    assert_eq!(history.lines().count(), 14, "{history}");
    assert!(!history.contains(",failed,"), "{history}");
}

/// A broker that takes requests and never answers; told when the first one hangs. It has no clock
/// of ours, so the wall's counts.
fn silent_broker() -> (String, Receiver<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (hangs, hung) = channel();
    thread::spawn(move || {
        let mut held = Vec::new();
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut start = [0; 18];
            if stream.read_exact(&mut start).is_ok() && &start == b"GET /control/clock" {
                let _ = stream.read(&mut [0; 4096]);
                let _ = stream.write_all(
                    b"HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
                );
            } else {
                held.push(stream);
                // Nobody waits any more only when the test is over.
                let _ = hangs.send(());
            }
        }
    });
    (format!("http://{address}"), hung)
}

#[test]
fn the_first_signal_waits_for_the_work_under_way_and_the_second_ends_at_once() {
    let folder = Folder::new();
    let (url, hung) = silent_broker();
    let mut child = daemon(&folder, &url, &[])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    hung.recv().unwrap();
    terminate(&child);
    let mut log = BufReader::new(child.stderr.take().unwrap()).lines();
    let heard = log.find_map(|line| line.ok().filter(|line| line.contains("told to end")));
    assert!(heard.is_some(), "the first signal is answered");
    assert_eq!(child.try_wait().unwrap(), None, "it is still at work");
    terminate(&child);
    assert_eq!(child.wait().unwrap().code(), Some(4));
    let rest: Vec<String> = log.map_while(Result::ok).collect();
    assert!(
        !rest.iter().any(|line| line.contains("\"ended\"")),
        "{rest:?}"
    );
}

#[test]
fn a_venue_on_the_walls_time_is_waited_for_and_left_on_a_signal() {
    let folder = Folder::new();
    let venue = VenueProcess::start(&folder, &["--clock", "real"]);
    let mut child = folder
        .command(&["--log-format", "json", "run", "--venue-url", &venue.url])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap()).lines();
    let begun = log.find_map(|line| line.ok().filter(|line| line.contains("\"beginning\"")));
    assert!(begun.is_some(), "it begins a journal");
    terminate(&child);
    let rest: Vec<String> = log.map_while(Result::ok).collect();
    assert_eq!(child.wait().unwrap().code(), Some(0), "{rest:?}");
    assert!(
        rest.last().is_some_and(|line| line.contains("\"ended\"")),
        "{rest:?}"
    );
}
