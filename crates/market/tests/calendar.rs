//! The calendar against a table of every session, and its arithmetic over the days that hurt.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use market::calendar::{
    Calendar, CalendarError, DISAGREEMENTS_MAX, FIRST_DATE, LAST_DATE, Override, OverrideKind,
    Session, Slot,
};
use market::time::{Date, Instant, Time, in_new_york, new_york, new_york_date};
use market::{Duration, Interval};
use proptest::prelude::*;

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

/// A moment given by New York's clock.
fn at(text: &str) -> Instant {
    text.parse::<Slot>().unwrap().at()
}

fn session(text: &str) -> Session {
    Calendar::nyse().session(date(text)).unwrap().unwrap()
}

/// Sessions of 1990-2035 as New York readings; see the fixture's origin in data/README.md.
fn table() -> BTreeMap<Date, (Time, Time)> {
    let lines = include_str!("fixtures/nyse_sessions_1990_2035.csv")
        .lines()
        .skip(1);
    lines
        .map(|line| {
            let mut fields = line.split(',');
            let mut next = || fields.next().unwrap();
            (
                next().parse().unwrap(),
                (next().parse().unwrap(), next().parse().unwrap()),
            )
        })
        .collect()
}

#[test]
fn every_date_from_1990_to_2035_agrees_with_the_table_both_ways() {
    let (calendar, table) = (Calendar::nyse(), table());
    assert_eq!(table.len(), 11_577);
    let mut day = FIRST_DATE;
    let mut sessions = 0;
    while day <= LAST_DATE {
        let session = calendar.session(day).unwrap();
        let hours = session.map(|session| {
            assert_eq!(session.date, day);
            let (open, close) = (in_new_york(session.open), in_new_york(session.close));
            assert_eq!((open.0, close.0), (day, day));
            (open.1, close.1)
        });
        assert_eq!(hours, table.get(&day).copied(), "{day}");
        sessions += usize::from(session.is_some());
        day = day.tomorrow().unwrap();
    }
    assert_eq!(sessions, 11_577);
    assert_eq!(
        calendar.sessions(FIRST_DATE, LAST_DATE).unwrap().len(),
        11_577
    );
}

#[test]
fn a_full_day_has_13_slots_and_7_hours_and_a_half_day_7_and_4() {
    // (date, slots, last slot, hours, start and end of the last hour)
    let cases = [
        ("2025-05-12", 13, "15:30", 7, "15:30", "16:00"),
        ("2025-11-28", 7, "12:30", 4, "12:30", "13:00"),
        ("1992-12-24", 9, "13:30", 5, "13:30", "14:00"),
    ];
    for (day, slots, last_slot, hours, last_start, last_end) in cases {
        let session = session(day);
        let moment = |time: &str| at(&format!("{day}T{time}"));
        assert_eq!(session.slots().len(), slots, "{day}");
        assert_eq!(session.slots()[0].at(), session.open);
        assert_eq!(session.slots()[slots - 1].at(), moment(last_slot));
        assert_eq!(session.hours().len(), hours, "{day}");
        let last = session.hours()[hours - 1];
        assert_eq!(
            (last.start, last.end),
            (moment(last_start), moment(last_end))
        );
        assert_eq!(session.is_half_day(), slots < 13);
    }
}

#[test]
fn each_interval_has_its_bars_and_the_close_cuts_the_last() {
    let cases = [
        (Interval::OneMinute, 390, 210),
        (Interval::FiveMinutes, 78, 42),
        (Interval::FifteenMinutes, 26, 14),
        (Interval::ThirtyMinutes, 13, 7),
        (Interval::OneHour, 7, 4),
        (Interval::OneDay, 1, 1),
    ];
    for (interval, full, half) in cases {
        for (day, count) in [("2025-05-12", full), ("2025-11-28", half)] {
            let session = session(day);
            let starts = session.bar_starts(interval);
            assert_eq!(starts.len(), count, "{interval} on {day}");
            assert!(
                starts
                    .iter()
                    .all(|start| session.is_bar_start(interval, *start))
            );
            assert_eq!(session.bar_end(interval, starts[count - 1]), session.close);
        }
    }
    let daily = session("2025-05-12").bar_starts(Interval::OneDay);
    assert_eq!(daily, [new_york(date("2025-05-12"), Time::midnight())]);
}

