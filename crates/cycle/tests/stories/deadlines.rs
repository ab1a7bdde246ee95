//! Time runs out.

use cycle::TryLimits;
use cycle::fake::{Behaviour, Endpoint, JournalFault, Trend, World, at};
use insta::assert_snapshot;
use market::time::{minutes, seconds};
use trading::outcome::{Held, Outcome, Reason};

use crate::support::{check_laws, decimal, failure, outcome, refusal, sent, symbol};

const SLOT: &str = "2025-05-12T10:00";

fn holding() -> World {
    let world = World::new(Trend::Falling);
    world.broker.desk().hold(&symbol("TQQQ"), decimal("100"));
    world
}

fn until(span: i64) -> TryLimits {
    TryLimits {
        deadline: Some(at(SLOT) + seconds(span)),
        ..TryLimits::default()
    }
}

#[test]
fn an_outer_end_before_the_bars_are_final_fails_the_try_at_once() {
    let world = World::new(Trend::Rising);
    let mut runner = world.runner();
    let ended = world
        .attempt(&mut runner, SLOT, until(50))
        .unwrap()
        .unwrap();
    assert_snapshot!(failure(&ended), @"observe: the bars are final only after the end of this try");
    assert_eq!(world.time(), "10:00:00");
    check_laws(&world);
}

#[test]
fn an_outer_end_shortens_the_try_and_leaves_time_to_cancel() {
    let world = holding();
    world
        .broker
        .desk()
        .exchange
        .behaviours
        .push_back(Behaviour::Stuck);
    let mut runner = world.runner();
    let ended = world
        .attempt(&mut runner, SLOT, until(65))
        .unwrap()
        .unwrap();
    assert_eq!(outcome(&ended), Outcome::Held(Held::Unfilled));
    assert_eq!(world.broker.desk().exchange.open_orders().count(), 0);
    assert!(world.clock_now() <= at(SLOT) + seconds(65));
    check_laws(&world);
}

#[test]
fn an_order_looked_at_slowly_is_taken_back_in_the_seconds_kept_for_it() {
    let world = holding();
    {
        let mut desk = world.broker.desk();
        desk.exchange.behaviours.push_back(Behaviour::Stuck);
        desk.delay(Endpoint::Order, 9, seconds(4));
    }
    let mut runner = world.runner();
    world
        .attempt(&mut runner, SLOT, until(65))
        .unwrap()
        .unwrap();
    assert_eq!(world.broker.desk().exchange.open_orders().count(), 0);
    assert!(
        world.clock_now() <= at(SLOT) + seconds(65),
        "{}",
        world.time()
    );
    check_laws(&world);
}

#[test]
fn a_slow_broker_does_not_make_the_try_longer_than_its_limit() {
    let reads = [
        Endpoint::Clock,
        Endpoint::Session,
        Endpoint::Configuration,
        Endpoint::Asset,
        Endpoint::Orders,
        Endpoint::Positions,
        Endpoint::Account,
        Endpoint::Flows,
    ];
    let world = holding();
    let mut runner = world.runner();
    for endpoint in reads {
        world.broker.desk().delay(endpoint, 99, seconds(9));
    }
    world.slot(&mut runner, SLOT);
    assert!(
        world.clock_now() <= at(SLOT) + seconds(150),
        "{}",
        world.time()
    );
    let last = at(SLOT) + seconds(150 - 10);
    let arrivals = world.broker.desk().arrivals.clone();
    assert!(
        arrivals.iter().all(|arrival| arrival.at <= last),
        "nothing is sent in the last ten seconds"
    );
    check_laws(&world);
}

#[test]
fn ten_minutes_after_the_slot_nothing_more_is_sent() {
    let world = holding();
    let mut runner = world.runner();
    world.clock.advance_to(at(SLOT) + minutes(10) - seconds(2));
    world.broker.desk().delay(Endpoint::Account, 1, seconds(3));
    assert_eq!(refusal(&world.slot(&mut runner, SLOT)), Reason::OutOfTime);
    assert_eq!(sent(&world), Vec::<String>::new());
    check_laws(&world);
}

#[test]
fn the_last_second_before_ten_minutes_fences_the_send() {
    let world = holding();
    let mut runner = world.runner();
    world.clock.advance_to(at(SLOT) + minutes(10) - seconds(2));
    world.slot(&mut runner, SLOT);
    let entries = world.entries();
    let fences = entries.iter().filter_map(|entry| match &entry.record {
        trading::record::Record::Intended(intended) => Some(intended.send_before),
        _ => None,
    });
    let fences: Vec<_> = fences.collect();
    assert!(!fences.is_empty());
    assert!(
        fences.iter().all(|fence| *fence <= at(SLOT) + minutes(10)),
        "{fences:?}"
    );
    check_laws(&world);
}

#[test]
fn an_order_sent_in_the_tenth_minute_may_still_be_taken_back_in_the_eleventh() {
    let world = holding();
    world
        .broker
        .desk()
        .exchange
        .behaviours
        .push_back(Behaviour::Stuck);
    let mut runner = world.runner();
    world.clock.advance_to(at(SLOT) + minutes(10) - seconds(2));
    world.slot(&mut runner, SLOT);
    assert_eq!(sent(&world).len(), 1);
    assert_eq!(world.broker.desk().exchange.open_orders().count(), 0);
    check_laws(&world);
}

#[test]
fn an_order_whose_intent_took_too_long_to_write_is_not_sent_in_this_try() {
    let world = holding();
    let mut runner = world.runner();
    world
        .journal
        .fault("intended", JournalFault::Slow(seconds(5)));
    let ended = world.slot(&mut runner, SLOT);
    assert!(failure(&ended).contains("was not sent"), "{ended:?}");
    assert_eq!(sent(&world), Vec::<String>::new());
    // Certainly not sent: no quarantine, and the same id.
    assert_eq!(outcome(&world.slot(&mut runner, SLOT)), Outcome::Traded);
    assert_eq!(sent(&world), ["20250512T1000-s-TQQQ-1"]);
    assert_eq!(world.time(), "10:00:50");
    check_laws(&world);
}
