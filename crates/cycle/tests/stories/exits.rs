//! Exits: nothing that fails elsewhere holds one back, and one that is not reached is told.

use cycle::Ended;
use cycle::fake::{Behaviour, CancelFault, SubmitFault, Trend, World};
use cycle::port::{AlertLevel, ReadError};
use trading::order::Side;
use trading::outcome::{Held, Outcome};
use trading::record::{HaltLevel, HaltReason, Halted, Record};

use crate::support::{check_laws, decimal, failure, outcome, sent, shares, symbol};

/// How often a source fails before it would answer again: longer than any story.
const FOR_EVER: usize = 10_000;

fn holding_into_a_fall() -> World {
    let world = World::new(Trend::Falling);
    world.broker.desk().hold(&symbol("TQQQ"), decimal("100"));
    world
}

fn down() -> ReadError {
    ReadError::Transient("HTTP 503".to_owned())
}

/// The 10:00 sale stands and can neither fill nor be taken back in time.
fn first_sale_sticks(world: &World) {
    let mut desk = world.broker.desk();
    desk.exchange.behaviours.push_back(Behaviour::Stuck);
    desk.fault_cancel(CancelFault::Ignored);
}

#[test]
fn an_exit_decided_before_is_carried_out_with_every_source_down() {
    let world = holding_into_a_fall();
    first_sale_sticks(&world);
    let mut runner = world.runner();
    let ended = world.slot(&mut runner, "2025-05-12T10:00");
    assert_eq!(outcome(&ended), Outcome::Held(Held::Unfilled));
    world.prices[0].fail(FOR_EVER, &down());
    world.bars[0].fail(FOR_EVER, &down());
    let next = world.slot(&mut runner, "2025-05-12T10:30");
    assert_eq!(outcome(&next), Outcome::Traded);
    assert_eq!(world.held(), decimal("0"));
    check_laws(&world);
}

#[test]
fn an_exit_that_is_not_reached_is_the_loudest_alert() {
    let world = holding_into_a_fall();
    first_sale_sticks(&world);
    let mut runner = world.runner();
    world.slot(&mut runner, "2025-05-12T10:00");
    let loud = |world: &World| {
        let alerts = world.alerts.sent();
        alerts
            .into_iter()
            .filter(|alert| alert.level == AlertLevel::Critical)
            .count()
    };
    assert_eq!(loud(&world), 1, "{:?}", world.alerts.sent());
    world.slot(&mut runner, "2025-05-12T10:30");
    assert_eq!(world.held(), decimal("0"));
    assert_eq!(loud(&world), 1, "{:?}", world.alerts.sent());
}

#[test]
fn a_refused_sale_is_tried_again_from_a_fresh_look() {
    let world = holding_into_a_fall();
    let refusal = SubmitFault::Refused("insufficient qty available for order");
    world.broker.desk().fault_submit(refusal);
    let mut runner = world.runner();
    let first = world.slot(&mut runner, "2025-05-12T10:00");
    assert!(failure(&first).contains("insufficient qty"), "{first:?}");
    let retried = world.slot(&mut runner, "2025-05-12T10:00");
    assert_eq!(outcome(&retried), Outcome::Traded);
    assert_eq!(sent(&world), ["20250512T1000-s-TQQQ-2"]);
    assert_eq!(world.held(), decimal("0"));
    check_laws(&world);
}

#[test]
fn however_many_orders_of_others_stand_in_the_way_they_are_all_taken_back() {
    let world = holding_into_a_fall();
    let now = cycle::fake::at("2025-05-12T10:00");
    for number in 0..7 {
        let id = format!("by-hand-{number}");
        let mut desk = world.broker.desk();
        desk.enter_foreign(&id, &symbol("TQQQ"), Side::Sell, shares("5"), now);
    }
    let mut runner = world.runner();
    assert_eq!(
        outcome(&world.slot(&mut runner, "2025-05-12T10:00")),
        Outcome::Traded
    );
    assert_eq!(world.held(), decimal("0"));
    check_laws(&world);
}

#[test]
fn a_slot_from_before_the_journal_has_no_outcome() {
    let world = World::new(Trend::Flat);
    let mut runner = world.runner();
    world.slot(&mut runner, "2025-05-12T10:30");
    let before = world.entries().len();
    let ended = world.slot(&mut runner, "2025-05-12T10:00");
    assert!(matches!(ended, Ended::NotASlot { .. }), "{ended:?}");
    assert_eq!(world.entries().len(), before);
}

#[test]
fn one_holding_that_the_broker_will_not_sell_does_not_keep_the_others() {
    let world = World::new(Trend::Flat);
    {
        let mut desk = world.broker.desk();
        desk.hold(&symbol("AAPL"), decimal("5"));
        desk.hold(&symbol("TQQQ"), decimal("100"));
        desk.fault_submit(SubmitFault::Refused("asset AAPL is not tradable"));
    }
    let mut runner = world.runner();
    world.throw(Record::Halted(Halted {
        level: HaltLevel::ReduceOnly,
        flatten: true,
        reason: HaltReason::Owner("get out".to_owned()),
    }));
    let first = world.slot(&mut runner, "2025-05-12T10:00");
    assert!(failure(&first).contains("AAPL"), "{first:?}");
    assert_eq!(world.held(), decimal("0"), "TQQQ is sold all the same");
    let used = runner.state().day.reduce_only;
    assert_eq!(used, 1, "what never lived uses up no exit of the day");
    let again = world.slot(&mut runner, "2025-05-12T10:00");
    assert_eq!(outcome(&again), Outcome::Traded);
    assert!(world.broker.desk().exchange.holdings.is_empty());
    check_laws(&world);
}
