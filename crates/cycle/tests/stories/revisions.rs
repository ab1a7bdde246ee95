//! Closed bars that change afterwards: recorded, never traded again.

use cycle::fake::{Basis, Trend, World, at};
use insta::assert_snapshot;
use strategy::Signal;
use trading::outcome::{Held, Outcome};
use trading::record::Record;
use trading::revision::Revised;

use crate::support::{check_laws, outcome, sent, symbol, tell_slot};

const BAR: &str = "2025-05-12T10:00";

fn revisions(world: &World) -> Vec<Revised> {
    let entries = world.entries().into_iter();
    let revised = |record| match record {
        Record::Revised(revised) => Some(revised),
        _ => None,
    };
    entries.filter_map(|entry| revised(entry.record)).collect()
}

/// Bought at 10:30 on a bullish signal; then the newest bar of that signal turns out to have closed
/// at `close`.
fn bought_on_a_bar_revised_to(close: &str) -> (World, cycle::Runner) {
    let world = World::new(Trend::Rising);
    let mut runner = world.runner();
    let ended = world.slot(&mut runner, "2025-05-12T10:30");
    assert_eq!(outcome(&ended), Outcome::Traded);
    world.bars[0].revise(at(BAR), close.parse().unwrap());
    (world, runner)
}

#[test]
fn a_bar_that_would_have_given_another_signal_is_recorded_once_and_nothing_is_traded_for_it() {
    let (world, mut runner) = bought_on_a_bar_revised_to("110");
    let next = world.slot(&mut runner, "2025-05-12T11:00");
    assert_eq!(outcome(&next), Outcome::Held(Held::NoSignal));
    assert_snapshot!(tell_slot(&world, "2025-05-12T11:00"), @"
    11:00:00 slot_opened try 1
    11:00:45 observed price 100.03, cash 500.00000000416, holds [994.801039792 TQQQ]
    11:00:45 revised fake-bars of 2025-05-12T10:30-04:00: Bullish -> Neutral
    11:00:45 decided Keep -> Keep: nothing, no signal
    11:00:45 slot_closed held: no signal
    ");
    let told = revisions(&world).remove(0);
    assert_eq!(
        (told.recorded, told.revised),
        (Signal::Bullish, Signal::Neutral)
    );
    let changed: Vec<String> = told
        .hours
        .iter()
        .map(|hour| format!("{:?} -> {:?}", hour.was, hour.now))
        .collect();
    assert_eq!(changed, ["Some(Price(100.02)) -> Some(Price(110))"]);
    world.slot(&mut runner, "2025-05-12T11:30");
    assert_eq!(revisions(&world).len(), 1, "told once");
    assert_eq!(sent(&world), ["20250512T1030-b-TQQQ-1"]);
    check_laws(&world);
}

#[test]
fn another_process_remembers_what_the_first_had_seen() {
    let (world, runner) = bought_on_a_bar_revised_to("110");
    drop(runner);
    world.slot(&mut world.runner(), "2025-05-12T11:00");
    assert_eq!(revisions(&world).len(), 1);
    check_laws(&world);
}

#[test]
fn a_bar_that_changes_no_signal_is_nothing_to_record() {
    let (world, mut runner) = bought_on_a_bar_revised_to("100.03");
    world.slot(&mut runner, "2025-05-12T11:00");
    assert_eq!(revisions(&world), []);
    check_laws(&world);
}

#[test]
fn bars_on_another_share_basis_are_no_revision() {
    let tqqq = symbol("TQQQ");
    let split = "2025-05-13:2".parse().unwrap();
    let world = World::new(Trend::Flat);
    world.corporate_actions.announce(&tqqq, split);
    world.bars[0].split(
        &tqqq,
        Basis {
            split,
            adjusted_from: Some("2025-05-13".parse().unwrap()),
        },
    );
    world.market.trade_at(&tqqq, Some("200".parse().unwrap()));
    let mut runner = world.runner();
    world.slot(&mut runner, "2025-05-12T15:30");
    world.market.trade_at(&tqqq, None);
    let ended = world.slot(&mut runner, "2025-05-13T10:00");
    assert_eq!(outcome(&ended), Outcome::Held(Held::NoSignal));
    assert_eq!(revisions(&world), []);
    check_laws(&world);
}
