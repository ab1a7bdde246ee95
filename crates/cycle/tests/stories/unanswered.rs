//! Orders whose answer is lost, late, refused or not ours: EXECUTION §5.

use cycle::TryLimits;
use cycle::fake::{Behaviour, CancelFault, Endpoint, SubmitFault, Trend, World, at};
use cycle::port::ReadError;
use insta::assert_snapshot;
use market::Money;
use market::time::{milliseconds, seconds};
use trading::invariants::Invariant;
use trading::order::OrderState;
use trading::outcome::{Outcome, Reason};
use trading::record::HaltLevel;

use crate::support::{
    breached, check_laws, decimal, failure, our_orders, outcome, refusal, sent, symbol, tell_slot,
};

const SLOT: &str = "2025-05-12T10:00";
const NEXT: &str = "2025-05-12T10:30";

fn faulty(fault: SubmitFault) -> World {
    let world = World::new(Trend::Rising);
    world.broker.desk().fault_submit(fault);
    world
}

#[test]
fn bearish_then_a_crash_after_the_sale_was_intended_then_the_next_try_sends_the_same_id() {
    // The first moment at which the intent stands and nothing has left.
    for moment in 1.. {
        let world = World::new(Trend::Falling);
        world.broker.desk().hold(&symbol("TQQQ"), decimal("100"));
        let mut runner = world.runner();
        world.crash.arm(Some(moment));
        let ended = world.attempt(&mut runner, SLOT, TryLimits::default());
        assert!(ended.is_none(), "the slot has such a moment");
        if !crate::support::kinds(&world).contains(&"intended") {
            continue;
        }
        world.crash.arm(None);
        assert_eq!(sent(&world), Vec::<String>::new());
        let ended = world.slot(&mut world.runner(), SLOT);
        assert_eq!(outcome(&ended), Outcome::Traded);
        assert_eq!(sent(&world), ["20250512T1000-s-TQQQ-1"]);
        assert_snapshot!(tell_slot(&world, SLOT), @"
        10:00:00 slot_opened try 1
        10:00:45 observed price 99.99, cash 100000, holds [100 TQQQ]
        10:00:45 decided Out -> Out: sell TQQQ 100 shares at the market
        10:00:45 intended 20250512T1000-s-TQQQ-1 100 shares at the market
        10:00:45 slot_opened try 2, takes over
        10:01:12 settled 20250512T1000-s-TQQQ-1 Unsent 0
        10:01:12 observed price 99.99, cash 100000, holds [100 TQQQ]
        10:01:12 decided Out -> Out: sell TQQQ 100 shares at the market
        10:01:12 intended 20250512T1000-s-TQQQ-1 100 shares at the market
        10:01:12 answered 20250512T1000-s-TQQQ-1 accepted as order-1
        10:01:12 settled 20250512T1000-s-TQQQ-1 Filled 100
        10:01:12 replanned nothing, already at the target
        10:01:12 slot_closed traded
        ");
        check_laws(&world);
        return;
    }
}

#[test]
fn answer_lost_after_its_effect_then_the_retry_finds_the_order_and_nothing_is_doubled() {
    let world = faulty(SubmitFault::LostAfter);
    let mut runner = world.runner();
    let ended = world.slot(&mut runner, SLOT);
    assert_snapshot!(failure(&ended), @"act: whether tqqq-5f35d7-20250512T1000-b-TQQQ-1 was taken is unknown: connection reset");
    let ended = world.slot(&mut runner, SLOT);
    assert_eq!(outcome(&ended), Outcome::Traded);
    assert_eq!(sent(&world), ["20250512T1000-b-TQQQ-1"]);
    assert_snapshot!(tell_slot(&world, SLOT), @"
    10:00:00 slot_opened try 1
    10:00:45 observed price 100.01, cash 100000, holds []
    10:00:45 decided AllIn -> AllIn: buy TQQQ 99500 USD at the market
    10:00:45 quoted 1 looks, narrow enough
    10:00:45 intended 20250512T1000-b-TQQQ-1 99500 USD at the market
    10:00:45 answered 20250512T1000-b-TQQQ-1 unknown: connection reset
    10:00:45 try_failed act: whether tqqq-5f35d7-20250512T1000-b-TQQQ-1 was taken is unknown: connection reset
    10:00:45 slot_opened try 2
    10:00:45 settled 20250512T1000-b-TQQQ-1 Filled 994.900509949
    10:00:45 observed price 100.01, cash 500.00000000051, holds [994.900509949 TQQQ]
    10:00:45 decided AllIn -> AllIn: nothing, already at the target
    10:00:45 slot_closed traded
    ");
    check_laws(&world);
}

#[test]
fn answer_lost_before_its_effect_then_quarantine_two_looks_and_the_same_id() {
    let world = faulty(SubmitFault::LostBefore);
    let mut runner = world.runner();
    world.slot(&mut runner, SLOT);
    let ended = world.slot(&mut runner, SLOT);
    assert_eq!(outcome(&ended), Outcome::Traded);
    assert_eq!(sent(&world), ["20250512T1000-b-TQQQ-1"]);
    assert_snapshot!(tell_slot(&world, SLOT), @"
    10:00:00 slot_opened try 1
    10:00:45 observed price 100.01, cash 100000, holds []
    10:00:45 decided AllIn -> AllIn: buy TQQQ 99500 USD at the market
    10:00:45 quoted 1 looks, narrow enough
    10:00:45 intended 20250512T1000-b-TQQQ-1 99500 USD at the market
    10:00:45 answered 20250512T1000-b-TQQQ-1 unknown: connection reset
    10:00:45 try_failed act: whether tqqq-5f35d7-20250512T1000-b-TQQQ-1 was taken is unknown: connection reset
    10:00:45 slot_opened try 2
    10:01:12 settled 20250512T1000-b-TQQQ-1 Unsent 0
    10:01:12 observed price 100.01, cash 100000, holds []
    10:01:12 decided AllIn -> AllIn: buy TQQQ 99500 USD at the market
    10:01:12 quoted 1 looks, narrow enough
    10:01:12 intended 20250512T1000-b-TQQQ-1 99500 USD at the market
    10:01:12 answered 20250512T1000-b-TQQQ-1 accepted as order-1
    10:01:12 settled 20250512T1000-b-TQQQ-1 Filled 994.900509949
    10:01:12 replanned nothing, already at the target
    10:01:12 slot_closed traded
    ");
    check_laws(&world);
}

#[test]
fn a_resend_of_another_amount_is_a_new_intent_under_the_same_id() {
    let world = faulty(SubmitFault::LostBefore);
    let mut runner = world.runner();
    world.slot(&mut runner, SLOT);
    world.broker.desk().exchange.cash += Money::from_cents(500_000);
    world.slot(&mut runner, SLOT);
    let tracked = runner.state().orders.values().next().unwrap().clone();
    assert_eq!(tracked.intents.len(), 2);
    assert_ne!(tracked.intents[0], tracked.intents[1]);
    assert_eq!(sent(&world), ["20250512T1000-b-TQQQ-1"]);
    check_laws(&world);
}

#[test]
fn a_frozen_packet_that_lands_at_any_time_is_never_doubled() {
    for tenths in 0..350 {
        let world = faulty(SubmitFault::Late(milliseconds(tenths * 100)));
        let mut runner = world.runner();
        world.slot(&mut runner, SLOT);
        for _ in 0..2 {
            world.slot(&mut runner, SLOT);
        }
        world.clock.advance(seconds(60));
        assert_eq!(sent(&world), ["20250512T1000-b-TQQQ-1"], "after {tenths}");
        assert!(world.cash() >= Money::ZERO);
        if tenths < 300 {
            check_laws(&world);
        }
    }
}

#[test]
fn refused_but_the_look_up_shows_it_then_it_counts_as_accepted() {
    let world = faulty(SubmitFault::RefusedButTaken("503 try again later"));
    let mut runner = world.runner();
    let ended = world.slot(&mut runner, SLOT);
    assert_eq!(outcome(&ended), Outcome::Traded);
    assert_eq!(sent(&world), ["20250512T1000-b-TQQQ-1"]);
    check_laws(&world);
}

#[test]
fn refused_and_taken_but_shown_late_then_it_counts_as_accepted() {
    let world = faulty(SubmitFault::RefusedButTaken("503 try again later"));
    world.broker.desk().id_lag = seconds(3);
    let mut runner = world.runner();
    let ended = world.slot(&mut runner, SLOT);
    assert_eq!(outcome(&ended), Outcome::Traded);
    check_laws(&world);
}

#[test]
fn refused_and_no_look_up_shows_it_then_the_refusal_is_believed() {
    let world = faulty(SubmitFault::Refused("422 insufficient buying power"));
    let mut runner = world.runner();
    let ended = world.slot(&mut runner, SLOT);
    assert_snapshot!(outcome(&ended), @"failed: act: the broker refused tqqq-5f35d7-20250512T1000-b-TQQQ-1: 422 insufficient buying power");
    let tracked = runner.state().orders.values().next().unwrap().clone();
    assert_eq!(tracked.state, OrderState::Rejected);
    let next = world.slot(&mut runner, NEXT);
    assert_eq!(outcome(&next), Outcome::Traded);
    check_laws(&world);
}

#[test]
fn refused_and_the_look_up_fails_then_the_order_is_unknown() {
    let world = faulty(SubmitFault::Refused("500"));
    let error = ReadError::Transient("502".to_owned());
    world
        .broker
        .desk()
        .fail(Endpoint::OrderByClientId, 1, &error);
    let mut runner = world.runner();
    world.slot(&mut runner, SLOT);
    let tracked = runner.state().orders.values().next().unwrap().clone();
    assert_eq!(tracked.state, OrderState::Unknown);
    let ended = world.slot(&mut runner, SLOT);
    assert_eq!(outcome(&ended), Outcome::Traded);
    check_laws(&world);
}

#[test]
fn another_order_under_our_id_then_everything_freezes() {
    let world = faulty(SubmitFault::IdTaken);
    let mut runner = world.runner();
    let ended = world.slot(&mut runner, SLOT);
    assert_eq!(refusal(&ended), Reason::Halted);
    assert_snapshot!(tell_slot(&world, SLOT), @"
    10:00:00 slot_opened try 1
    10:00:45 observed price 100.01, cash 100000, holds []
    10:00:45 decided AllIn -> AllIn: buy TQQQ 99500 USD at the market
    10:00:45 quoted 1 looks, narrow enough
    10:00:45 intended 20250512T1000-b-TQQQ-1 99500 USD at the market
    10:00:45 halted Frozen IdCollision: the order under tqqq-5f35d7-20250512T1000-b-TQQQ-1 is not ours
    10:00:45 slot_closed refused: Halted (no halt in force; seen: IdCollision: the order under tqqq-5f35d7-20250512T1000-b-TQQQ-1 is not ours)
    ");
    assert_eq!(
        runner.state().halt.as_ref().unwrap().level,
        HaltLevel::Frozen
    );
    let arrivals = world.broker.desk().arrivals.len();
    world.slot(&mut runner, NEXT);
    assert_eq!(world.broker.desk().arrivals.len(), arrivals);
}

#[test]
fn an_answer_slower_than_its_limit_is_unknown_and_the_order_is_found() {
    let world = faulty(SubmitFault::Slow(seconds(30)));
    let mut runner = world.runner();
    let ended = world.slot(&mut runner, SLOT);
    assert!(
        failure(&ended).contains("no answer within 10s"),
        "{ended:?}"
    );
    assert_eq!(world.time(), "10:00:55");
    let ended = world.slot(&mut runner, SLOT);
    assert_eq!(outcome(&ended), Outcome::Traded);
    assert_eq!(our_orders(&world).len(), 1);
    check_laws(&world);
}

#[test]
fn unknown_on_the_last_try_then_the_slot_fails_and_the_next_books_the_fill() {
    let world = faulty(SubmitFault::LostAfter);
    let mut runner = world.runner();
    let last = TryLimits {
        last_try: true,
        ..TryLimits::default()
    };
    let ended = world.attempt(&mut runner, SLOT, last).unwrap().unwrap();
    assert!(matches!(outcome(&ended), Outcome::Failed(_)));
    assert_eq!(runner.state().unsettled().count(), 1);
    world.slot(&mut runner, NEXT);
    assert_eq!(runner.state().unsettled().count(), 0);
    assert_eq!(sent(&world), ["20250512T1000-b-TQQQ-1"]);
    check_laws(&world);
}

#[test]
fn an_absent_order_of_an_earlier_slot_is_never_sent_again() {
    let world = faulty(SubmitFault::LostBefore);
    let mut runner = world.runner();
    let last = TryLimits {
        last_try: true,
        ..TryLimits::default()
    };
    world.attempt(&mut runner, SLOT, last).unwrap().unwrap();
    world.market.follow(Trend::Flat);
    world.slot(&mut runner, NEXT);
    let tracked = runner.state().orders.values().next().unwrap().clone();
    assert_eq!(tracked.state, OrderState::Unsent);
    assert_eq!(sent(&world), Vec::<String>::new());
    check_laws(&world);
}

fn only_the_late_packet_is_amiss(world: &World) {
    let amiss: Vec<Invariant> = world
        .breaches()
        .iter()
        .map(|breach| breach.invariant)
        .collect();
    assert_eq!(amiss, [Invariant::I12]);
}

/// The packet of a buy lay frozen on its way while the journal called it unsent, and arrives.
fn comes_alive(world: &World, runner: &cycle::Runner) {
    let tracked = runner.state().orders.values().next().unwrap();
    assert_eq!(tracked.state, OrderState::Unsent);
    let order = tracked.order().clone();
    let now = world.clock_now();
    let taken = world
        .broker
        .desk()
        .exchange
        .take(&order, &world.market, now);
    assert!(taken.is_ok(), "{taken:?}");
}

#[test]
fn a_buy_that_was_called_unsent_and_arrives_later_is_booked_and_not_made_again() {
    let world = faulty(SubmitFault::LostBefore);
    let mut runner = world.runner();
    let last = TryLimits {
        last_try: true,
        ..TryLimits::default()
    };
    world.attempt(&mut runner, SLOT, last).unwrap().unwrap();
    world.market.follow(Trend::Flat);
    world.slot(&mut runner, NEXT);
    comes_alive(&world, &runner);
    world.market.follow(Trend::Rising);
    let ended = world.slot(&mut runner, "2025-05-12T11:00");
    assert_eq!(
        outcome(&ended),
        Outcome::Held(trading::outcome::Held::AtTarget)
    );
    let tracked = runner.state().orders.values().next().unwrap();
    assert_eq!(tracked.state, OrderState::Filled);
    assert_eq!(our_orders(&world).len(), 1);
    only_the_late_packet_is_amiss(&world);
}

#[test]
fn a_buy_that_arrives_after_a_bearish_signal_is_sold_again() {
    let world = faulty(SubmitFault::LostBefore);
    let mut runner = world.runner();
    let last = TryLimits {
        last_try: true,
        ..TryLimits::default()
    };
    world.attempt(&mut runner, SLOT, last).unwrap().unwrap();
    world.market.follow(Trend::Falling);
    world.slot(&mut runner, NEXT);
    assert_eq!(runner.state().open_out, None, "nothing was held");
    world.market.follow(Trend::Flat);
    comes_alive(&world, &runner);
    let ended = world.slot(&mut runner, "2025-05-12T11:00");
    assert_eq!(outcome(&ended), Outcome::Traded);
    assert!(world.broker.desk().exchange.held(&symbol("TQQQ")).is_zero());
    only_the_late_packet_is_amiss(&world);
}

#[test]
fn a_buy_that_arrives_after_a_later_try_of_its_own_slot_turned_bearish_is_sold_again() {
    let world = faulty(SubmitFault::LostBefore);
    let mut runner = world.runner();
    world.slot(&mut runner, SLOT);
    world.market.follow(Trend::Falling);
    let ended = world.slot(&mut runner, SLOT);
    assert_eq!(
        outcome(&ended),
        Outcome::Held(trading::outcome::Held::AtTarget)
    );
    world.market.follow(Trend::Flat);
    world.clock.advance(seconds(60));
    comes_alive(&world, &runner);
    let ended = world.slot(&mut runner, NEXT);
    assert_eq!(outcome(&ended), Outcome::Traded);
    assert!(world.broker.desk().exchange.held(&symbol("TQQQ")).is_zero());
    only_the_late_packet_is_amiss(&world);
}

#[test]
fn a_runner_that_does_not_know_the_time_calls_nothing_unsent() {
    let world = faulty(SubmitFault::LostBefore);
    let mut runner = world.runner();
    world.slot(&mut runner, SLOT);
    world.broker.desk().skew = seconds(3);
    let ended = world.slot(&mut runner, SLOT);
    assert!(
        failure(&ended).contains("its absence is not proved"),
        "{ended:?}"
    );
    world.broker.desk().skew = seconds(0);
    let ended = world.slot(&mut runner, SLOT);
    assert_eq!(outcome(&ended), Outcome::Traded);
    assert_eq!(sent(&world), ["20250512T1000-b-TQQQ-1"]);
    check_laws(&world);
}

#[test]
fn a_quarantine_longer_than_the_try_ends_the_try_at_once() {
    let world = faulty(SubmitFault::LostBefore);
    let mut runner = world.runner();
    world.slot(&mut runner, SLOT);
    let before = world.clock_now();
    let outer = TryLimits {
        deadline: Some(before + seconds(20)),
        ..TryLimits::default()
    };
    let ended = world.attempt(&mut runner, SLOT, outer).unwrap().unwrap();
    assert!(failure(&ended).contains("quarantine"), "{ended:?}");
    assert!(world.clock_now() < before + seconds(20));
    check_laws(&world);
}

#[test]
fn an_order_that_shows_only_after_its_quarantine_is_taken_back_and_awaited() {
    let world = faulty(SubmitFault::Late(seconds(24)));
    world
        .broker
        .desk()
        .exchange
        .behaviours
        .push_back(Behaviour::Stuck);
    world.broker.desk().id_lag = seconds(2);
    let mut runner = world.runner();
    world.slot(&mut runner, SLOT);
    world.clock.advance_to(at("2025-05-12T10:00") + seconds(60));
    let ended = world.slot(&mut runner, SLOT);
    assert_eq!(outcome(&ended), Outcome::Traded);
    assert_eq!(
        sent(&world),
        ["20250512T1000-b-TQQQ-1", "20250512T1000-b-TQQQ-2"]
    );
    assert_eq!(world.broker.desk().exchange.open_orders().count(), 0);
    check_laws(&world);
}

#[test]
fn a_listing_is_read_before_every_order_is_sent() {
    // The order of an unknown hand arrives while the slot observes.
    let world = World::new(Trend::Rising);
    let mut runner = world.runner();
    let handle = world.broker.handle();
    world.broker.desk().delay(Endpoint::Account, 1, seconds(2));
    let then = at(SLOT) + seconds(46);
    world.clock.plan(then, move || {
        let mut desk = handle.lock().unwrap();
        let id = "tqqq-5f35d7-20250512T1000-b-TQQQ-1";
        desk.enter_foreign(
            id,
            &symbol("SPY"),
            trading::order::Side::Buy,
            crate::support::shares("1"),
            then,
        );
    });
    let ended = world.slot(&mut runner, SLOT);
    assert_eq!(refusal(&ended), Reason::Halted);
    assert_eq!(world.broker.desk().arrivals.len(), 0);
    assert_snapshot!(runner.state().halt.as_ref().unwrap().reason, @"JournalBehind: the broker holds orders the journal does not: tqqq-5f35d7-20250512T1000-b-TQQQ-1");
}

#[test]
fn a_fill_found_by_the_next_try_is_not_bought_again_from_an_account_that_lags() {
    let world = faulty(SubmitFault::LostAfter);
    world.broker.desk().exchange.lag = seconds(40);
    let mut runner = world.runner();
    failure(&world.slot(&mut runner, SLOT));
    // The time of one leg does not reach, that of another does.
    let why = failure(&world.slot(&mut runner, SLOT));
    assert!(why.contains("does not show the fill of"), "{why}");
    assert_eq!(outcome(&world.slot(&mut runner, SLOT)), Outcome::Traded);
    assert_eq!(sent(&world), ["20250512T1000-b-TQQQ-1"]);
    check_laws(&world);
}

/// An order of this slot nobody has seen the end of, when the slot has failed for good.
fn left_behind(world: &World) -> cycle::Runner {
    world.broker.desk().fault_submit(SubmitFault::LostAfter);
    let mut runner = world.runner();
    let last = TryLimits {
        last_try: true,
        ..TryLimits::default()
    };
    world.attempt(&mut runner, SLOT, last).unwrap().unwrap();
    runner
}

#[test]
fn a_buy_that_fills_while_it_is_taken_back_is_not_made_again_from_an_account_that_lags() {
    let world = World::new(Trend::Rising);
    {
        let mut desk = world.broker.desk();
        desk.exchange.behaviours.push_back(Behaviour::Stuck);
        desk.fault_cancel(CancelFault::FillsFirst);
        desk.exchange.lag = seconds(60);
    }
    let mut runner = left_behind(&world);
    let ended = world.slot(&mut runner, NEXT);
    assert_eq!(
        outcome(&ended),
        Outcome::Held(trading::outcome::Held::AtTarget)
    );
    assert_eq!(sent(&world), ["20250512T1000-b-TQQQ-1"]);
    check_laws(&world);
}

#[test]
fn a_packet_that_lands_while_the_resend_waits_for_a_spread_is_not_made_again_while_the_account_lags()
 {
    let world = faulty(SubmitFault::Late(seconds(40)));
    world.broker.desk().exchange.lag = seconds(60);
    let mut runner = world.runner();
    failure(&world.slot(&mut runner, SLOT));
    // Proved absent at 10:01:12; then the spread is wide, the packet lands at 10:01:25.
    world.quotes.widen(market::Bps::whole(120));
    let quotes = std::sync::Arc::clone(&world.quotes);
    let narrow = at(SLOT) + seconds(90);
    world
        .clock
        .plan(narrow, move || quotes.widen(market::Bps::whole(2)));
    for _ in 0..3 {
        world.slot(&mut runner, SLOT);
    }
    assert_eq!(sent(&world), ["20250512T1000-b-TQQQ-1"]);
    let told = tell_slot(&world, SLOT);
    let (_, third) = told.split_once("slot_opened try 3\n").unwrap();
    assert_snapshot!(third, @"
    10:01:30 settled 20250512T1000-b-TQQQ-1 Filled 994.900509949
    10:02:25 observed price 100.01, cash 500.00000000051, holds [994.900509949 TQQQ]
    10:02:25 decided AllIn -> AllIn: nothing, already at the target
    10:02:25 halted ReduceOnly InvariantBreached: I12: tqqq-5f35d7-20250512T1000-b-TQQQ-1 was accepted 40s after its intent
    10:02:25 slot_closed traded I12: tqqq-5f35d7-20250512T1000-b-TQQQ-1 was accepted 40s after its intent
    ");
    // The packet that was late, by both of its intents.
    assert_eq!(breached(&world), [Invariant::I12, Invariant::I12]);
}

#[test]
fn a_buy_that_filled_just_before_it_was_found_is_not_made_again_from_an_account_that_lags() {
    let world = World::new(Trend::Rising);
    {
        let mut desk = world.broker.desk();
        desk.exchange.fill_delay = seconds(30 * 60);
        desk.exchange.lag = seconds(30);
    }
    let mut runner = left_behind(&world);
    // Filled at 10:30:45, looked for at 10:31:00, shown by the account at 10:31:15.
    world.clock.advance_to(at(NEXT) + seconds(60));
    let ended = world.slot(&mut runner, NEXT);
    assert_eq!(
        outcome(&ended),
        Outcome::Held(trading::outcome::Held::AtTarget)
    );
    assert_eq!(sent(&world), ["20250512T1000-b-TQQQ-1"]);
    check_laws(&world);
}

#[test]
fn a_fill_seen_before_a_try_broke_off_is_not_sold_again_from_an_account_that_lags() {
    let world = World::new(Trend::Falling);
    {
        let mut desk = world.broker.desk();
        desk.hold(&symbol("TQQQ"), decimal("100"));
        desk.exchange.lag = seconds(20);
        let broken = ReadError::Transient("HTTP 503".to_owned());
        desk.fail_after(Endpoint::Positions, 1, 1, &broken);
    }
    let mut runner = world.runner();
    let why = failure(&world.slot(&mut runner, SLOT));
    assert!(why.contains("positions"), "{why}");
    assert_eq!(outcome(&world.slot(&mut runner, SLOT)), Outcome::Traded);
    assert_eq!(sent(&world), ["20250512T1000-s-TQQQ-1"]);
    check_laws(&world);
}
