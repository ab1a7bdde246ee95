//! How slots begin and end: tries, closing, misses, reconstruction.

use cycle::fake::{Endpoint, Trend, World, at};
use cycle::port::ReadError;
use cycle::{Ended, Runner, TRIES_MAX, TryLimits, retry_pause};
use insta::assert_snapshot;
use market::time::seconds;
use trading::outcome::{Held, Outcome};
use trading::record::Record;

use crate::support::{check_laws, decimal, failure, kinds, outcome, sent, symbol, tell, tell_slot};

const SLOT: &str = "2025-05-12T10:00";

fn transient() -> ReadError {
    ReadError::Transient("503 try later".to_owned())
}

#[test]
fn a_failed_try_leaves_the_slot_open_and_the_next_goes_on() {
    let world = World::new(Trend::Rising);
    let mut runner = world.runner();
    world
        .broker
        .desk()
        .fail(Endpoint::Positions, 1, &transient());
    let ended = world.slot(&mut runner, SLOT);
    assert_snapshot!(failure(&ended), @"observe: positions: 503 try later");
    assert_eq!(outcome(&world.slot(&mut runner, SLOT)), Outcome::Traded);
    assert_snapshot!(tell_slot(&world, SLOT), @"
    10:00:00 slot_opened try 1
    10:00:45 try_failed observe: positions: 503 try later
    10:00:45 slot_opened try 2
    10:00:45 observed price 100.01, cash 100000, holds []
    10:00:45 decided AllIn -> AllIn: buy TQQQ 99500 USD at the market
    10:00:45 quoted 1 looks, narrow enough
    10:00:45 intended 20250512T1000-b-TQQQ-1 99500 USD at the market
    10:00:45 answered 20250512T1000-b-TQQQ-1 accepted as order-1
    10:00:45 settled 20250512T1000-b-TQQQ-1 Filled 994.900509949
    10:00:45 replanned nothing, already at the target
    10:00:45 slot_closed traded
    ");
    check_laws(&world);
}

/// Tries of the slot until it is closed, each as soon after the last as it may be; with when the
/// last began.
fn until_closed(world: &World, runner: &mut Runner) -> (u32, String, Outcome) {
    for tries in 1.. {
        let began = world.time();
        match world.slot(runner, SLOT) {
            Ended::TryFailed { .. } => {
                let next = world.clock_now() + retry_pause(tries);
                world.clock.advance_to(next);
            }
            ended => return (tries, began, outcome(&ended)),
        }
    }
    unreachable!("the slot is closed before the numbers end")
}

#[test]
fn an_outage_of_some_minutes_costs_no_slot() {
    for minutes in [1, 5, 9] {
        let world = World::new(Trend::Rising);
        let mut runner = world.runner();
        let over = at(SLOT) + market::time::minutes(minutes);
        world
            .broker
            .desk()
            .fail(Endpoint::Account, 99, &transient());
        let broker = world.broker.clone();
        world
            .clock
            .plan(over, move || broker.desk().mend(Endpoint::Account));
        let (tries, began, outcome) = until_closed(&world, &mut runner);
        assert_eq!(
            outcome,
            Outcome::Traded,
            "{tries} tries, the last at {began}"
        );
        check_laws(&world);
    }
}

#[test]
fn the_last_try_that_fits_into_the_slots_youth_closes_it_as_failed() {
    let world = World::new(Trend::Rising);
    let mut runner = world.runner();
    world
        .broker
        .desk()
        .fail(Endpoint::Account, 99, &transient());
    let (tries, began, outcome) = until_closed(&world, &mut runner);
    assert_eq!(
        outcome,
        Outcome::Failed("observe: account: 503 try later".to_owned())
    );
    assert_eq!((tries, began.as_str()), (8, "10:09:45"));
    check_laws(&world);
}

#[test]
fn a_caller_who_makes_no_pauses_is_bounded_too() {
    let world = World::new(Trend::Rising);
    let mut runner = world.runner();
    world
        .broker
        .desk()
        .fail(Endpoint::Account, 99, &transient());
    for _ in 1..TRIES_MAX {
        failure(&world.slot(&mut runner, SLOT));
    }
    let last = outcome(&world.slot(&mut runner, SLOT));
    assert!(matches!(last, Outcome::Failed(_)), "{last}");
    check_laws(&world);
}

#[test]
fn a_try_said_to_be_the_last_closes_the_slot_as_failed() {
    let world = World::new(Trend::Rising);
    let mut runner = world.runner();
    world.broker.desk().fail(Endpoint::Account, 1, &transient());
    let last = TryLimits {
        last_try: true,
        ..TryLimits::default()
    };
    let ended = world.attempt(&mut runner, SLOT, last).unwrap().unwrap();
    assert!(matches!(outcome(&ended), Outcome::Failed(_)));
    check_laws(&world);
}

#[test]
fn what_no_try_can_mend_closes_the_slot_at_once() {
    let world = World::new(Trend::Rising);
    let mut runner = world.runner();
    let wrong_key = ReadError::Permanent("401 wrong key".to_owned());
    world.broker.desk().fail(Endpoint::Account, 1, &wrong_key);
    let ended = world.slot(&mut runner, SLOT);
    assert_eq!(
        outcome(&ended),
        Outcome::Failed("observe: account: 401 wrong key".to_owned())
    );
    check_laws(&world);
}

#[test]
fn an_error_of_the_account_is_never_an_empty_portfolio() {
    let reads = [
        Endpoint::Account,
        Endpoint::Positions,
        Endpoint::Orders,
        Endpoint::Session,
        Endpoint::Clock,
        Endpoint::Asset,
    ];
    for endpoint in reads {
        let world = World::new(Trend::Falling);
        world.broker.desk().hold(&symbol("TQQQ"), decimal("100"));
        let mut runner = world.runner();
        world.broker.desk().fail(endpoint, 1, &transient());
        failure(&world.slot(&mut runner, SLOT));
        assert!(!kinds(&world).contains(&"observed"), "{endpoint:?}");
        assert_eq!(sent(&world), Vec::<String>::new(), "{endpoint:?}");
        assert_eq!(outcome(&world.slot(&mut runner, SLOT)), Outcome::Traded);
        check_laws(&world);
    }
}

#[test]
fn an_event_for_a_closed_slot_returns_its_outcome_and_writes_nothing() {
    let world = World::new(Trend::Rising);
    let mut runner = world.runner();
    world.slot(&mut runner, SLOT);
    world.slot(&mut runner, "2025-05-12T10:30");
    let length = world.entries().len();
    for (slot, expected) in [
        (SLOT, Outcome::Traded),
        ("2025-05-12T10:30", Outcome::Held(Held::AtTarget)),
    ] {
        let ended = world.slot(&mut runner, slot);
        assert_eq!(outcome(&ended), expected);
        assert!(matches!(ended, Ended::Closed { fresh: false, .. }));
        let fresh_process = world.slot(&mut world.runner(), slot);
        assert_eq!(outcome(&fresh_process), expected);
    }
    assert_eq!(world.entries().len(), length);
    check_laws(&world);
}

#[test]
fn a_late_call_for_an_earlier_slot_leaves_the_newer_open_one_alone() {
    let world = World::new(Trend::Rising);
    let mut runner = world.runner();
    world.broker.desk().fail(Endpoint::Account, 1, &transient());
    failure(&world.slot(&mut runner, "2025-05-12T10:30"));
    let length = world.entries().len();
    for mut late in [world.runner(), runner] {
        let ended = world.slot(&mut late, SLOT);
        assert!(matches!(ended, Ended::NotASlot { .. }), "{ended:?}");
        assert_eq!(world.entries().len(), length);
    }
    let ended = world.slot(&mut world.runner(), "2025-05-12T10:30");
    assert_eq!(outcome(&ended), Outcome::Traded);
    check_laws(&world);
}

#[test]
fn a_moment_that_is_no_slot_of_today_writes_nothing() {
    let world = World::new(Trend::Rising);
    let mut runner = world.runner();
    world.clock.advance_to(at("2025-05-12T10:07"));
    let mut told = String::new();
    for moment in [
        "2025-05-12T10:07",
        "2025-05-12T10:30",
        "2025-05-12T16:00",
        "2025-05-11T10:00",
        "2025-05-09T10:00",
        "2025-05-13T10:00",
    ] {
        let ended = cycle::fake::drive(runner.run_slot(at(moment), TryLimits::default()));
        match ended.unwrap().unwrap() {
            Ended::NotASlot { why } => told.push_str(&format!("{why}\n")),
            other => panic!("{moment}: {other:?}"),
        }
    }
    assert_snapshot!(told, @"
    2025-05-12T10:07:00-04:00 is no slot of the NYSE
    2025-05-12T10:30-04:00 has not come yet
    2025-05-12T16:00:00-04:00 is no slot of the NYSE
    2025-05-11T10:00:00-04:00 is no slot of the NYSE
    2025-05-09T10:00-04:00 is no slot of today, 2025-05-12
    2025-05-13T10:00-04:00 is no slot of today, 2025-05-12
    ");
    assert_eq!(kinds(&world), ["bound"]);
}

#[test]
fn a_slot_nobody_opened_in_ten_minutes_is_missed() {
    let world = World::new(Trend::Rising);
    let mut runner = world.runner();
    world.clock.advance_to(at(SLOT) + seconds(601));
    assert_eq!(outcome(&world.slot(&mut runner, SLOT)), Outcome::Missed);
    assert_eq!(sent(&world), Vec::<String>::new());
    assert_eq!(outcome(&world.slot(&mut runner, SLOT)), Outcome::Missed);
    check_laws(&world);
}

#[test]
fn a_slot_left_open_for_ten_minutes_has_failed() {
    let world = World::new(Trend::Rising);
    let mut runner = world.runner();
    world.broker.desk().fail(Endpoint::Account, 1, &transient());
    world.slot(&mut runner, SLOT);
    world.clock.advance_to(at(SLOT) + seconds(601));
    let ended = world.slot(&mut runner, SLOT);
    assert!(matches!(outcome(&ended), Outcome::Failed(_)));
    check_laws(&world);
}

#[test]
fn a_slot_left_open_is_closed_by_the_next_run() {
    let world = World::new(Trend::Rising);
    let mut runner = world.runner();
    world.broker.desk().fail(Endpoint::Account, 1, &transient());
    world.slot(&mut runner, SLOT);
    let mut next = world.runner();
    world.slot(&mut next, "2025-05-12T11:00");
    assert_snapshot!(tell(&world), @"
    09:30:00 bound e6fe16f3-64a4-4921-8928-cadf02f92f98 at fake.test
    10:00:00 slot_opened try 1
    10:00:45 try_failed observe: account: 503 try later
    11:00:00 slot_closed failed: left open by run 00000000000000000000000000000001 after 1 tries
    11:00:00 slots_missed 2025-05-12T10:30-04:00 to 2025-05-12T10:30-04:00: 1
    11:00:00 slot_opened try 1
    11:00:45 observed price 100.03, cash 100000, holds []
    11:00:45 reconstructed 2 decided, 0 undecidable, bearish []
    11:00:45 decided AllIn -> AllIn: buy TQQQ 99500 USD at the market
    11:00:45 quoted 1 looks, narrow enough
    11:00:45 intended 20250512T1100-b-TQQQ-1 99500 USD at the market
    11:00:45 answered 20250512T1100-b-TQQQ-1 accepted as order-1
    11:00:45 settled 20250512T1100-b-TQQQ-1 Filled 994.701589523
    11:00:45 replanned nothing, already at the target
    11:00:45 slot_closed traded
    ");
    check_laws(&world);
}

#[test]
fn after_days_of_absence_one_record_names_the_missed_and_the_bearish_ones_sell() {
    let world = World::new(Trend::Flat);
    world.broker.desk().hold(&symbol("TQQQ"), decimal("100"));
    let mut runner = world.runner();
    world.slot(&mut runner, SLOT);
    world.market.follow(Trend::Falling);
    // Neutral now: the price of the moment is above the falling averages.
    let high = "110".parse().unwrap();
    world.market.trade_at(&symbol("TQQQ"), Some(high));
    let mut back = world.runner();
    let ended = world.slot(&mut back, "2025-05-15T10:00");
    assert_eq!(outcome(&ended), Outcome::Traded);
    assert_eq!(world.held(), decimal("0"));
    let told = tell(&world);
    let missed: Vec<&str> = told
        .lines()
        .filter(|line| line.contains("slots_missed"))
        .collect();
    assert_snapshot!(missed.join("\n"), @"10:00:00 slots_missed 2025-05-12T10:30-04:00 to 2025-05-15T09:30-04:00: 38");
    assert!(told.contains("38 decided, 0 undecidable"), "{told}");
    check_laws(&world);
}

#[test]
fn bullish_slots_that_were_missed_never_buy() {
    let world = World::new(Trend::Flat);
    let mut runner = world.runner();
    world.slot(&mut runner, SLOT);
    world.market.follow(Trend::Rising);
    let low = "90".parse().unwrap();
    world.market.trade_at(&symbol("TQQQ"), Some(low));
    let ended = world.slot(&mut runner, "2025-05-13T10:00");
    assert_eq!(outcome(&ended), Outcome::Held(Held::NoSignal));
    assert_eq!(sent(&world), Vec::<String>::new());
    check_laws(&world);
}

#[test]
fn missed_slots_wait_for_a_slot_that_has_bars_to_be_decided_from() {
    let world = World::new(Trend::Flat);
    world.broker.desk().hold(&symbol("TQQQ"), decimal("100"));
    let mut runner = world.runner();
    world.slot(&mut runner, SLOT);
    world.market.follow(Trend::Falling);
    let high = "110".parse().unwrap();
    world.market.trade_at(&symbol("TQQQ"), Some(high));
    let no_plan = ReadError::Permanent("403 no plan".to_owned());
    world.bars[0].fail(1, &no_plan);
    world.slot(&mut runner, "2025-05-13T10:00");
    assert!(runner.state().undecided.is_some());
    world.slot(&mut runner, "2025-05-13T10:30");
    assert_eq!(world.held(), decimal("0"));
    check_laws(&world);
}

#[test]
fn slots_before_the_first_record_are_nobodys() {
    let world = World::new(Trend::Flat);
    let mut runner = world.runner();
    world.slot(&mut runner, "2025-05-12T13:00");
    let missed = world
        .entries()
        .into_iter()
        .any(|entry| matches!(entry.record, Record::SlotsMissed(_)));
    assert!(!missed);
    check_laws(&world);
}

#[test]
fn a_half_day_ends_at_twelve_thirty() {
    let world = World::new(Trend::Flat);
    let mut runner = world.runner();
    assert_eq!(
        outcome(&world.slot(&mut runner, "2025-07-03T12:30")),
        Outcome::Held(Held::NoSignal)
    );
    let ended = world.slot(&mut runner, "2025-07-03T13:00");
    assert!(matches!(ended, Ended::NotASlot { .. }));
    check_laws(&world);
}

#[test]
fn traded_in_a_try_that_failed_later_then_the_slot_still_counts_as_traded() {
    let world = World::new(Trend::Rising);
    let mut runner = world.runner();
    // The listing after the trade fails: observed and listed before sending come first.
    world
        .broker
        .desk()
        .fail_after(Endpoint::Orders, 4, 1, &transient());
    failure(&world.slot(&mut runner, SLOT));
    assert_eq!(outcome(&world.slot(&mut runner, SLOT)), Outcome::Traded);
    assert_eq!(sent(&world).len(), 1);
    check_laws(&world);
}
