//! Trouble on the wire, by name.

use crate::folder::{Folder, VenueProcess};

/// The last day of the runs here: five sessions of synthetic bars.
const TO: &str = "2024-02-26";

#[test]
fn an_unknown_fault_is_refused_with_what_is_known() {
    let refusal = Folder::new().refused(&["venue", "--fault", "5x=503"]);
    assert!(
        refusal.starts_with("error: --fault 5x=503: `5x` is no fault"),
        "{refusal}"
    );
    assert!(
        refusal.ends_with("hint: `tqqq venue --fault help` lists every fault"),
        "{refusal}"
    );
}

#[test]
fn the_list_of_faults_names_value_and_meaning() {
    let list = Folder::new().ok(&["venue", "--fault", "help"]);
    assert!(list.lines().count() > 40, "{list}");
    let wanted = "stuck-order[=new|partial]";
    assert!(list.lines().any(|line| line.starts_with(wanted)), "{list}");
}

/// The slots of a run and how they ended, as history tells them.
fn history(faults: &[&str]) -> String {
    let folder = Folder::new();
    let venue = VenueProcess::start(&folder, faults);
    let run = [
        "run",
        "--venue-url",
        &venue.url,
        "--to",
        TO,
        "--journal",
        "a.journal",
    ];
    folder.ok(&run);
    assert!(
        folder
            .ok(&["replay", "--journal", "a.journal"])
            .starts_with("identical")
    );
    folder.ok(&["history", "--journal", "a.journal"])
}

#[test]
fn a_wide_quote_keeps_a_run_from_buying_and_from_nothing_else() {
    let folder = Folder::new();
    let venue = VenueProcess::start(&folder, &["--fault", "wide-quote=51"]);
    let run = ["run", "--venue-url", &venue.url, "--to", TO, "--json"];
    let view: serde_json::Value = serde_json::from_str(&folder.ok(&run)).unwrap();
    insta::assert_json_snapshot!(view["outcomes"], @r#"
    {
      "failed": 0,
      "held": 25,
      "missed": 0,
      "refused": {
        "Spread": 40
      },
      "traded": 0
    }
    "#);
    let history = folder.ok(&["history"]);
    assert!(history.contains("lie too far apart"), "{history}");
    assert!(folder.ok(&["replay"]).starts_with("identical"));
}

#[test]
fn a_run_through_trouble_ends_slot_by_slot_as_the_run_without_it() {
    let trouble = [
        "--fault",
        "lost-answer@POST:/v2/orders*1",
        "--fault",
        "html@twelve-data*1",
        "--fault",
        "truncated@/v2/positions*1",
    ];
    assert_eq!(history(&trouble), history(&[]));
}
