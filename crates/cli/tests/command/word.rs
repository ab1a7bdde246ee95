//! Word to the owner, from a real daemon to a receiver of its own: what arrives, what it says, and
//! that nothing waits for a receiver who does not take it.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::Value;

use crate::folder::{Folder, Ran, SHORT_SLOTS, VenueProcess};

/// Somebody who is told: keeps every body by its path, and answers with one status.
struct Receiver {
    url: String,
    heard: Arc<Mutex<Vec<(String, String)>>>,
}

impl Receiver {
    fn answering(status: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let heard = Arc::new(Mutex::new(Vec::new()));
        let keep = heard.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                if let Some(message) = hear(stream.unwrap(), status) {
                    keep.lock().unwrap().push(message);
                }
            }
        });
        Self { url, heard }
    }

    /// What came to this path.
    fn heard(&self, path: &str) -> Vec<String> {
        let heard = self.heard.lock().unwrap();
        let of_it = heard.iter().filter(|(at, _)| at == path);
        of_it.map(|(_, body)| body.clone()).collect()
    }

    /// Titles and texts of the messages to the webhook.
    fn told(&self) -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let bodies = self.heard("/hook").into_iter();
        bodies
            .map(|body| {
                let body: Value = serde_json::from_str(&body).unwrap();
                assert_eq!(body["schema"], "tqqq.alert/1");
                (text(&body["title"]), text(&body["text"]))
            })
            .collect()
    }
}

/// One request of one connection: its path and body.
fn hear(mut stream: TcpStream, status: &str) -> Option<(String, String)> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                let is_it = name.eq_ignore_ascii_case("content-length");
                is_it.then(|| value.trim().parse::<usize>().unwrap())
            });
            if body.len() >= length.unwrap_or(0) {
                let path = head.split(' ').nth(1)?.to_owned();
                let answer =
                    format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
                let _ = stream.write_all(answer.as_bytes());
                return Some((path, body.to_owned()));
            }
        }
        match stream.read(&mut chunk) {
            Ok(0) | Err(_) => return None,
            Ok(count) => bytes.extend_from_slice(&chunk[..count]),
        }
    }
}

/// A daemon over the two short days on a paper account, with these settings of `[alerts]`.
fn daemon(folder: &Folder, venue: &VenueProcess, alerts: &str, url: &str) -> Ran {
    let settings = format!(
        "venue = \"alpaca-paper\"\nvenue_url = \"{}\"\njournal = \"sqlite:paper.journal\"\n{alerts}",
        venue.url
    );
    folder.write("tqqq.toml", &settings);
    let mut command: Command = folder.command(&["run", "--to", "2024-02-21"]);
    let command = command
        .env("TQQQ_ALPACA_KEY_ID", "PKWORDKEYID")
        .env("TQQQ_ALPACA_SECRET_KEY", "word-secret")
        .env("TQQQ_TWELVE_DATA_KEY", "word-data-key")
        .env("TQQQ_ALERT_URL", format!("{url}/hook"))
        .env("TQQQ_PING_URL", format!("{url}/ping"));
    folder.finish(&command.output().unwrap())
}

