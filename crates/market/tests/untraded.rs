//! Bars that nobody traded, told from bars that somebody lost.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use market::check::{Reject, Rejected};
use market::untraded::{Untraded, Witness, untraded};
use market::{Bar, Calendar, Instant, Interval, Slot};
use proptest::prelude::*;

const INTERVAL: Interval = Interval::ThirtyMinutes;

fn at(time: &str) -> Instant {
    let slot: Slot = format!("2025-05-12T{time}").parse().unwrap();
    slot.at()
}

/// The half hours from 09:30 to 12:00, the last one forming, but for these.
fn but(missing: &[&str]) -> Vec<Bar> {
    let starts = Calendar::nyse()
        .bar_starts(INTERVAL, at("09:30"), at("12:00"))
        .unwrap();
    let price = "100".parse().unwrap();
    let is_there = |start: &Instant| !missing.iter().any(|time| at(time) == *start);
    starts
        .into_iter()
        .filter(is_there)
        .map(|start| Bar::new(start, price, price, price, price, None).unwrap())
        .collect()
}

fn found_with(sources: &[(Vec<Bar>, Vec<Rejected>)]) -> Vec<Untraded> {
    let witnesses: Vec<Witness<'_>> = sources
        .iter()
        .map(|(bars, rejected)| Witness { bars, rejected })
        .collect();
    untraded(&witnesses, INTERVAL, &Calendar::nyse(), at("12:00")).unwrap()
}

/// Starts and who lacks them, in words.
fn found(sources: &[Vec<Bar>]) -> String {
    let sources: Vec<_> = sources
        .iter()
        .map(|bars| (bars.clone(), Vec::new()))
        .collect();
    let told = found_with(&sources).into_iter().map(|found| {
        let start = &market::time::new_york_text(found.start)[11..16];
        format!("{start} {:?}", found.lacking)
    });
    told.collect::<Vec<_>>().join("; ")
}

#[test]
fn two_sources_that_went_on_after_a_hole_say_that_nobody_traded() {
    let whole = but(&[]);
    let hole = but(&["10:30"]);
    let cases: [(&str, Vec<Vec<Bar>>, &str); 8] = [
        ("nobody lacks it", vec![whole.clone(), whole.clone()], ""),
        ("one lost it", vec![hole.clone(), whole.clone()], ""),
        ("there is but one", vec![hole.clone()], ""),
        ("both", vec![hole.clone(), hole.clone()], "10:30 [0, 1]"),
        (
            "a third one shows it",
            vec![hole.clone(), whole, hole.clone()],
            "",
        ),
        (
            "three",
            vec![hole.clone(), hole.clone(), hole.clone()],
            "10:30 [0, 1, 2]",
        ),
        (
            "an hour of nothing, and a half that one lost",
            vec![but(&["10:30", "11:00"]), but(&["10:30", "11:00", "11:30"])],
            "10:30 [0, 1]; 11:00 [0, 1]",
        ),
        ("nobody has any", vec![Vec::new(), Vec::new()], ""),
    ];
    for (story, sources, expected) in cases {
        assert_eq!(found(&sources), expected, "{story}");
    }
}

#[test]
fn a_source_that_stops_before_or_begins_behind_a_hole_tells_nothing() {
    let hole = but(&["10:30"]);
    let upto = |time: &str| -> Vec<Bar> {
        let all = but(&["10:30"]).into_iter();
        all.filter(|bar| bar.start < at(time)).collect()
    };
    let from = |time: &str| -> Vec<Bar> {
        let all = but(&["10:30"]).into_iter();
        all.filter(|bar| bar.start >= at(time)).collect()
    };
    assert_eq!(found(&[hole.clone(), upto("10:30")]), "");
    assert_eq!(found(&[hole.clone(), from("11:00")]), "");
    assert_eq!(found(&[hole.clone(), from("10:00")]), "10:30 [0, 1]");
    assert_eq!(found(&[hole, upto("11:30")]), "10:30 [0, 1]");
}

#[test]
fn a_row_that_was_kept_out_is_no_hole() {
    let hole = but(&["10:30"]);
    let rejected = Rejected {
        start: at("10:30"),
        reason: Reject::Inconsistent,
    };
    let found = found_with(&[(hole.clone(), Vec::new()), (hole, vec![rejected])]);
    assert_eq!(found, []);
}

proptest! {
    #[test]
    fn nothing_that_any_source_shows_is_called_untraded(
        shown in proptest::collection::vec(proptest::collection::vec(any::<bool>(), 6), 0..4),
    ) {
        let all = but(&[]);
        let sources: Vec<(Vec<Bar>, Vec<Rejected>)> = shown
            .iter()
            .map(|shown| {
                let kept = all.iter().zip(shown).filter(|(_, shown)| **shown);
                (kept.map(|(bar, _)| *bar).collect(), Vec::new())
            })
            .collect();
        for found in found_with(&sources) {
            let shows = |(bars, _): &(Vec<Bar>, Vec<Rejected>)| {
                bars.iter().any(|bar| bar.start == found.start)
            };
            prop_assert!(!sources.iter().any(shows));
            prop_assert!(found.lacking.len() >= 2);
        }
    }
}
