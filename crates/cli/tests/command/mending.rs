//! `doctor --fix`: what it sets right after asking, and what it leaves as bad.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use crate::checking::{DAY, complaints_in, configure, run, squeezed};
use crate::folder::{Folder, VenueProcess};
use crate::wire::say;

#[test]
fn a_levered_account_is_bad_until_fix_has_set_it_and_seen_it() {
    let folder = Folder::new();
    let venue = VenueProcess::start(&folder, &DAY);
    configure(&folder, &venue);
    let settings = "/v2/account/configurations";
    let levered = r#"{"max_margin_multiplier":"4","no_shorting":false,"fractional_trading":false}"#;
    say(&venue.url, "PATCH", settings, levered);
    insta::assert_snapshot!(complaints_in(&folder, &venue), @"
    bad leverage max_margin_multiplier is 4 -> until it is 1 every buy is refused (LeveredAccount): `tqqq doctor --fix` sets it, after asking
    bad shorting no_shorting is false -> until it is true every buy is refused (LeveredAccount): `tqqq doctor --fix` sets it, after asking
    warn symbol TQQQ is tradable; fractional_trading is false for the account -> entries are whole shares by limit orders instead of orders by amount: `tqqq doctor --fix` sets it, after asking
    ");
    insta::assert_snapshot!(run(&folder, &["doctor", "--fix"]).stderr, @"
    --fix would:
      set max_margin_multiplier = 1 for the account at the broker
      set no_shorting = true for the account at the broker
      set fractional_trading = true for the account at the broker
    error: nobody is there to ask
    hint: say --fix --yes when you have read what will be done
    ");
    assert!(say(&venue.url, "GET", settings, "").contains(r#""no_shorting":false"#));
    // Later in the minute the vendor's credits for another look would be used up.
    say(
        &venue.url,
        "POST",
        "/control/advance",
        r#"{"to":"2024-03-11T14:00:45Z"}"#,
    );
    let fixed = run(&folder, &["doctor", "--fix", "--yes", "--json"]);
    let view: Value = serde_json::from_str(&fixed.stdout).unwrap();
    assert_eq!(
        (fixed.code, &view["bad"]),
        (0, &Value::from(0)),
        "{}",
        fixed.stdout
    );
    insta::assert_json_snapshot!(view["fixed"], @r#"
    [
      {
        "error": null,
        "what": "set max_margin_multiplier = 1 for the account at the broker"
      },
      {
        "error": null,
        "what": "set no_shorting = true for the account at the broker"
      },
      {
        "error": null,
        "what": "set fractional_trading = true for the account at the broker"
      }
    ]
    "#);
    let after: Value = serde_json::from_str(&say(&venue.url, "GET", settings, "")).unwrap();
    for (name, value) in [
        ("max_margin_multiplier", Value::from("1")),
        ("no_shorting", Value::from(true)),
        ("fractional_trading", Value::from(true)),
        ("suspend_trade", Value::from(false)),
    ] {
        assert_eq!(after[name], value, "{name}");
    }
}

#[test]
fn a_setting_that_the_broker_does_not_take_stays_bad_and_is_said_so() {
    let folder = Folder::new();
    let venue = VenueProcess::start(&folder, &DAY);
    configure(&folder, &venue);
    say(
        &venue.url,
        "PATCH",
        "/v2/account/configurations",
        r#"{"no_shorting":false}"#,
    );
    let refusing = r#"{"set":"403@PATCH:/v2/account/configurations"}"#;
    say(&venue.url, "POST", "/control/faults", refusing);
    let ran = run(&folder, &["doctor", "--fix", "--yes"]);
    assert_eq!(ran.code, 1, "{}", ran.stdout);
    let about = ran.stdout.lines().filter(|line| line.contains("shorting"));
    insta::assert_snapshot!(squeezed(&about.collect::<Vec<_>>().join("\n")), @"
    bad shorting no_shorting is false -> until it is true every buy is refused (LeveredAccount): `tqqq doctor --fix` sets it, after asking
    set no_shorting = true for the account at the broker: NOT DONE: alpaca/configuration: HTTP 403: forbidden.
    bad shorting no_shorting is false -> until it is true every buy is refused (LeveredAccount): `tqqq doctor --fix` sets it, after asking
    ");
}

#[test]
fn a_change_of_the_account_is_noted_in_its_journal_first() {
    let folder = Folder::new();
    let venue = VenueProcess::start(&folder, &DAY);
    configure(&folder, &venue);
    say(
        &venue.url,
        "PATCH",
        "/v2/account/configurations",
        r#"{"max_margin_multiplier":"2"}"#,
    );
    let refused = run(&folder, &["cycle"]);
    assert_eq!(refused.code, 3, "{}{}", refused.stdout, refused.stderr);
    say(
        &venue.url,
        "POST",
        "/control/advance",
        r#"{"to":"2024-03-11T14:00:45Z"}"#,
    );
    let fixed = run(&folder, &["doctor", "--fix", "--yes"]);
    assert_eq!(fixed.code, 0, "{}", fixed.stdout);
    let store = fs::read(folder.path("paper.journal")).unwrap();
    let text = String::from_utf8_lossy(&store).into_owned();
    assert!(text.contains("doctor --fix asks the broker for max_margin_multiplier = 1"));
    folder.ok(&["journal", "verify"]);
    folder.ok(&["replay"]);
}

#[test]
fn fix_makes_the_folder_and_takes_permissions_back() {
    let folder = Folder::new();
    let venue = VenueProcess::start(&folder, &DAY);
    configure(&folder, &venue);
    let path = folder.path("tqqq.toml");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
    let ran = run(
        &folder,
        &["doctor", "--journal", "new/a.journal", "--fix", "--yes"],
    );
    insta::assert_snapshot!(ran.stderr, @"
    --fix would:
      chmod 644 tqqq.toml
      make the folder new
    ");
    assert!(folder.path("new").is_dir());
    let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o644);
}