#[test]
fn a_ping_follows_every_slot_and_a_summary_the_close_of_each_day() {
    let (folder, owner) = (Folder::new(), Receiver::answering("200 OK"));
    let venue = VenueProcess::start(&folder, &[]);
    let alerts = "[alerts]\nalso = [\"traded\"]\n";
    let ran = daemon(&folder, &venue, alerts, &owner.url);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let pings = owner.heard("/ping");
    assert_eq!(pings.len(), SHORT_SLOTS, "{pings:?}");
    for ping in &pings {
        assert!(ping.contains("; journal head "), "{ping}");
    }
    let told = owner.told();
    let titles: Vec<&str> = told.iter().map(|(title, _)| title.as_str()).collect();
    insta::assert_debug_snapshot!(titles, @r#"
    [
        "slot 2024-02-20T14:30-05:00",
        "day 2024-02-20",
        "slot 2024-02-21T11:30-05:00",
        "day 2024-02-21",
    ]
    "#);
    for (_, text) in &told {
        assert!(text.contains("; journal head "), "{text}");
    }
    let (_, summary) = told.last().unwrap();
    let (words, _) = summary.split_once("; journal head ").unwrap();
    insta::assert_snapshot!(words, @"13 slots: 1 traded, 12 held; 1 order; equity 97,579.11; holding nothing; -2.99 % since the day before");
}

#[test]
fn the_head_announced_last_is_the_one_that_the_journal_ends_with() {
    let (folder, owner) = (Folder::new(), Receiver::answering("204 No Content"));
    let venue = VenueProcess::start(&folder, &[]);
    daemon(&folder, &venue, "", &owner.url);
    let told = owner.told();
    let (_, head) = told.last().unwrap().1.rsplit_once(' ').unwrap();
    let (seq, hash) = head.split_once(':').unwrap();
    let status: Value = serde_json::from_str(&folder.ok(&["status", "--json"])).unwrap();
    assert_eq!(status["head_seq"].to_string(), seq);
    assert!(status["head_hash"].as_str().unwrap().starts_with(hash));
}

#[test]
fn a_receiver_that_takes_nothing_stops_no_slot_and_stands_in_the_journal() {
    let (folder, owner) = (Folder::new(), Receiver::answering("500 Broken"));
    let venue = VenueProcess::start(&folder, &[]);
    let alerts = "[alerts]\nalso = [\"traded\"]\n";
    let ran = daemon(&folder, &venue, alerts, &owner.url);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let history = folder.ok(&["history", "--csv"]);
    assert_eq!(history.lines().count(), SHORT_SLOTS + 1);
    assert!(!history.contains(",failed,") && !history.contains(",missed,"));
    folder.ok(&["journal", "verify"]);
    folder.ok(&["replay"]);
    let kept = std::fs::read(folder.path("paper.journal")).unwrap();
    let kept = String::from_utf8_lossy(&kept);
    for what in [
        "not delivered: the ping after a slot",
        "not delivered: alert of slot 2024-02-20",
        "not delivered: alert of day 2024-02-20",
    ] {
        assert!(kept.contains(what), "{what} is noted");
    }
    assert!(!kept.contains(&owner.url), "the address is a secret");
    assert!(!ran.stderr.contains(&owner.url), "{}", ran.stderr);
}

#[test]
fn a_reason_is_told_once_a_slot_however_often_it_is_tried() {
    let (folder, owner) = (Folder::new(), Receiver::answering("200 OK"));
    let fault = ["--fault", "401@/v2/positions"];
    let venue = VenueProcess::start(&folder, &fault);
    daemon(&folder, &venue, "", &owner.url);
    let told = owner.told();
    let of_slot: Vec<&str> = told
        .iter()
        .filter(|(title, _)| title.starts_with("slot 2024-02-20T10:00"))
        .map(|(_, text)| text.split("; journal").next().unwrap())
        .collect();
    insta::assert_debug_snapshot!(of_slot, @r#"
    [
        "a try failed: observe: positions: alpaca/positions: HTTP 401: unauthorized.",
        "failed: observe: positions: alpaca/positions: HTTP 401: unauthorized.",
    ]
    "#);
}

#[test]
fn tries_are_left_out_when_the_owner_says_so_and_failures_never() {
    let (folder, owner) = (Folder::new(), Receiver::answering("200 OK"));
    let venue = VenueProcess::start(&folder, &["--fault", "401@/v2/positions"]);
    let alerts = "[alerts]\nleave_out = [\"try_failed\", \"missed\"]\ndaily_summary = false\n";
    daemon(&folder, &venue, alerts, &owner.url);
    let told = owner.told();
    assert!(
        told.iter().all(|(_, text)| !text.starts_with("a try")),
        "{told:?}"
    );
    let failed = told.iter().filter(|(_, text)| text.starts_with("failed"));
    assert_eq!(failed.count(), SHORT_SLOTS);
    assert!(
        told.iter().all(|(title, _)| title.starts_with("slot")),
        "{told:?}"
    );
    let refused = "[alerts]\nleave_out = [\"failed\"]\n";
    let ran = daemon(&folder, &venue, refused, &owner.url);
    assert_eq!(ran.code, 2, "{}", ran.stderr);
}
