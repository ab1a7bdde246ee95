//! A live account, played by an exchange on this machine: which keys must be turned before it buys.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::{Value, json};

use crate::folder::{Folder, Ran, VenueProcess};

const KEYS: [(&str, &str); 4] = [
    ("TQQQ_ALPACA_KEY_ID", "AKLIVEKEYID"),
    ("TQQQ_ALPACA_SECRET_KEY", "live-secret"),
    ("TQQQ_TWELVE_DATA_KEY", "live-data-key"),
    ("TQQQ_FMP_KEY", "live-fmp-key"),
];

/// The shipped live configuration at an exchange on this machine.
fn configure(folder: &Folder, venue: &VenueProcess) {
    let shipped = include_str!("../../../../config/live.toml");
    let url = format!("venue_url = \"{}\"\n", venue.url);
    folder.write("tqqq.toml", &(url + shipped));
}

fn live(folder: &Folder, arguments: &[&str]) -> Ran {
    let mut command = folder.command(arguments);
    folder.finish(&command.envs(KEYS).output().unwrap())
}

/// Outcomes of all slots until the end of a day, by kind.
fn run(folder: &Folder, to: &str) -> Value {
    let ran = live(folder, &["run", "--to", to, "--json"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    serde_json::from_str(&ran.stdout).unwrap()
}

/// Sets what the broker lets the account do.
fn configure_account(venue: &VenueProcess, body: &Value) {
    let address = venue.url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    let body = body.to_string();
    let [key, secret] = [KEYS[0].1, KEYS[1].1];
    write!(
        stream,
        "PATCH /v2/account/configurations HTTP/1.1\r\nHost: {address}\r\nAPCA-API-KEY-ID: {key}\r\n\
         APCA-API-SECRET-KEY: {secret}\r\nContent-Type: application/json\r\nConnection: close\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[test]
fn real_money_needs_its_keys_and_two_sources() {
    let folder = Folder::new();
    folder.write("tqqq.toml", include_str!("../../../../config/live.toml"));
    for command in ["run", "cycle"] {
        insta::allow_duplicates! {
            insta::assert_snapshot!(folder.refused(&[command]), @"
            error: alpaca needs a key: TQQQ_ALPACA_KEY_ID and TQQQ_ALPACA_SECRET_KEY not set
            hint: set it in the environment, or as a file of that name in $CREDENTIALS_DIRECTORY
            ");
        }
    }
    folder.write(
        "tqqq.toml",
        "venue = \"alpaca-live\"\n[data]\nmin_sources = 1",
    );
    insta::assert_snapshot!(folder.refused(&["run"]), @"
    error: tqqq.toml: data.min_sources = 1: real money follows no single source
    hint: leave it out, and name two data.sources
    ");
}

#[test]
fn real_money_buys_only_while_armed_and_sells_at_any_time() {
    let folder = Folder::new();
    let venue = VenueProcess::start(&folder, &[]);
    configure(&folder, &venue);
    let unarmed = run(&folder, "2024-02-23");
    insta::assert_json_snapshot!(unarmed["outcomes"], @r#"
    {
      "held": 25,
      "refused": 27
    }
    "#);
    folder.ok(&["arm", "--for", "5d"]);
    let armed = run(&folder, "2024-02-28");
    insta::assert_json_snapshot!(armed["outcomes"], @r#"
    {
      "held": 38,
      "traded": 1
    }
    "#);
    let expired = run(&folder, "2024-03-28");
    insta::assert_json_snapshot!(expired["outcomes"], @r#"
    {
      "held": 205,
      "refused": 67,
      "traded": 1
    }
    "#);
    let history = folder.ok(&["history", "--csv"]);
    assert!(history.contains("NotArmed"), "{history}");
    folder.ok(&["journal", "verify"]);
    folder.ok(&["replay"]);
}

#[test]
fn an_armed_account_that_may_owe_buys_nothing() {
    let folder = Folder::new();
    let venue = VenueProcess::start(&folder, &[]);
    configure(&folder, &venue);
    assert_eq!(live(&folder, &["cycle"]).code, 0);
    folder.ok(&["arm", "--for", "30d"]);
    configure_account(&venue, &json!({"max_margin_multiplier": "2"}));
    let levered = run(&folder, "2024-02-26");
    insta::assert_json_snapshot!(levered["outcomes"], @r#"
    {
      "held": 24,
      "refused": 40
    }
    "#);
    configure_account(
        &venue,
        &json!({"max_margin_multiplier": "1", "no_shorting": false}),
    );
    let shorting = run(&folder, "2024-03-04");
    insta::assert_json_snapshot!(shorting["outcomes"], @r#"
    {
      "held": 42,
      "refused": 23
    }
    "#);
    configure_account(&venue, &json!({"no_shorting": true}));
    let fenced = run(&folder, "2024-03-08");
    insta::assert_json_snapshot!(fenced["outcomes"], @r#"
    {
      "held": 51,
      "traded": 1
    }
    "#);
}
