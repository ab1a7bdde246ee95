//! The switches: what each prints, what a run then does, what is refused.

use serde_json::Value;

use crate::folder::{Folder, VenueProcess, masked};

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn each_switch_prints_what_now_holds_and_the_head() {
    let folder = Folder::new();
    folder.short_run();
    let say = |arguments: &[&str]| masked(&folder.ok(arguments));
    insta::assert_snapshot!(say(&["halt", "away until Monday"]), @"
    tqqq-runs/0001.journal
      HALTED   reduce-only, nothing is bought; by the owner: away until Monday
      armed    no
      adopted  yes, the holdings are ours
      head     115:(hex)
    ");
    insta::assert_snapshot!(say(&["halt", "away until Monday"]), @"
    tqqq-runs/0001.journal: it was so already, nothing was written
      HALTED   reduce-only, nothing is bought; by the owner: away until Monday
      armed    no
      adopted  yes, the holdings are ours
      head     115:(hex)
    ");
    insta::assert_snapshot!(say(&["halt", "--flatten", "out before the election"]), @"
    tqqq-runs/0001.journal
      HALTED   everything is sold, nothing is bought; by the owner: out before the election
      armed    no
      adopted  yes, the holdings are ours
      head     116:(hex)
    ");
    insta::assert_snapshot!(say(&["halt", "--freeze", "look first"]), @"
    tqqq-runs/0001.journal
      HALTED   frozen, no order at all; by the owner: look first
      armed    no
      adopted  yes, the holdings are ours
      head     117:(hex)
    ");
    insta::assert_snapshot!(folder.refused(&["halt", "away"]), @"
    error: a freeze is in force: by the owner: look first
    hint: it is stricter than what was asked for; `tqqq resume` first, then halt again
    ");
    insta::assert_snapshot!(say(&["resume", "looked"]), @"
    tqqq-runs/0001.journal
      halt     none
      armed    no
      adopted  yes, the holdings are ours
      head     118:(hex)
    ");
    insta::assert_snapshot!(say(&["resume"]), @"
    tqqq-runs/0001.journal: it was so already, nothing was written
      halt     none
      armed    no
      adopted  yes, the holdings are ours
      head     118:(hex)
    ");
    insta::assert_snapshot!(say(&["arm", "--for", "8h"]), @"
    tqqq-runs/0001.journal
      halt     none
      armed    until 2024-02-21T23:30:45-05:00
      adopted  yes, the holdings are ours
      head     119:(hex)
    ");
    insta::assert_snapshot!(say(&["disarm"]), @"
    tqqq-runs/0001.journal
      halt     none
      armed    no
      adopted  yes, the holdings are ours
      head     120:(hex)
    ");
    insta::assert_snapshot!(say(&["split", "deny", "TQQQ", "2024-02-21", "1/2"]), @"
    tqqq-runs/0001.journal
      halt     none
      armed    no
      adopted  yes, the holdings are ours
      split    TQQQ on 2024-02-21, ratio 1/2: a move of the market, no split
      head     121:(hex)
    ");
    insta::assert_snapshot!(say(&["split", "accept", "TQQQ", "2024-02-21", "2"]), @"
    tqqq-runs/0001.journal
      halt     none
      armed    no
      adopted  yes, the holdings are ours
      split    TQQQ on 2024-02-21, ratio 2: a split
      head     122:(hex)
    ");
    let sound = folder.ok(&["journal", "verify"]);
    assert!(sound.contains(": sound"), "{sound}");
    folder.ok(&["replay"]);
}

#[test]
fn the_json_of_a_switch_has_exactly_the_documented_fields() {
    let folder = Folder::new();
    folder.short_run();
    folder.ok(&["split", "accept", "TQQQ", "2024-02-21", "3/2"]);
    let mut view = json(&folder.ok(&["halt", "--flatten", "away", "--json"]));
    assert_eq!(view["head_hash"].as_str().unwrap().len(), 64);
    view["head_hash"] = Value::from("(hex)");
    insta::assert_json_snapshot!(view, @r#"
    {
      "adopted": true,
      "armed_until": null,
      "by_hand": null,
      "halt": {
        "flatten": true,
        "level": "reduce_only",
        "reason": "by the owner: away"
      },
      "head_hash": "(hex)",
      "head_seq": 116,
      "journal": "tqqq-runs/0001.journal",
      "schema": "tqqq.halt/1",
      "split_rulings": [
        {
          "accepted": true,
          "date": "2024-02-21",
          "ratio": "3/2",
          "symbol": "TQQQ"
        }
      ],
      "written": true
    }
    "#);
}

#[test]
fn status_shows_the_switches_and_the_health_of_the_sources() {
    let folder = Folder::new();
    folder.short_run();
    folder.ok(&["halt", "away"]);
    let status = json(&folder.ok(&["status", "--json"]));
    assert_eq!(status["halt"]["level"], "reduce_only");
    assert_eq!(status["adopted"], true);
    assert_eq!(status["sources"][0]["source"], "twelve-data");
    assert_eq!(status["sources"][0]["usable"], 26);
    assert_eq!(status["blind_slots"], 0);
}

#[test]
fn a_halted_run_buys_nothing_and_a_resumed_one_does() {
    let folder = Folder::new();
    let venue = VenueProcess::start(&folder, &[]);
    let run = |to: &str| {
        let arguments = ["run", "--venue-url", &venue.url, "--to", to, "--json"];
        json(&folder.ok(&arguments))
    };
    run("2024-02-20");
    folder.ok(&["halt", "away"]);
    let halted = run("2024-03-01");
    let resumed = {
        folder.ok(&["resume"]);
        run("2024-03-15")
    };
    assert!(
        halted["outcomes"]["refused"]["Halted"].as_u64() > Some(0),
        "{halted}"
    );
    let orders = |view: &Value| view["orders"].as_u64().unwrap();
    assert!(orders(&resumed) > orders(&halted), "{resumed}");
    folder.ok(&["journal", "verify"]);
    folder.ok(&["replay"]);
}

#[test]
fn adopt_says_what_it_found_and_asks_nobody_who_is_not_there() {
    let folder = Folder::new();
    folder.short_run();
    insta::assert_snapshot!(folder.refused(&["adopt"]), @"
    the account held nothing at 2024-02-21T15:30:45-05:00
    error: nobody is there to ask
    hint: say --yes when you have read what will be sold
    ");
    let ran = folder.run(&["adopt", "--yes"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout.contains("adopted  yes"), "{}", ran.stdout);
}

#[test]
fn a_switch_needs_a_journal_and_sense() {
    let folder = Folder::new();
    insta::assert_snapshot!(folder.refused(&["halt", "away"]), @"
    error: no journal: none is named, and ./tqqq-runs holds none
    hint: `tqqq run` makes one; or name one with --journal
    ");
    insta::assert_snapshot!(folder.refused(&["halt", "away", "--journal", "absent.journal"]), @"
    error: absent.journal: there is no such journal
    hint: check the path; a run makes its journal itself
    ");
    assert!(
        !folder.path("absent.journal").exists(),
        "a switch makes no journal"
    );
    insta::assert_snapshot!(folder.refused(&["arm", "--for", "31d"]), @"
    error: invalid value '31d' for '--for <D>': `31d` is not a time: write 30m, 8h or 5d, at most 30d
    hint: add --help to see what may be typed here
    ");
    insta::assert_snapshot!(folder.refused(&["split", "accept", "TQQQ", "2024-02-21", "0"]), @"
    error: invalid value '0' for '<RATIO>': `0` is no ratio of a split: write new shares for one old like 2, 3/2 or 1/10, from 1/100 to 100
    hint: add --help to see what may be typed here
    ");
    folder.short_run();
    insta::assert_snapshot!(folder.refused(&["split", "accept", "TQQQ", "2024-02-21", "1"]), @"
    error: the ratio 1 is no split
    hint: copy the ratio that the refusal named; `deny` says that the jump is real
    ");
}
