//! A copy of the journal put back in its place: it freezes, learns what the broker holds, goes on.

use std::fs;

use serde_json::Value;

use crate::folder::{Folder, Ran, VenueProcess, masked};
use crate::wire::say;

/// A Monday whose first slot is bullish.
const DAY: [&str; 2] = ["--from", "2024-03-11"];
/// Moments after the slots that follow the first, in UTC.
const LATER: [&str; 4] = [
    "2024-03-11T14:00:45Z",
    "2024-03-11T14:30:45Z",
    "2024-03-11T15:00:45Z",
    "2024-03-11T15:30:45Z",
];

fn advance(venue: &VenueProcess, to: &str) {
    let wish = format!(r#"{{"to":"{to}"}}"#);
    say(&venue.url, "POST", "/control/advance", &wish);
}

fn orders(venue: &VenueProcess) -> Vec<Value> {
    let text = say(&venue.url, "GET", "/v2/orders?status=all&limit=500", "");
    let (from, to) = (text.find('[').unwrap(), text.rfind(']').unwrap());
    serde_json::from_str(&text[from..=to]).unwrap()
}

/// An account at an exchange of its own, with a journal `a.journal` and a copy of it.
struct Account {
    folder: Folder,
    venue: VenueProcess,
}

impl Account {
    /// The fund bought in the first slot, and the journal copied then.
    fn bought() -> Self {
        let folder = Folder::new();
        let venue = VenueProcess::start(&folder, &DAY);
        let account = Self { folder, venue };
        assert_eq!(account.cycle().0, 0);
        account.folder.ok(&[
            "journal",
            "backup",
            "copy.journal",
            "--journal",
            "a.journal",
        ]);
        account
    }

    fn ran(&self, arguments: &[&str]) -> Ran {
        let place = ["--journal", "a.journal", "--venue-url", &self.venue.url];
        self.folder.run(&[arguments, &place[..]].concat())
    }

    /// One slot: exit code and what was said.
    fn cycle(&self) -> (i32, String) {
        let ran = self.ran(&["cycle"]);
        (ran.code, format!("{}{}", ran.stdout, ran.stderr))
    }

    fn switch(&self, arguments: &[&str]) {
        let place = ["--journal", "a.journal"];
        self.folder.ok(&[arguments, &place[..]].concat());
    }

    /// The journal is lost, and its copy put in its place.
    fn put_back(&self) {
        for name in ["a.journal", "a.journal-wal", "a.journal-shm"] {
            let _ = fs::remove_file(self.folder.path(name));
        }
        let (copy, place) = (
            self.folder.path("copy.journal"),
            self.folder.path("a.journal"),
        );
        fs::copy(copy, place).unwrap();
    }

    /// Slot, step and number of every order's id, as the exchange knows it.
    fn ids(&self) -> Vec<String> {
        let mut orders = orders(&self.venue);
        orders.sort_by_key(|order| order["submitted_at"].as_str().unwrap().to_owned());
        let id = |order: &Value| order["client_order_id"].as_str().unwrap().to_owned();
        let short = |id: String| id.splitn(3, '-').last().unwrap_or_default().to_owned();
        orders.iter().map(id).map(short).collect()
    }

    /// What a repair says, without moments and amounts, which the exchange decides.
    fn told(text: &str) -> String {
        let plain = |word: &str| {
            let number = word.chars().any(|c| c.is_ascii_digit())
                && word
                    .chars()
                    .all(|c| c.is_ascii_digit() || c == '.' || c == ',');
            if number {
                "N".to_owned()
            } else {
                word.to_owned()
            }
        };
        let line = |line: &str| line.split(' ').map(plain).collect::<Vec<_>>().join(" ");
        masked(&text.lines().map(line).collect::<Vec<_>>().join("\n"))
    }
}

#[test]
fn a_copy_put_back_freezes_learns_what_the_broker_holds_and_goes_on() {
    let account = Account::bought();
    account.switch(&["halt", "--flatten", "out"]);
    advance(&account.venue, LATER[0]);
    assert_eq!(account.cycle().0, 0, "sold");
    account.switch(&["resume"]);
    advance(&account.venue, LATER[1]);
    assert_eq!(account.cycle().0, 0, "bought again");
    let sent = account.ids();
    assert_eq!(
        sent,
        [
            "20240311T0930-b-TQQQ-1",
            "20240311T1000-s-TQQQ-1",
            "20240311T1030-b-TQQQ-1"
        ]
    );

    account.put_back();
    advance(&account.venue, LATER[2]);
    let (code, said) = account.cycle();
    assert!(code != 0 && said.contains("JournalBehind"), "{code} {said}");
    let place = ["--journal", "a.journal"];
    let status = account.folder.ok(&[&["status"][..], &place[..]].concat());
    for known in ["JournalBehind", "`tqqq journal repair`"] {
        assert!(status.contains(known), "{known}: {status}");
    }

    let doctor = account.ran(&["doctor"]);
    assert_eq!(doctor.code, 1, "the program stopped itself");
    let halted = |line: &&str| line.contains("HALTED") && line.starts_with("bad");
    assert!(
        doctor.stdout.lines().any(|line| halted(&line)),
        "{}",
        doctor.stdout
    );
    let unasked = account.ran(&["journal", "repair"]);
    assert_eq!((unasked.code, unasked.stdout.as_str()), (2, ""));
    insta::assert_snapshot!(Account::told(&unasked.stderr), @"
    a.journal: newest record of 2024-03-11T11:00:45-04:00. The broker holds N orders of this program that it does not know:
      2024-03-11T10:00:45-04:00  sell TQQQ N shares at the market: filled, N filled
      2024-03-11T10:30:45-04:00  buy TQQQ N USD at the market: filled, N filled
      held now: N TQQQ; N by the journal
    One record is to be written; nothing is sent. Why they were sent is lost, and so is every switch of that time: a live account is disarmed, and a halt must be said again.
    error: nobody is there to ask
    hint: say --yes when you have read what will be written
    ");
    assert!(
        account
            .folder
            .ok(&[&["status"][..], &place[..]].concat())
            .contains("JournalBehind")
    );
    let repaired = account.ran(&["journal", "repair", "--yes", "--json"]);
    assert_eq!(repaired.code, 0, "{}", repaired.stderr);
    let mut view: Value = serde_json::from_str(&repaired.stdout).unwrap();
    for varying in ["newest_at", "head", "holdings"] {
        view[varying] = Value::from(varying);
    }
    for order in view["orders"].as_array_mut().unwrap() {
        order["filled"] = Value::from("(shares)");
        let id = order["id"]
            .as_str()
            .unwrap()
            .splitn(3, '-')
            .last()
            .unwrap()
            .to_owned();
        order["id"] = Value::from(id);
    }
    insta::assert_json_snapshot!(view, @r#"
    {
      "halt": null,
      "head": "head",
      "holdings": "holdings",
      "journal": "a.journal",
      "newest_at": "newest_at",
      "orders": [
        {
          "filled": "(shares)",
          "id": "20240311T1000-s-TQQQ-1",
          "side": "sell",
          "slot": "2024-03-11T10:00-04:00",
          "state": "filled",
          "symbol": "TQQQ"
        },
        {
          "filled": "(shares)",
          "id": "20240311T1030-b-TQQQ-1",
          "side": "buy",
          "slot": "2024-03-11T10:30-04:00",
          "state": "filled",
          "symbol": "TQQQ"
        }
      ],
      "repaired": true,
      "schema": "tqqq.journal-repair/1",
      "unfreezes": true
    }
    "#);
    let again = account.ran(&["journal", "repair"]).stdout;
    assert!(again.contains("nothing to repair"), "{again}");

    advance(&account.venue, LATER[3]);
    let (code, said) = account.cycle();
    assert_eq!(code, 0, "{said}");
    assert_eq!(
        account.ids(),
        sent,
        "what is held is held: nothing was to be bought"
    );
    account
        .folder
        .ok(&[&["journal", "verify"][..], &place[..]].concat());
    account
        .folder
        .ok(&[&["replay", "--from-bodies"][..], &place[..]].concat());
}

#[test]
fn in_the_very_slot_that_was_lost_no_name_is_used_twice() {
    let account = Account::bought();
    account.switch(&["halt", "--flatten", "out"]);
    advance(&account.venue, LATER[0]);
    assert_eq!(account.cycle().0, 0, "sold");
    account.put_back();
    let one = r#"{"symbol":"TQQQ","qty":"1","side":"buy","type":"market","time_in_force":"day","client_order_id":"by-hand"}"#;
    say(&account.venue.url, "POST", "/v2/orders", one);
    advance(&account.venue, "2024-03-11T14:02:00Z");
    let repaired = account.ran(&["journal", "repair", "--yes"]);
    assert_eq!(repaired.code, 0, "{}", repaired.stderr);
    account.switch(&["halt", "--flatten", "out again"]);
    let (code, said) = account.cycle();
    assert_eq!(code, 0, "{said}");
    let ids = account.ids();
    assert_eq!(
        ids,
        [
            "20240311T0930-b-TQQQ-1",
            "20240311T1000-s-TQQQ-1",
            "hand",
            "20240311T1000-s-TQQQ-2"
        ]
    );
    account
        .folder
        .ok(&["journal", "verify", "--journal", "a.journal"]);
    account.folder.ok(&["replay", "--journal", "a.journal"]);
}

#[test]
fn a_new_journal_on_an_old_account_learns_its_orders_too() {
    let account = Account::bought();
    for name in ["a.journal", "a.journal-wal", "a.journal-shm"] {
        let _ = fs::remove_file(account.folder.path(name));
    }
    advance(&account.venue, LATER[0]);
    let (code, said) = account.cycle();
    assert!(code != 0 && said.contains("JournalBehind"), "{code} {said}");
    let repaired = account.ran(&["journal", "repair", "--yes"]);
    assert_eq!(repaired.code, 0, "{}", repaired.stderr);
    advance(&account.venue, LATER[1]);
    let (_, said) = account.cycle();
    assert!(!said.contains("JournalBehind"), "{said}");
    account
        .folder
        .ok(&["journal", "verify", "--journal", "a.journal"]);
}

#[test]
fn a_repair_asks_only_the_account_of_the_journal_and_only_when_nobody_is_at_work() {
    let folder = Folder::new();
    folder.short_run();
    insta::assert_snapshot!(folder.refused(&["journal", "repair"]), @"
    error: a local exchange ends with its run: there is nobody to ask
    hint: name the exchange with --venue-url, or the configuration of the account
    ");
    let venue = VenueProcess::start(&folder, &DAY);
    let other = ["journal", "repair", "--venue-url", &venue.url];
    insta::assert_snapshot!(masked(&folder.refused(&other)), @"
    error: this journal belongs to account (hex) at local, not to account (hex) at local
    hint: name the journal of this account; orders of another are none of its business
    ");
    let nobody = ["journal", "repair", "--venue-url", "http://127.0.0.1:9"];
    assert_eq!(folder.run(&nobody).code, 4);
    let lock = fs::File::open(folder.path("tqqq-runs/0001.journal.lock")).unwrap();
    lock.try_lock().unwrap();
    for care in [&other[..], &["journal", "prune", "--older-than", "1d"]] {
        let told = folder.refused(care);
        assert!(told.contains("another runner is at work on it"), "{told}");
    }
}

#[test]
fn an_open_order_that_was_lost_is_taken_back_by_the_next_slot() {
    let account = Account::bought();
    let known = orders(&account.venue)[0]["client_order_id"].clone();
    let tag = known.as_str().unwrap().split('-').nth(1).unwrap();
    let order = format!(
        r#"{{"symbol":"TQQQ","qty":"1","side":"buy","type":"limit","limit_price":"1.00","time_in_force":"day","client_order_id":"tqqq-{tag}-by-hand"}}"#
    );
    say(&account.venue.url, "POST", "/v2/orders", &order);
    advance(&account.venue, LATER[0]);
    let doctor = account.ran(&["doctor"]);
    assert!(
        doctor.stdout.contains("else `tqqq journal repair`"),
        "{}",
        doctor.stdout
    );
    let repaired = account.ran(&["journal", "repair", "--yes"]);
    assert_eq!(repaired.code, 0, "{}", repaired.stderr);
    assert!(
        repaired
            .stderr
            .contains("OPEN, the next slot takes it back"),
        "{}",
        repaired.stderr
    );
    let (code, said) = account.cycle();
    assert_eq!(code, 0, "{said}");
    let states: Vec<Value> = orders(&account.venue)
        .iter()
        .map(|order| order["status"].clone())
        .collect();
    assert_eq!(states, ["canceled", "filled"], "the newest first");
    account
        .folder
        .ok(&["journal", "verify", "--journal", "a.journal"]);
}
