//! Days that are not like the others: clock changes, half days, closures, late and repeated ticks.

use cycle::Ended;
use cycle::fake::{Trend, World, at};
use cycle::port::AlertLevel;
use market::Calendar;
use market::time::{minutes, seconds};
use trading::observation::{Observation, Reading};
use trading::outcome::{Held, Outcome, Reason};
use trading::record::Record;

use crate::support::{check_laws, decimal, kinds, outcome, refusal, sent, symbol};

fn holding(beginning: &str, trend: Trend) -> World {
    let world = World::from(beginning, trend);
    world.broker.desk().hold(&symbol("TQQQ"), decimal("100"));
    world
}

fn observations(world: &World) -> Vec<Observation> {
    let entries = world.entries().into_iter();
    let seen = |record| match record {
        Record::Observed(seen) => Some(*seen),
        _ => None,
    };
    entries.filter_map(|entry| seen(entry.record)).collect()
}

#[test]
fn in_the_weeks_of_both_clock_changes_every_slot_is_met_at_its_new_york_time() {
    for (first, last) in [
        ("2025-10-31T09:30", "2025-11-04T15:30"),
        ("2026-03-06T09:30", "2026-03-10T15:30"),
    ] {
        let world = World::from(first, Trend::Rising);
        let mut runner = world.runner();
        let slots = Calendar::nyse()
            .slots(at(first) - seconds(1), at(last))
            .unwrap();
        assert_eq!(slots.len(), 39, "three sessions from {first}");
        for (number, slot) in slots.iter().enumerate() {
            let ended = outcome(&world.slot(&mut runner, &slot.to_string()));
            let expected = match number {
                0 => Outcome::Traded,
                _ => Outcome::Held(Held::AtTarget),
            };
            assert_eq!(ended, expected, "{slot}");
            assert_eq!(world.time()[..5], slot.to_string()[11..16], "{slot}");
        }
        for seen in observations(&world) {
            let Reading::Usable { closed, gaps, .. } = &seen.sources[0].reading else {
                panic!("{:?}", seen.sources[0].reading);
            };
            assert_eq!((closed.len(), gaps.len()), (230, 0), "{}", seen.slot);
        }
        assert!(!kinds(&world).contains(&"slots_missed"));
        check_laws(&world);
    }
}

#[test]
fn the_last_slot_of_a_half_day_still_sells() {
    let world = holding("2025-07-03T09:30", Trend::Falling);
    let mut runner = world.runner();
    let ended = world.slot(&mut runner, "2025-07-03T12:30");
    assert_eq!(outcome(&ended), Outcome::Traded);
    assert_eq!(world.held(), decimal("0"));
    let after = world.slot(&mut runner, "2025-07-03T13:00");
    assert!(matches!(after, Ended::NotASlot { .. }), "{after:?}");
    world.slot(&mut runner, "2025-07-07T09:30");
    assert!(!kinds(&world).contains(&"slots_missed"), "the 4th has none");
    check_laws(&world);
}

#[test]
fn in_the_last_minute_of_a_half_day_nothing_is_sent_any_more() {
    let mut world = holding("2025-07-03T09:30", Trend::Falling);
    world.settings.orders.max_slot_age_s = 1500;
    let mut runner = world.runner();
    world.clock.advance_to(at("2025-07-03T12:54:20"));
    let (open, close) = (at("2025-07-03T09:30"), at("2025-07-03T12:55"));
    world.broker.desk().list_session(open, close);
    let ended = world.slot(&mut runner, "2025-07-03T12:30");
    assert_eq!(refusal(&ended), Reason::MarketClosed);
    assert_eq!(sent(&world), Vec::<String>::new());
    check_laws(&world);
}

#[test]
fn an_early_close_nobody_announced_is_told_and_the_exit_waits_for_the_next_session() {
    let world = holding("2025-05-12T09:30", Trend::Flat);
    let (open, close) = (at("2025-05-12T09:30"), at("2025-05-12T13:00"));
    world.broker.desk().list_session(open, close);
    let mut runner = world.runner();
    world.slot(&mut runner, "2025-05-12T12:30");
    let told = world.alerts.sent();
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0].level, AlertLevel::Warning);
    assert!(
        told[0].text.contains("13:00:00-04:00, ours"),
        "{}",
        told[0].text
    );
    // The market has closed; ours says it is open, and a bearish signal comes.
    world.broker.desk().is_open = Some(false);
    world.market.follow(Trend::Falling);
    let closed = world.slot(&mut runner, "2025-05-12T13:00");
    assert_eq!(refusal(&closed), Reason::MarketClosed);
    assert_eq!(sent(&world), Vec::<String>::new());
    world.broker.desk().is_open = None;
    let next = world.slot(&mut runner, "2025-05-13T09:30");
    assert_eq!(outcome(&next), Outcome::Traded);
    assert_eq!(world.held(), decimal("0"));
    check_laws(&world);
}

#[test]
fn a_tick_nine_minutes_late_is_carried_out_and_its_double_changes_nothing() {
    let slot = "2025-05-12T10:00";
    let world = World::new(Trend::Rising);
    let mut runner = world.runner();
    world.clock.advance_to(at(slot) + minutes(9));
    assert_eq!(outcome(&world.slot(&mut runner, slot)), Outcome::Traded);
    let records = world.entries().len();
    for mut process in [runner, world.runner()] {
        let again = world.slot(&mut process, slot);
        assert!(
            matches!(again, Ended::Closed { fresh: false, .. }),
            "{again:?}"
        );
    }
    assert_eq!(world.entries().len(), records);
    assert_eq!(sent(&world), ["20250512T1000-b-TQQQ-1"]);
    check_laws(&world);
}

#[test]
fn a_tick_of_yesterday_is_no_slot_of_today() {
    let world = World::new(Trend::Rising);
    let mut runner = world.runner();
    world.slot(&mut runner, "2025-05-12T15:30");
    world.clock.advance_to(at("2025-05-13T09:30"));
    let records = world.entries().len();
    let ended = world.slot(&mut runner, "2025-05-12T15:00");
    assert!(matches!(ended, Ended::NotASlot { .. }), "{ended:?}");
    assert_eq!(world.entries().len(), records);
}

#[test]
fn absent_over_a_weekend_and_a_holiday_one_record_names_every_slot_that_was_missed() {
    let world = World::from("2025-05-22T09:30", Trend::Flat);
    let mut runner = world.runner();
    world.slot(&mut runner, "2025-05-22T15:00");
    // Friday is missed; Monday is Memorial Day.
    world.slot(&mut runner, "2025-05-27T10:00");
    let missed: Vec<(String, String, u32)> = world
        .entries()
        .into_iter()
        .filter_map(|entry| match entry.record {
            Record::SlotsMissed(missed) => Some((
                missed.first.to_string(),
                missed.last.to_string(),
                missed.count,
            )),
            _ => None,
        })
        .collect();
    let (first, last) = ("2025-05-22T15:30-04:00", "2025-05-27T09:30-04:00");
    assert_eq!(missed, [(first.to_owned(), last.to_owned(), 15)]);
    check_laws(&world);
}
