//! Half hours without a trade, and bars that a vendor lost.

use cycle::fake::{Trend, World, at};
use cycle::port::ReadError;
use insta::assert_snapshot;
use trading::judge::Verdict;
use trading::observation::{Observation, Reading};
use trading::outcome::{Outcome, Reason};
use trading::record::{Entry, Record};

use crate::support::{check_laws, failure, outcome, refusal};

const SLOT: &str = "2025-05-12T12:00";

/// Two sources; both lack these bars.
fn halted(bars: &[&str]) -> World {
    let mut world = World::new(Trend::Rising);
    world.add_bars("second");
    for source in &world.bars {
        for bar in bars {
            source.lose(at(bar));
        }
    }
    world
}

fn seen(world: &World) -> Observation {
    let seen = |entry: &Entry| match &entry.record {
        Record::Observed(seen) => Some((**seen).clone()),
        _ => None,
    };
    world.entries().iter().rev().find_map(seen).unwrap()
}

/// What is told of untraded bars: start and who lacks it.
fn told(world: &World) -> String {
    let lines = seen(world).no_trade.into_iter().map(|bar| {
        let start = market::time::new_york_text(bar.start);
        let names: Vec<String> = bar.lacking.iter().map(ToString::to_string).collect();
        format!("{start} {}", names.join(", "))
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Starts of the first source's newest hours, and their gaps.
fn hours(world: &World, count: usize) -> (Vec<String>, usize) {
    let seen = seen(world);
    let Reading::Usable { closed, gaps, .. } = &seen.sources[0].reading else {
        panic!("not usable: {:?}", seen.sources[0].reading);
    };
    let newest = &closed[closed.len() - count..];
    let start = |hour: &market::Hour| market::time::new_york_text(hour.start)[11..16].to_owned();
    (newest.iter().map(start).collect(), gaps.len())
}

#[test]
fn a_half_hour_that_two_sources_lack_was_not_traded_and_its_hour_is_built_without_it() {
    let world = halted(&["2025-05-12T10:00"]);
    let mut runner = world.runner();
    assert_eq!(outcome(&world.slot(&mut runner, SLOT)), Outcome::Traded);
    assert_snapshot!(told(&world), @"2025-05-12T10:00:00-04:00 fake-bars, second");
    let newest = hours(&world, 2);
    assert_eq!(newest, (vec!["09:30".to_owned(), "10:30".to_owned()], 0));
    let Reading::Usable { closed, .. } = &seen(&world).sources[0].reading else {
        panic!("usable");
    };
    // Rising by two cents an hour: half an hour after the opening it is one cent.
    let hour = closed[closed.len() - 2];
    assert_eq!(
        hour.close.to_string(),
        "100.01",
        "the close of its first half"
    );
    check_laws(&world);
}

#[test]
fn the_slot_right_after_a_halt_decides_too() {
    let world = halted(&["2025-05-12T10:00"]);
    let mut runner = world.runner();
    let ended = world.slot(&mut runner, "2025-05-12T10:30");
    assert_eq!(outcome(&ended), Outcome::Traded);
    check_laws(&world);
}

#[test]
fn an_hour_without_any_trade_is_skipped() {
    let world = halted(&["2025-05-12T10:30", "2025-05-12T11:00"]);
    let mut runner = world.runner();
    assert_eq!(outcome(&world.slot(&mut runner, SLOT)), Outcome::Traded);
    assert_snapshot!(told(&world), @"
    2025-05-12T10:30:00-04:00 fake-bars, second
    2025-05-12T11:00:00-04:00 fake-bars, second
    ");
    let newest = hours(&world, 2);
    assert_eq!(newest, (vec!["15:30".to_owned(), "09:30".to_owned()], 0));
    check_laws(&world);
}

#[test]
fn for_weeks_after_a_halt_the_sources_stay_usable() {
    let world = halted(&["2025-05-12T10:00"]);
    let mut runner = world.runner();
    world.slot(&mut runner, SLOT);
    let ended = world.slot(&mut runner, "2025-05-20T10:00");
    assert!(matches!(outcome(&ended), Outcome::Held(_)), "{ended:?}");
    assert_eq!(seen(&world).no_trade.len(), 1);
    check_laws(&world);
}

#[test]
fn a_bar_that_one_source_alone_lacks_is_a_gap_and_the_other_is_followed() {
    let mut world = World::new(Trend::Rising);
    world.add_bars("second");
    world.bars[0].lose(at("2025-05-12T10:00"));
    let mut runner = world.runner();
    assert_eq!(outcome(&world.slot(&mut runner, SLOT)), Outcome::Traded);
    let seen = seen(&world);
    assert_eq!(seen.no_trade, []);
    let Reading::Unusable { why } = &seen.sources[0].reading else {
        panic!("a source that lost a bar is not used");
    };
    assert_snapshot!(why, @"the newest session lacks its bar of 2025-05-12T10:00:00-04:00");
    check_laws(&world);
}

#[test]
fn the_third_source_that_shows_the_bar_is_believed() {
    let mut world = halted(&["2025-05-12T10:00"]);
    world.add_bars("third");
    let mut runner = world.runner();
    assert_eq!(outcome(&world.slot(&mut runner, SLOT)), Outcome::Traded);
    assert_eq!(seen(&world).no_trade, []);
    let followed = world
        .entries()
        .into_iter()
        .find_map(|entry| match entry.record {
            Record::Decided(decided) => Some(decided),
            _ => None,
        });
    let usable: Vec<bool> = followed
        .unwrap()
        .opinions
        .iter()
        .map(|opinion| matches!(opinion.verdict, Verdict::Decision(_)))
        .collect();
    assert_eq!(usable, [false, false, true]);
    check_laws(&world);
}

#[test]
fn a_source_that_does_not_answer_or_has_not_come_so_far_is_no_witness() {
    let down = ReadError::Transient("503".to_owned());
    let world = halted(&["2025-05-12T10:00"]);
    world.bars[1].fail(99, &down);
    let mut runner = world.runner();
    let ended = world.slot(&mut runner, SLOT);
    assert_eq!(refusal(&ended), Reason::MissingBars);
    assert_eq!(seen(&world).no_trade, []);
    // Both stop before the newest bar: they may only be late.
    let world = halted(&["2025-05-12T10:00", "2025-05-12T10:30"]);
    let mut runner = world.runner();
    let ended = world.slot(&mut runner, "2025-05-12T10:30");
    assert!(failure(&ended).contains("lacks its bar"), "{ended:?}");
    check_laws(&world);
}
