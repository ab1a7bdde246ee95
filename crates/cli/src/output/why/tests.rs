use serde_json::json;
use strategy::Signal;
use trading::observation::{Observation, SourceName};
use trading::record::{Hash, Record, RunId};
use trading::revision::{Revised, RevisedHour};

use super::*;

fn slot(text: &str) -> Slot {
    text.parse().unwrap()
}

/// The story of these records, without its heading and its head.
fn told(records: Vec<Record>) -> String {
    let seen_at = slot("2025-05-12T11:00");
    let entry = |(seq, record)| Entry {
        seq,
        slot: Some(seen_at),
        run: RunId([7; 16]),
        at: seen_at.at(),
        record,
        prev: Hash::ZERO,
        hash: Hash::ZERO,
    };
    let entries: Vec<Entry> = (1..).zip(records).map(entry).collect();
    let text = WhyView::new(seen_at, &entries).text(Terminal::PLAIN);
    let lines: Vec<&str> = text.lines().skip(1).collect();
    lines[..lines.len() - 2].join("\n")
}

#[test]
fn a_signal_revised_later_is_told_with_the_hours_that_changed() {
    let hour = |end: &str, was: Option<&str>, now: Option<&str>| RevisedHour {
        end: slot(end).at(),
        was: was.map(|price| price.parse().unwrap()),
        now: now.map(|price| price.parse().unwrap()),
    };
    let revised = Revised {
        source: SourceName("fmp".to_owned()),
        slot: slot("2025-05-12T10:30"),
        recorded: Signal::Bullish,
        revised: Signal::Neutral,
        hours: vec![
            hour("2025-05-09T16:00", None, Some("99.8")),
            hour("2025-05-12T10:30", Some("100.02"), Some("110")),
        ],
    };
    insta::assert_snapshot!(told(vec![Record::Revised(revised)]), @"
    11:00:00.000  seen later: fmp was bullish at 2025-05-12 10:30, and by its bars as they are now it was neutral; nothing is traded for it
                  hour until 2025-05-09 16:00  close none, now 99.8
                  hour until 2025-05-12 10:30  close 100.02, now 110
    ");
}

#[test]
fn a_half_hour_that_nobody_traded_is_told_with_who_shows_none() {
    let at = "2025-05-12T15:00:45Z";
    let session = json!({"open": "2025-05-12T13:30:00Z", "close": "2025-05-12T20:00:00Z"});
    let source = |name: &str| {
        json!({
            "source": name, "asked_at": at, "rejected": [], "duplicates": 0,
            "reading": {"unusable": {"why": "a test"}},
        })
    };
    let seen = json!({
        "at": at, "slot": "2025-05-12T15:00:00Z", "session": session, "broker_session": session,
        "clock": {
            "timestamp": at, "is_open": true,
            "next_open": "2025-05-13T13:30:00Z", "next_close": "2025-05-12T20:00:00Z",
        },
        "skew": {"milliseconds": 12},
        "configuration": {"max_margin_multiplier": "1", "no_shorting": true},
        "portfolio": {
            "at": at, "positions": [], "open_orders": [],
            "account": {
                "id": "account-1", "cash": "100", "equity": "100", "buying_power": "100",
                "fees": "0",
            },
        },
        "asset": {"symbol": "TQQQ", "tradable": true, "fractionable": true},
        "sources": [source("twelve-data"), source("fmp")],
        "no_trade": [{"start": "2025-05-12T14:00:00Z", "lacking": ["twelve-data", "fmp"]}],
        "missed_prices": {},
        "bodies": [],
    });
    let observation: Observation = serde_json::from_value(seen).unwrap();
    insta::assert_snapshot!(told(vec![Record::Observed(Box::new(observation))]), @"
    11:00:00.000  saw
                  twelve-data: not usable: a test
                  fmp: not usable: a test
                  nobody traded in the half hour of 2025-05-12 10:00: twelve-data and fmp show none
                  no price
                  cash 100.00, equity 100.00, holding nothing, 0 open orders
                  market open by the broker's clock, 12 ms from ours
    ");
}
