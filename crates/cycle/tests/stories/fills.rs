//! Orders that do not simply fill.

use cycle::fake::{Behaviour, CancelFault, Trend, World};
use insta::assert_snapshot;
use market::Money;
use market::time::seconds;
use trading::outcome::{Held, Outcome, Reason};
use trading::record::{Noted, Record};

use crate::support::{check_laws, decimal, our_orders, outcome, refusal, sent, symbol, tell_slot};

fn holding(trend: Trend, shares: &str) -> World {
    let world = World::new(trend);
    world.broker.desk().hold(&symbol("TQQQ"), decimal(shares));
    world
}

fn adopted() -> Record {
    Record::Adopted(Noted {
        text: "by the owner".to_owned(),
    })
}

#[test]
fn a_sale_filled_in_part_is_taken_back_at_the_deadline_and_the_rest_sold_by_a_second() {
    let world = holding(Trend::Falling, "100");
    let part = Behaviour::FillsPart(40);
    world.broker.desk().exchange.behaviours.push_back(part);
    let mut runner = world.runner();
    let ended = world.slot(&mut runner, "2025-05-12T10:00");
    assert_eq!(outcome(&ended), Outcome::Traded);
    assert_snapshot!(tell_slot(&world, "2025-05-12T10:00"), @"
    10:00:00 slot_opened try 1
    10:00:45 observed price 99.99, cash 100000, holds [100 TQQQ]
    10:00:45 decided Out -> Out: sell TQQQ 100 shares at the market
    10:00:45 intended 20250512T1000-s-TQQQ-1 100 shares at the market
    10:00:45 answered 20250512T1000-s-TQQQ-1 accepted as order-1
    10:01:09 intended 20250512T1000-x-TQQQ-1 of order-1
    10:01:09 answered 20250512T1000-x-TQQQ-1 cancel taken
    10:01:09 settled 20250512T1000-s-TQQQ-1 PartlyFilled 40
    10:01:09 replanned sell TQQQ 60 shares at the market
    10:01:09 intended 20250512T1000-s-TQQQ-2 60 shares at the market
    10:01:09 answered 20250512T1000-s-TQQQ-2 accepted as order-2
    10:01:09 settled 20250512T1000-s-TQQQ-2 Filled 60
    10:01:09 replanned nothing, already at the target
    10:01:09 slot_closed traded
    ");
    assert_eq!(world.held(), decimal("0"));
    check_laws(&world);
}

#[test]
fn a_buy_that_never_fills_is_taken_back_and_the_slot_held_unfilled() {
    let world = World::new(Trend::Rising);
    world
        .broker
        .desk()
        .exchange
        .behaviours
        .push_back(Behaviour::Stuck);
    let mut runner = world.runner();
    let ended = world.slot(&mut runner, "2025-05-12T10:00");
    assert_eq!(outcome(&ended), Outcome::Held(Held::Unfilled));
    assert_eq!(world.broker.desk().exchange.open_orders().count(), 0);
    check_laws(&world);
}

#[test]
fn an_order_whose_end_is_not_seen_stays_open_and_the_next_slot_begins_with_it() {
    let world = holding(Trend::Falling, "100");
    world
        .broker
        .desk()
        .exchange
        .behaviours
        .push_back(Behaviour::Stuck);
    world.broker.desk().fault_cancel(CancelFault::Ignored);
    let mut runner = world.runner();
    let ended = world.slot(&mut runner, "2025-05-12T10:00");
    assert_eq!(outcome(&ended), Outcome::Held(Held::Unfilled));
    assert_eq!(runner.state().unsettled().count(), 1);
    world.market.follow(Trend::Flat);
    let next = world.slot(&mut runner, "2025-05-12T10:30");
    assert_eq!(outcome(&next), Outcome::Traded);
    assert_snapshot!(tell_slot(&world, "2025-05-12T10:30"), @"
    10:30:00 slot_opened try 1
    10:30:00 intended 20250512T1030-x-TQQQ-1 of order-1
    10:30:00 answered 20250512T1030-x-TQQQ-1 cancel taken
    10:30:00 settled 20250512T1000-s-TQQQ-1 Canceled 0
    10:30:45 observed price 100, cash 100000, holds [100 TQQQ]
    10:30:45 decided Keep -> Out: sell TQQQ 100 shares at the market
    10:30:45 intended 20250512T1030-s-TQQQ-1 100 shares at the market
    10:30:45 answered 20250512T1030-s-TQQQ-1 accepted as order-2
    10:30:45 settled 20250512T1030-s-TQQQ-1 Filled 100
    10:30:45 replanned nothing, already at the target
    10:30:45 slot_closed traded
    ");
    assert_eq!(world.held(), decimal("0"));
    check_laws(&world);
}

#[test]
fn an_order_that_cannot_be_taken_back_stops_every_other_in_its_symbol() {
    let world = holding(Trend::Falling, "100");
    world
        .broker
        .desk()
        .exchange
        .behaviours
        .push_back(Behaviour::Stuck);
    for _ in 0..4 {
        world.broker.desk().fault_cancel(CancelFault::Ignored);
    }
    let mut runner = world.runner();
    world.slot(&mut runner, "2025-05-12T10:00");
    let next = world.slot(&mut runner, "2025-05-12T10:30");
    assert_eq!(outcome(&next), Outcome::Held(Held::Unfilled));
    assert_eq!(sent(&world), ["20250512T1000-s-TQQQ-1"]);
    check_laws(&world);
}

#[test]
fn a_fill_that_beats_its_cancel_counts() {
    let world = holding(Trend::Falling, "100");
    world
        .broker
        .desk()
        .exchange
        .behaviours
        .push_back(Behaviour::Stuck);
    world.broker.desk().fault_cancel(CancelFault::FillsFirst);
    let mut runner = world.runner();
    let ended = world.slot(&mut runner, "2025-05-12T10:00");
    assert_eq!(outcome(&ended), Outcome::Traded);
    assert_eq!(world.held(), decimal("0"));
    assert_eq!(sent(&world), ["20250512T1000-s-TQQQ-1"]);
    check_laws(&world);
}

#[test]
fn a_cancel_whose_answer_is_lost_is_believed_only_when_the_order_shows_it() {
    let world = holding(Trend::Falling, "100");
    world
        .broker
        .desk()
        .exchange
        .behaviours
        .push_back(Behaviour::Stuck);
    world.broker.desk().fault_cancel(CancelFault::LostBefore);
    let mut runner = world.runner();
    world.slot(&mut runner, "2025-05-12T10:00");
    assert_eq!(runner.state().unsettled().count(), 1);
    world.slot(&mut runner, "2025-05-12T10:30");
    assert_eq!(world.held(), decimal("0"));
    check_laws(&world);
}

#[test]
fn an_order_rejected_after_acceptance_ends_the_slot_unfilled_and_the_sale_open() {
    let world = holding(Trend::Falling, "100");
    world
        .broker
        .desk()
        .exchange
        .behaviours
        .push_back(Behaviour::Rejected);
    let mut runner = world.runner();
    let ended = world.slot(&mut runner, "2025-05-12T10:00");
    assert_eq!(outcome(&ended), Outcome::Held(Held::Unfilled));
    assert!(runner.state().open_out.is_some());
    world.market.follow(Trend::Flat);
    assert_eq!(
        outcome(&world.slot(&mut runner, "2025-05-12T10:30")),
        Outcome::Traded
    );
    assert_eq!(world.held(), decimal("0"));
    check_laws(&world);
}

#[test]
fn a_replaced_order_is_followed_and_the_fills_of_both_count() {
    let world = holding(Trend::Falling, "100");
    let replaced = Behaviour::Replaced(30);
    world.broker.desk().exchange.behaviours.push_back(replaced);
    let mut runner = world.runner();
    let ended = world.slot(&mut runner, "2025-05-12T10:00");
    assert_eq!(outcome(&ended), Outcome::Traded);
    let tracked = runner.state().orders.values().next().unwrap().clone();
    assert_eq!(tracked.filled.decimal(), decimal("100"));
    assert_eq!(world.held(), decimal("0"));
    check_laws(&world);
}

#[test]
fn a_replacement_that_is_slow_is_taken_back_and_the_fills_of_both_count() {
    let world = holding(Trend::Falling, "100");
    {
        let mut desk = world.broker.desk();
        desk.exchange.behaviours.push_back(Behaviour::Replaced(30));
        desk.exchange.replacements = Behaviour::FillsPart(50);
    }
    let mut runner = world.runner();
    let ended = world.slot(&mut runner, "2025-05-12T10:00");
    assert_eq!(outcome(&ended), Outcome::Traded);
    let tracked = runner.state().orders.values().next().unwrap().clone();
    assert_eq!(tracked.filled.decimal(), decimal("65"));
    assert_eq!(world.held(), decimal("0"));
    check_laws(&world);
}

#[test]
fn an_order_replaced_by_hand_that_stays_open_is_ours_still_in_the_next_slot() {
    let world = holding(Trend::Falling, "100");
    {
        let mut desk = world.broker.desk();
        desk.exchange.behaviours.push_back(Behaviour::Replaced(30));
        desk.exchange.replacements = Behaviour::Stuck;
        desk.fault_cancel(CancelFault::Ignored);
    }
    let mut runner = world.runner();
    world.slot(&mut runner, "2025-05-12T10:00");
    assert_eq!(runner.state().unsettled().count(), 1);
    let next = world.slot(&mut runner, "2025-05-12T10:30");
    assert_eq!(outcome(&next), Outcome::Traded);
    assert_eq!(runner.state().halt, None);
    assert_eq!(world.held(), decimal("0"));
    check_laws(&world);
}

#[test]
fn a_failed_look_at_a_replaced_order_counts_its_fill_once() {
    let world = holding(Trend::Falling, "100");
    {
        let mut desk = world.broker.desk();
        desk.exchange.behaviours.push_back(Behaviour::Replaced(30));
        let error = cycle::port::ReadError::Transient("502".to_owned());
        desk.fail_after(cycle::fake::Endpoint::Order, 1, 2, &error);
    }
    let mut runner = world.runner();
    world.slot(&mut runner, "2025-05-12T10:00");
    let tracked = runner.state().orders.values().next().unwrap().clone();
    assert_eq!(tracked.filled.decimal(), decimal("100"));
    check_laws(&world);
}

#[test]
fn positions_that_lag_are_waited_for_before_the_slot_is_closed() {
    let world = World::new(Trend::Rising);
    world.broker.desk().exchange.lag = seconds(5);
    let mut runner = world.runner();
    let ended = world.slot(&mut runner, "2025-05-12T10:00");
    assert_eq!(outcome(&ended), Outcome::Traded);
    assert!(!runner.state().held.is_empty(), "the holding was seen");
    check_laws(&world);
}

#[test]
fn cash_that_does_not_know_of_a_buy_yet_is_not_spent_once_more() {
    let world = World::new(Trend::Rising);
    world.broker.desk().exchange.cash_lag = seconds(5);
    let mut runner = world.runner();
    let ended = world.slot(&mut runner, "2025-05-12T10:00");
    assert_eq!(outcome(&ended), Outcome::Traded);
    assert_eq!(sent(&world), ["20250512T1000-b-TQQQ-1"]);
    check_laws(&world);
}

#[test]
fn cash_that_lags_beyond_the_leg_leaves_the_rest_to_the_next_slot() {
    let world = World::new(Trend::Rising);
    world.broker.desk().exchange.cash_lag = seconds(60);
    let mut runner = world.runner();
    let ended = world.slot(&mut runner, "2025-05-12T10:00");
    assert_eq!(outcome(&ended), Outcome::Traded);
    let ended = world.slot(&mut runner, "2025-05-12T10:30");
    assert_eq!(outcome(&ended), Outcome::Held(Held::AtTarget));
    assert_eq!(sent(&world), ["20250512T1000-b-TQQQ-1"]);
    check_laws(&world);
}

#[test]
fn money_of_a_sale_that_does_not_come_leaves_the_buy_to_the_next_slot() {
    let world = World::new(Trend::Rising);
    {
        let mut desk = world.broker.desk();
        desk.exchange.cash = Money::ZERO;
        desk.hold(&symbol("SPY"), decimal("100"));
        // More than one percent of the sale is missing.
        desk.exchange.sale_fee = Money::from_cents(15_000);
    }
    let mut runner = world.runner();
    world.throw(adopted());
    let ended = world.slot(&mut runner, "2025-05-12T10:00");
    assert_eq!(outcome(&ended), Outcome::Traded);
    assert_eq!(sent(&world), ["20250512T1000-s-SPY-1"]);
    world.slot(&mut runner, "2025-05-12T10:30");
    assert_eq!(
        sent(&world),
        ["20250512T1000-s-SPY-1", "20250512T1030-b-TQQQ-1"]
    );
    check_laws(&world);
}

#[test]
fn small_fees_of_a_sale_do_not_hold_up_the_buy() {
    let world = World::new(Trend::Rising);
    {
        let mut desk = world.broker.desk();
        desk.exchange.cash = Money::ZERO;
        desk.hold(&symbol("SPY"), decimal("100"));
        desk.exchange.sale_fee = Money::from_cents(5_000);
    }
    let mut runner = world.runner();
    world.throw(adopted());
    world.slot(&mut runner, "2025-05-12T10:00");
    assert_eq!(
        sent(&world),
        ["20250512T1000-s-SPY-1", "20250512T1000-b-TQQQ-1"]
    );
    check_laws(&world);
}

#[test]
fn shares_that_nobody_frees_leave_the_sale_open_and_never_say_at_target() {
    let world = holding(Trend::Falling, "100");
    world
        .broker
        .desk()
        .exchange
        .reserve(&symbol("TQQQ"), decimal("100"));
    let mut runner = world.runner();
    let ended = world.slot(&mut runner, "2025-05-12T10:00");
    assert_eq!(outcome(&ended), Outcome::Held(Held::Unavailable));
    assert!(runner.state().open_out.is_some());
    check_laws(&world);
}

#[test]
fn two_orders_past_their_deadline_are_both_taken_back() {
    let world = World::new(Trend::Rising);
    {
        let mut desk = world.broker.desk();
        desk.hold(&symbol("SPY"), decimal("10"));
        desk.hold(&symbol("QQQ"), decimal("10"));
        desk.exchange
            .behaviours
            .extend([Behaviour::Stuck, Behaviour::Stuck]);
        desk.fault_cancel(CancelFault::Ignored);
    }
    let mut runner = world.runner();
    world.throw(adopted());
    world.slot(&mut runner, "2025-05-12T10:00");
    assert_eq!(our_orders(&world).len(), 2);
    assert_eq!(world.broker.desk().exchange.open_orders().count(), 1);
    check_laws(&world);
}

#[test]
fn a_sixth_sale_in_one_slot_is_refused_for_good() {
    let world = holding(Trend::Falling, "100");
    for _ in 0..6 {
        world
            .broker
            .desk()
            .exchange
            .behaviours
            .push_back(Behaviour::FillsPart(10));
    }
    let mut runner = world.runner();
    let ended = world.slot(&mut runner, "2025-05-12T10:00");
    // The try ends before five deadlines have passed.
    assert_eq!(outcome(&ended), Outcome::Traded);
    assert!(our_orders(&world).len() <= 5);
    assert!(runner.state().open_out.is_some());
    check_laws(&world);
}

#[test]
fn an_exit_meets_its_count_limit_and_no_other() {
    let mut world = World::new(Trend::Falling);
    world.settings.limits.reduce_only_per_day = 1;
    world.broker.desk().hold(&symbol("TQQQ"), decimal("100"));
    world
        .broker
        .desk()
        .exchange
        .behaviours
        .push_back(Behaviour::FillsPart(10));
    let mut runner = world.runner();
    world.slot(&mut runner, "2025-05-12T10:00");
    let next = world.slot(&mut runner, "2025-05-12T10:30");
    assert_eq!(refusal(&next), Reason::ReduceOnlyPerDay);
    check_laws(&world);
}
