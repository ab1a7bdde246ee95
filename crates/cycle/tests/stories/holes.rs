//! A single source without a bar: nobody knows whether it was traded.

use cycle::fake::{Trend, World, at};
use insta::assert_snapshot;
use market::Calendar;
use market::bar::Interval;
use trading::outcome::{Outcome, Reason};

use crate::support::{check_laws, decimal, failure, outcome, refusal, symbol};

const HOLE: &str = "2025-05-12T10:00";

fn with_hole(trend: Trend) -> World {
    let world = World::new(trend);
    world.bars[0].lose(at(HOLE));
    world
}

fn holding(world: World) -> World {
    world.broker.desk().hold(&symbol("TQQQ"), decimal("100"));
    world
}

#[test]
fn an_exit_follows_the_source_as_soon_as_it_has_gone_on_for_an_hour() {
    let world = holding(with_hole(Trend::Falling));
    let mut runner = world.runner();
    for slot in ["2025-05-12T10:30", "2025-05-12T11:00"] {
        let ended = world.slot(&mut runner, slot);
        assert!(
            failure(&ended).contains("lacks its bar"),
            "{slot}: {ended:?}"
        );
    }
    let ended = world.slot(&mut runner, "2025-05-12T11:30");
    assert_eq!(outcome(&ended), Outcome::Traded);
    assert_eq!(world.held(), decimal("0"));
    check_laws(&world);
}

#[test]
fn a_source_that_does_not_go_on_behind_the_hole_is_not_followed() {
    let world = holding(with_hole(Trend::Falling));
    world.bars[0].lose(at("2025-05-12T11:00"));
    let mut runner = world.runner();
    let ended = world.slot(&mut runner, "2025-05-12T11:30");
    assert!(failure(&ended).contains("lacks its bar"), "{ended:?}");
    check_laws(&world);
}

#[test]
fn an_exit_is_never_held_back_for_weeks_and_an_entry_until_the_hole_weighs_nothing() {
    let last = "2025-05-28T15:30";
    let world = holding(with_hole(Trend::Falling));
    let mut runner = world.runner();
    assert_eq!(outcome(&world.slot(&mut runner, last)), Outcome::Traded);
    check_laws(&world);
    let world = with_hole(Trend::Rising);
    let mut runner = world.runner();
    let Outcome::Refused(why) = outcome(&world.slot(&mut runner, "2025-05-12T11:30")) else {
        panic!("bought beside a hole");
    };
    assert_snapshot!(why, @"MissingBars (at most 0 bars missing in 80 hours and none in the newest session, or a second source that lacks them too; seen: 1 in fake-bars, the newest of 2025-05-12T10:00:00-04:00)");
    let ended = world.slot(&mut runner, "2025-05-23T10:30");
    assert_eq!(refusal(&ended), Reason::MissingBars);
    let ended = world.slot(&mut runner, last);
    assert_eq!(outcome(&ended), Outcome::Traded, "eighty hours later");
    check_laws(&world);
}

#[test]
fn a_second_source_that_lacks_it_too_frees_the_entry_at_once() {
    let mut world = with_hole(Trend::Rising);
    let mut runner = world.runner();
    let ended = world.slot(&mut runner, "2025-05-12T12:00");
    assert_eq!(refusal(&ended), Reason::MissingBars);
    world.add_bars("second").lose(at(HOLE));
    let mut runner = world.runner();
    let ended = world.slot(&mut runner, "2025-05-12T12:30");
    assert_eq!(outcome(&ended), Outcome::Traded);
    check_laws(&world);
}

#[test]
fn a_source_that_lacks_more_than_a_session_is_not_followed_at_all() {
    let world = holding(World::new(Trend::Falling));
    let (from, until) = (at("2025-05-07T09:30"), at("2025-05-08T09:30"));
    let starts = Calendar::nyse().bar_starts(Interval::ThirtyMinutes, from, until);
    let starts = starts.unwrap();
    assert_eq!(starts.len(), 14);
    for start in &starts {
        world.bars[0].lose(*start);
    }
    let mut runner = world.runner();
    let ended = world.slot(&mut runner, "2025-05-12T10:00");
    assert_snapshot!(failure(&ended), @"observe: fake-bars: 14 bars are missing, at most 13 may be, the first of 2025-05-07T09:30:00-04:00");
    world.bars[0].find(starts[0]);
    let ended = world.slot(&mut runner, "2025-05-12T10:30");
    assert_eq!(outcome(&ended), Outcome::Traded);
    check_laws(&world);
}

#[test]
fn into_a_later_session_the_source_has_gone_on_with_its_first_trade() {
    let hole = at("2025-05-12T15:30");
    let world = holding(World::new(Trend::Falling));
    world.bars[0].lose(hole);
    let mut runner = world.runner();
    let ended = world.slot(&mut runner, "2025-05-13T09:30");
    assert_eq!(outcome(&ended), Outcome::Traded);
    check_laws(&world);
    let mut world = World::new(Trend::Rising);
    world.settings.data.max_gaps = 1;
    world.bars[0].lose(hole);
    let mut runner = world.runner();
    let opening = world.slot(&mut runner, "2025-05-13T09:30");
    assert_eq!(refusal(&opening), Reason::MissingBars, "the newest session");
    let next = world.slot(&mut runner, "2025-05-13T10:00");
    assert_eq!(outcome(&next), Outcome::Traded, "one bar may be missing");
    check_laws(&world);
}