#[test]
fn the_open_belongs_to_the_session_and_the_close_does_not() {
    let calendar = Calendar::nyse();
    let cases = [
        ("2025-05-12T09:29:59", false),
        ("2025-05-12T09:30", true),
        ("2025-05-12T15:59:59", true),
        ("2025-05-12T16:00", false),
        ("2025-11-28T13:00", false),
        ("2025-11-27T10:00", false),
        ("2025-05-10T10:00", false),
    ];
    for (moment, open) in cases {
        assert_eq!(
            calendar.session_at(at(moment)).unwrap().is_some(),
            open,
            "{moment}"
        );
    }
}

#[test]
fn only_half_hours_of_a_session_are_slots() {
    let calendar = Calendar::nyse();
    let cases = [
        ("2025-05-12T09:30", true),
        ("2025-05-12T15:30", true),
        ("2025-05-12T16:00", false),
        ("2025-05-12T09:31", false),
        ("2025-05-12T10:00:01", false),
        ("2025-11-28T12:30", true),
        ("2025-11-28T13:00", false),
        ("2025-11-27T10:00", false),
    ];
    for (moment, is_slot) in cases {
        let slot = calendar.slot(at(moment)).unwrap();
        assert_eq!(slot, is_slot.then(|| Slot::new(at(moment))), "{moment}");
    }
}

#[test]
fn slots_go_on_over_weekends_holidays_and_clock_changes() {
    let calendar = Calendar::nyse();
    // (after, next slot)
    let cases = [
        ("2025-05-12T09:30", "2025-05-12T10:00"),
        ("2025-05-12T09:29", "2025-05-12T09:30"),
        ("2025-05-12T15:30", "2025-05-13T09:30"),
        ("2025-11-26T15:30", "2025-11-28T09:30"),
        ("2025-11-28T12:30", "2025-12-01T09:30"),
        ("2025-10-31T15:30", "2025-11-03T09:30"),
        ("2026-03-06T15:30", "2026-03-09T09:30"),
        ("2001-09-10T15:30", "2001-09-17T09:30"),
    ];
    for (after, next) in cases {
        let next_slot = calendar.next_slot(at(after)).unwrap();
        assert_eq!(next_slot, Slot::new(at(next)), "after {after}");
        assert_eq!(calendar.latest_slot(at(next)).unwrap(), next_slot);
        let before = calendar
            .latest_slot(at(next) - Duration::from_secs(1))
            .unwrap();
        assert!(before.at() <= at(after) && before < next_slot);
    }
    // After the clocks went back the same reading is one hour later in UTC.
    assert_eq!(at("2025-11-03T09:30").to_string(), "2025-11-03T14:30:00Z");
}

#[test]
fn a_range_of_slots_leaves_its_start_out_and_takes_its_end_in() {
    let calendar = Calendar::nyse();
    let slots = calendar
        .slots(at("2025-11-26T15:00"), at("2025-12-01T09:30"))
        .unwrap();
    let texts: Vec<String> = slots.iter().map(ToString::to_string).collect();
    assert_eq!(texts.first().unwrap(), "2025-11-26T15:30-05:00");
    assert_eq!(texts.last().unwrap(), "2025-12-01T09:30-05:00");
    assert_eq!(texts.len(), 1 + 7 + 1);
    let none = calendar
        .slots(at("2025-12-01T09:30"), at("2025-12-01T09:30"))
        .unwrap();
    assert_eq!(none, []);
}

