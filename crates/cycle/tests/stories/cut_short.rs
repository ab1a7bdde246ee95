//! Sessions that ended as no table knew: what is expected of the bars afterwards.

use cycle::fake::{Trend, World, at};
use cycle::port::AlertLevel;
use insta::assert_snapshot;
use market::Calendar;
use market::bar::Interval;
use trading::observation::{Observation, Reading};
use trading::outcome::{Held, Outcome, Reason};
use trading::record::Record;

use crate::support::{check_laws, decimal, outcome, refusal, symbol};

/// The day that ended early.
const DAY: &str = "2025-05-12";

/// The broker's calendar has the day end at one o'clock.
fn cut_short(trend: Trend) -> World {
    let world = World::new(trend);
    let (open, close) = (at("2025-05-12T09:30"), at("2025-05-12T13:00"));
    world.broker.desk().list_session(open, close);
    world
}

/// The sources have no bar of the day from then on.
fn lose_from(world: &World, from: &str) {
    let starts =
        Calendar::nyse().bar_starts(Interval::ThirtyMinutes, at(from), at("2025-05-12T15:30"));
    for start in starts.unwrap() {
        world.bars[0].lose(start);
    }
}

fn holding(world: World) -> World {
    world.broker.desk().hold(&symbol("TQQQ"), decimal("100"));
    world
}

fn seen(world: &World) -> Observation {
    let entries = world.entries().into_iter().rev();
    let mut seen = entries.filter_map(|entry| match entry.record {
        Record::Observed(seen) => Some(*seen),
        _ => None,
    });
    seen.next().unwrap()
}

