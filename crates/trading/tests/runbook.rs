//! docs/alerts.md has a row for every reason there is to refuse, with what it stops.

use trading::reason::{Effect, Reason};

const PAGE: &str = include_str!("../../../docs/alerts.md");

/// What the page says a reason stops.
fn stops(reason: Reason) -> String {
    let stopped = match reason.effect() {
        Effect::StopsAll => "every order",
        Effect::StopsEntries => "purchases",
        Effect::LeavesUndecided => "decisions",
        Effect::BoundsExits => "sales",
    };
    let until = if reason.strands() {
        ", until you act"
    } else {
        ""
    };
    format!("{stopped}{until}")
}

#[test]
fn every_reason_to_refuse_has_its_row_in_the_runbook() {
    for reason in Reason::ALL.iter().copied() {
        let row = format!("\n| `{reason}` | {} | {} | ", reason.words(), stops(reason));
        let found = PAGE.split_once(&row).map(|(_, rest)| rest);
        let remedy = found.and_then(|rest| rest.lines().next());
        assert!(
            remedy.is_some_and(|remedy| remedy.len() > " |".len()),
            "docs/alerts.md wants a row that begins{row}"
        );
    }
}

#[test]
fn the_runbook_names_no_reason_that_there_is_not() {
    let known = |name: &str| Reason::ALL.iter().any(|reason| reason.to_string() == name);
    let (_, table) = PAGE.split_once("## Every refusal").expect("the heading");
    let rows = table.lines().filter_map(|line| line.strip_prefix("| `"));
    let unknown: Vec<&str> = rows
        .filter_map(|row| row.split('`').next())
        .filter(|name| !known(name))
        .collect();
    assert_eq!(unknown, [""; 0]);
}