#[test]
fn closed_hours_are_the_newest_that_have_ended() {
    let calendar = Calendar::nyse();
    let spans = |moment: &str, count: usize| {
        let hours = calendar.closed_hours(at(moment), count).unwrap();
        assert_eq!(hours.len(), count);
        hours
            .iter()
            .map(|hour| Slot::new(hour.start).to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(spans("2025-05-12T10:30", 1), ["2025-05-12T09:30-04:00"]);
    assert_eq!(spans("2025-05-12T10:29:59", 1), ["2025-05-09T15:30-04:00"]);
    // On Monday's open: all of the half day and the last of Wednesday.
    let over_thanksgiving = spans("2025-12-01T09:30", 5);
    assert_eq!(over_thanksgiving[0], "2025-11-26T15:30-05:00");
    assert_eq!(over_thanksgiving[4], "2025-11-28T12:30-05:00");
    assert_eq!(spans("2025-12-01T09:30", 230).len(), 230);
    assert_eq!(spans("2025-12-01T09:30", 0), [""; 0]);
}

#[test]
fn questions_outside_the_range_are_errors_never_guesses() {
    let calendar = Calendar::nyse();
    let message = "2036-01-01 is outside the NYSE calendar, which knows 1990-01-01 to 2035-12-31";
    assert_eq!(
        calendar
            .session(date("2036-01-01"))
            .unwrap_err()
            .to_string(),
        message
    );
    assert_eq!(
        calendar
            .next_slot(at("2035-12-31T15:30"))
            .unwrap_err()
            .to_string(),
        message
    );
    assert_eq!(
        calendar
            .next_session(date("2035-12-31"))
            .unwrap_err()
            .to_string(),
        message
    );
    let before = CalendarError::OutOfRange {
        date: date("1989-12-31"),
    };
    assert_eq!(
        calendar.latest_slot(at("1990-01-02T09:29")).unwrap_err(),
        before
    );
    assert_eq!(
        calendar.previous_session(date("1990-01-02")).unwrap_err(),
        before
    );
    assert_eq!(
        calendar
            .closed_hours(at("1990-01-02T16:00"), 8)
            .unwrap_err(),
        before
    );
    assert!(
        calendar
            .sessions(date("1989-12-29"), date("1990-01-05"))
            .is_err()
    );
    assert!(
        calendar
            .sessions(date("2035-12-29"), date("2036-01-05"))
            .is_err()
    );
    assert!(calendar.session(Date::MAX).is_err() && calendar.next_session(Date::MAX).is_err());
    assert!(calendar.session(Date::MIN).is_err() && calendar.previous_session(Date::MIN).is_err());
}

#[test]
fn an_override_wins_over_rules_and_history() {
    let hours = |open: &str, close: &str| OverrideKind::Hours {
        open: open.parse().unwrap(),
        close: close.parse().unwrap(),
    };
    let given = |day: &str, kind| Override {
        date: date(day),
        kind,
    };
    let calendar = Calendar::with_overrides(&[
        given("2026-07-06", OverrideKind::Closed),
        given("2026-07-07", hours("11:00", "13:00")),
        given("2025-01-09", hours("09:30", "16:00")),
    ])
    .unwrap();
    assert_eq!(calendar.session(date("2026-07-06")).unwrap(), None);
    let late = calendar.session(date("2026-07-07")).unwrap().unwrap();
    assert_eq!(late.slots().len(), 4);
    assert_eq!(late.hours().len(), 2);
    assert_eq!(
        calendar
            .session(date("2025-01-09"))
            .unwrap()
            .unwrap()
            .slots()
            .len(),
        13
    );
    assert_eq!(
        calendar.next_slot(at("2026-07-02T15:30")).unwrap().at(),
        late.open
    );

    let errors = [
        (
            vec![given("2026-07-07", hours("13:00", "13:00"))],
            "the close must come later",
        ),
        (
            vec![given("2036-07-07", OverrideKind::Closed)],
            "outside the NYSE calendar",
        ),
        (
            vec![
                given("2026-07-07", OverrideKind::Closed),
                given("2026-07-07", hours("10:00", "13:00")),
            ],
            "calendar override of 2026-07-07 is given twice",
        ),
    ];
    for (overrides, message) in errors {
        let error = Calendar::with_overrides(&overrides)
            .unwrap_err()
            .to_string();
        assert!(error.contains(message), "{error}");
    }
}

#[test]
fn expected_bars_of_the_weeks_around_clock_changes_and_thanksgiving() {
    let calendar = Calendar::nyse();
    let cases = [
        ("2025-10-27T09:30", "2025-11-07T16:00", 70),
        ("2026-03-02T09:30", "2026-03-09T16:00", 42),
        ("2025-11-24T09:30", "2025-12-02T16:00", 3 * 7 + 4 + 2 * 7),
    ];
    for (from, until, count) in cases {
        let starts = calendar
            .bar_starts(Interval::OneHour, at(from), at(until))
            .unwrap();
        assert_eq!(starts.len(), count, "{from}");
    }
}

proptest! {
    /// The date is remembered from call to call, and asked for in any order it is the same.
    #[test]
    fn a_date_is_what_the_clocks_read_whatever_was_asked_before(
        seconds in proptest::collection::vec(prop_oneof![
            // The years of the calendar, and a few days around a clock change.
            631_152_000_i64..2_082_758_400,
            1_741_400_000_i64..1_741_700_000,
        ], 1..50),
    ) {
        for second in seconds {
            let instant = Instant::from_second(second).unwrap();
            prop_assert_eq!(new_york_date(instant), in_new_york(instant).0);
        }
    }

    #[test]
    fn next_and_latest_slot_agree_with_the_list(second in 631_300_000_i64..2_082_000_000) {
        let calendar = Calendar::nyse();
        let moment = Instant::from_second(second).unwrap();
        let (latest, next) = (calendar.latest_slot(moment).unwrap(), calendar.next_slot(moment).unwrap());
        prop_assert!(latest.at() <= moment && moment < next.at());
        prop_assert_eq!(calendar.slots(latest.at(), next.at()).unwrap(), vec![next]);
        prop_assert_eq!(calendar.slot(latest.at()).unwrap(), Some(latest));
        prop_assert_eq!(latest.to_string().parse::<Slot>().unwrap(), latest);
    }

    #[test]
    fn hours_tile_their_session(days in 0_i64..16_800) {
        let day = FIRST_DATE.checked_add(jiff::Span::new().days(days)).unwrap();
        if let Some(session) = Calendar::nyse().session(day).unwrap() {
            let hours = session.hours();
            prop_assert_eq!(hours[0].start, session.open);
            prop_assert_eq!(hours[hours.len() - 1].end, session.close);
            prop_assert!(hours.windows(2).all(|pair| pair[0].end == pair[1].start));
        }
    }
}

#[test]
fn of_two_calendars_that_differ_what_both_call_a_session_counts() {
    let (from, to) = (date("2025-05-12"), date("2025-05-20"));
    let calendar = Calendar::nyse();
    let mut theirs = calendar.sessions(from, to).unwrap();
    assert_eq!(calendar.disagreements(from, to, &theirs), Ok(vec![]));
    // Ends early, begins late, is not held, is held on a Saturday; the others are alike.
    theirs[0].close = at("2025-05-12T13:00");
    theirs[1].open = at("2025-05-13T10:00");
    theirs.remove(2);
    let saturday = Session {
        date: date("2025-05-17"),
        open: at("2025-05-17T09:30"),
        close: at("2025-05-17T13:00"),
    };
    theirs.push(saturday);
    let found = calendar.disagreements(from, to, &theirs).unwrap();
    let dates: Vec<String> = found.iter().map(|it| it.date.to_string()).collect();
    assert_eq!(
        dates,
        ["2025-05-12", "2025-05-13", "2025-05-14", "2025-05-17"]
    );
    let narrowed = calendar.narrowed(&found);
    let hours = |text: &str| {
        let session = narrowed.session(date(text)).unwrap();
        session.map(|it| (in_new_york(it.open).1, in_new_york(it.close).1))
    };
    let time = |hour, minute| Time::constant(hour, minute, 0, 0);
    assert_eq!(hours("2025-05-12"), Some((time(9, 30), time(13, 0))));
    assert_eq!(hours("2025-05-13"), Some((time(10, 0), time(16, 0))));
    assert_eq!(hours("2025-05-14"), None);
    assert_eq!(hours("2025-05-15"), Some((time(9, 30), time(16, 0))));
    assert_eq!(hours("2025-05-17"), None, "the narrower wins");
    for contested in [
        "2025-05-12T13:00",
        "2025-05-13T09:30",
        "2025-05-14T12:00",
        "2025-05-17T10:00",
    ] {
        let at = at(contested);
        assert!(found.iter().any(|it| it.is_contested(at)), "{contested}");
    }
    for agreed in [
        "2025-05-12T12:30",
        "2025-05-12T16:00",
        "2025-05-13T10:00",
        "2025-05-17T13:00",
    ] {
        let at = at(agreed);
        assert!(!found.iter().any(|it| it.is_contested(at)), "{agreed}");
    }
    let written = serde_json::to_string(&found[2]).unwrap();
    let read: market::calendar::Disagreement = serde_json::from_str(&written).unwrap();
    assert_eq!(read, found[2]);
}

#[test]
fn a_list_that_lacks_weeks_is_not_believed() {
    let calendar = Calendar::nyse();
    let (from, to) = (date("2025-04-01"), date("2025-05-16"));
    let whole = calendar.sessions(from, to).unwrap();
    let lacking = |days: usize| {
        let found = calendar.disagreements(from, to, &whole[days..]).unwrap();
        calendar.narrowed(&found)
    };
    let first = date("2025-04-01");
    let closed = lacking(DISAGREEMENTS_MAX).session(first).unwrap();
    assert_eq!(closed, None, "so many may have been closed");
    let open = lacking(DISAGREEMENTS_MAX + 1).session(first).unwrap();
    assert_eq!(open, calendar.session(first).unwrap());
}