/// What of the day is recorded: how the calendars differ, the hours built, what is missing.
fn told(world: &World) -> String {
    let seen = seen(world);
    let time = |at| market::time::new_york_text(at)[11..16].to_owned();
    let span = |session: Option<market::calendar::Session>| {
        session.map_or("none".to_owned(), |it| {
            time(it.open) + "-" + &time(it.close)
        })
    };
    let days = seen.disagreements.iter();
    let days = days.map(|day| {
        format!(
            "{}: {}, broker {}",
            day.date,
            span(day.ours),
            span(day.theirs)
        )
    });
    let Reading::Usable { closed, gaps, .. } = &seen.sources[0].reading else {
        panic!("{:?}", seen.sources[0].reading);
    };
    let of_day = closed
        .iter()
        .filter(|hour| market::time::new_york_date(hour.start).to_string() == DAY);
    let hours: Vec<String> = of_day
        .map(|hour| time(hour.start) + "-" + &time(hour.end))
        .collect();
    let counts = format!(
        "{} hours, {} gaps, {} rejected",
        closed.len(),
        gaps.len(),
        seen.sources[0].rejected.len()
    );
    days.chain([hours.join(" "), counts])
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn after_an_early_close_the_next_session_decides_as_ever() {
    let world = cut_short(Trend::Rising);
    lose_from(&world, "2025-05-12T13:00");
    let mut runner = world.runner();
    let entry = world.slot(&mut runner, "2025-05-12T12:30");
    assert_eq!(refusal(&entry), Reason::CalendarDisagreement);
    let next = world.slot(&mut runner, "2025-05-13T09:30");
    assert_eq!(outcome(&next), Outcome::Traded);
    assert_snapshot!(told(&world), @"
    2025-05-12: 09:30-16:00, broker 09:30-13:00
    09:30-10:30 10:30-11:30 11:30-12:30 12:30-13:00
    230 hours, 0 gaps, 0 rejected
    ");
    let later = world.slot(&mut runner, "2025-06-12T10:00");
    assert_eq!(outcome(&later), Outcome::Held(Held::AtTarget));
    check_laws(&world);
}

#[test]
fn while_the_early_close_is_over_every_slot_of_the_day_is_refused_and_none_fails() {
    let world = holding(cut_short(Trend::Falling));
    lose_from(&world, "2025-05-12T13:00");
    world.broker.desk().is_open = Some(false);
    let mut runner = world.runner();
    for slot in ["13:00", "13:30", "14:00", "15:30"] {
        let ended = world.slot(&mut runner, &format!("{DAY}T{slot}"));
        assert_eq!(refusal(&ended), Reason::MarketClosed, "{slot}");
    }
    world.broker.desk().is_open = None;
    let next = world.slot(&mut runner, "2025-05-13T09:30");
    assert_eq!(outcome(&next), Outcome::Traded);
    assert_eq!(world.held(), decimal("0"));
    check_laws(&world);
}

#[test]
fn after_a_day_that_was_called_off_the_next_session_decides_as_ever() {
    let world = World::new(Trend::Rising);
    world
        .broker
        .desk()
        .sessions
        .insert(DAY.parse().unwrap(), None);
    lose_from(&world, "2025-05-12T09:30");
    let mut runner = world.runner();
    let next = world.slot(&mut runner, "2025-05-13T10:00");
    assert_eq!(outcome(&next), Outcome::Traded);
    assert_snapshot!(told(&world), @"
    2025-05-12: 09:30-16:00, broker none

    230 hours, 0 gaps, 0 rejected
    ");
    check_laws(&world);
}

#[test]
fn bars_of_hours_that_only_one_calendar_has_stop_the_entry_and_not_the_exit() {
    let world = cut_short(Trend::Rising);
    let mut runner = world.runner();
    world.slot(&mut runner, "2025-05-12T12:30");
    let next = world.slot(&mut runner, "2025-05-13T10:00");
    let Outcome::Refused(why) = outcome(&next) else {
        panic!("{next:?}");
    };
    assert_snapshot!(why, @"CalendarDisagreement (no bar at a time that only one of the two calendars calls a part of the session; `[calendar] overrides` says how it was; seen: one of 2025-05-12T13:00:00-04:00 in fake-bars)");
    assert_snapshot!(told(&world), @"
    2025-05-12: 09:30-16:00, broker 09:30-13:00
    09:30-10:30 10:30-11:30 11:30-12:30 12:30-13:00
    230 hours, 0 gaps, 6 rejected
    ");
    // Once the broker says that the day was a whole one, so it was.
    world.broker.desk().sessions.clear();
    let after = world.slot(&mut runner, "2025-05-13T10:30");
    assert_eq!(outcome(&after), Outcome::Traded);
    check_laws(&world);
    let world = holding(cut_short(Trend::Falling));
    let mut runner = world.runner();
    let next = world.slot(&mut runner, "2025-05-13T10:00");
    assert_eq!(outcome(&next), Outcome::Traded);
    check_laws(&world);
}

#[test]
fn the_owner_hears_once_a_session_that_the_calendars_differ() {
    let world = cut_short(Trend::Flat);
    lose_from(&world, "2025-05-12T13:00");
    let mut runner = world.runner();
    for slot in ["2025-05-13T09:30", "2025-05-13T10:00", "2025-05-14T10:00"] {
        world.slot(&mut runner, slot);
    }
    let told = world.alerts.sent().into_iter();
    let told: Vec<String> = told
        .filter(|alert| alert.level == AlertLevel::Warning)
        .map(|alert| {
            format!(
                "{}: {}",
                alert.title,
                alert.text.split("; journal").next().unwrap()
            )
        })
        .collect();
    assert_snapshot!(told.join("\n"), @"
    slot 2025-05-13T09:30-04:00: the broker's calendar differs from ours on 2025-05-12: bars count where both have a session; say in `[calendar] overrides` how it was
    slot 2025-05-14T10:00-04:00: the broker's calendar differs from ours on 2025-05-12: bars count where both have a session; say in `[calendar] overrides` how it was
    ");
}

#[test]
fn a_configuration_that_says_how_it_was_ends_the_difference() {
    let mut world = cut_short(Trend::Rising);
    world.settings.calendar.overrides =
        vec![serde_json::from_str(r#"{"date":"2025-05-12","close":"13:00"}"#).unwrap()];
    let mut runner = world.runner();
    let next = world.slot(&mut runner, "2025-05-13T10:00");
    assert_eq!(outcome(&next), Outcome::Traded);
    assert_eq!(seen(&world).disagreements, []);
    check_laws(&world);
}
