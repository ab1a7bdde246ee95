//! Switches thrown before and within a slot, and halts the program throws itself.

use cycle::fake::{Endpoint, FakeEntropy, JournalFault, Trend, World, at};
use insta::assert_snapshot;
use market::time::seconds;
use trading::invariants::Invariant;
use trading::order::Side;
use trading::outcome::{Held, Outcome, Reason};
use trading::record::{HaltLevel, HaltReason, Halted, Record, Resumed};

use crate::support::{breached, check_laws, decimal, outcome, refusal, sent, shares, symbol};

const SLOT: &str = "2025-05-12T10:00";

fn halted(level: HaltLevel) -> Record {
    let reason = HaltReason::Owner("a bad feeling".to_owned());
    Record::Halted(Halted {
        level,
        flatten: false,
        reason,
    })
}

fn holding(trend: Trend) -> World {
    let world = World::new(trend);
    world.broker.desk().hold(&symbol("TQQQ"), decimal("100"));
    world
}

#[test]
fn a_halt_thrown_between_decision_and_intent_stops_the_entry() {
    let world = World::new(Trend::Rising);
    let mut runner = world.runner();
    let switch = halted(HaltLevel::ReduceOnly);
    let fault = JournalFault::Before(None, FakeEntropy::id(999), switch);
    world.journal.fault("intended", fault);
    let ended = world.slot(&mut runner, SLOT);
    assert_eq!(refusal(&ended), Reason::Halted);
    assert_eq!(world.broker.desk().arrivals.len(), 0);
    check_laws(&world);
}

#[test]
fn a_halt_thrown_between_intent_and_sending_stops_the_entry() {
    let world = World::new(Trend::Rising);
    let mut runner = world.runner();
    let switch = halted(HaltLevel::ReduceOnly);
    let fault = JournalFault::After(None, FakeEntropy::id(999), switch);
    world.journal.fault("intended", fault);
    world.slot(&mut runner, SLOT);
    let ended = world.slot(&mut runner, SLOT);
    assert_eq!(refusal(&ended), Reason::Halted);
    assert_eq!(world.broker.desk().arrivals.len(), 0);
    check_laws(&world);
}

#[test]
fn a_halt_stops_entries_and_lets_exits_pass() {
    let world = World::new(Trend::Rising);
    let mut runner = world.runner();
    world.throw(halted(HaltLevel::ReduceOnly));
    assert_eq!(refusal(&world.slot(&mut runner, SLOT)), Reason::Halted);
    let world = holding(Trend::Falling);
    let mut runner = world.runner();
    world.throw(halted(HaltLevel::ReduceOnly));
    assert_eq!(outcome(&world.slot(&mut runner, SLOT)), Outcome::Traded);
    assert_eq!(world.held(), decimal("0"));
    check_laws(&world);
}

#[test]
fn a_freeze_stops_exits_too_until_it_is_lifted() {
    let world = holding(Trend::Falling);
    let mut runner = world.runner();
    world.throw(halted(HaltLevel::Frozen));
    assert_eq!(refusal(&world.slot(&mut runner, SLOT)), Reason::Frozen);
    assert_eq!(world.broker.desk().arrivals.len(), 0);
    let told = world.alerts.sent().remove(0).text;
    let (told, _) = told.split_once("; journal head ").unwrap();
    assert_snapshot!(told, @"refused: frozen: by the owner: a bad feeling; 100 TQQQ is held and no order of this program sells it now: sell it by hand at the broker if it must go");
    world.throw(Record::Resumed(Resumed {
        note: "all is well".to_owned(),
    }));
    let ended = world.slot(&mut runner, "2025-05-12T10:30");
    assert_eq!(outcome(&ended), Outcome::Traded);
    assert_eq!(world.held(), decimal("0"));
    check_laws(&world);
}

#[test]
fn an_order_of_ours_the_journal_does_not_know_freezes_everything() {
    let world = holding(Trend::Falling);
    let mut runner = world.runner();
    let id = "tqqq-5f35d7-20250509T1000-s-TQQQ-1";
    let before = at("2025-05-09T10:00");
    let mut desk = world.broker.desk();
    desk.enter_foreign(id, &symbol("TQQQ"), Side::Sell, shares("100"), before);
    drop(desk);
    let ended = world.slot(&mut runner, SLOT);
    assert_eq!(refusal(&ended), Reason::Halted);
    let halt = runner.state().halt.clone().unwrap();
    assert_eq!(halt.level, HaltLevel::Frozen);
    assert!(matches!(halt.reason, HaltReason::JournalBehind { .. }));
    assert_eq!(world.broker.desk().arrivals.len(), 0);
    assert_eq!(breached(&world), [Invariant::I6]);
}

#[test]
fn an_unknown_order_of_ours_seen_at_the_close_freezes_everything_and_the_trade_counts() {
    let world = holding(Trend::Falling);
    let mut runner = world.runner();
    let handle = world.broker.handle();
    world.broker.desk().exchange.fill_delay = seconds(5);
    let then = at(SLOT) + seconds(47);
    world.clock.plan(then, move || {
        let mut desk = handle.lock().unwrap();
        let id = "tqqq-5f35d7-20250509T1000-b-SPY-1";
        desk.enter_foreign(id, &symbol("SPY"), Side::Buy, shares("1"), then);
    });
    let ended = world.slot(&mut runner, SLOT);
    assert_eq!(outcome(&ended), Outcome::Traded);
    let halt = runner.state().halt.clone().unwrap();
    assert_eq!(halt.level, HaltLevel::Frozen);
    assert!(matches!(halt.reason, HaltReason::JournalBehind { .. }));
    assert_eq!(breached(&world), [Invariant::I6]);
}

#[test]
fn other_peoples_orders_are_not_ours() {
    let world = holding(Trend::Falling);
    let mut runner = world.runner();
    for id in ["mine", "tqqq-000000-20250512T1000-s-TQQQ-1"] {
        let mut desk = world.broker.desk();
        desk.enter_foreign(id, &symbol("SPY"), Side::Buy, shares("1"), at(SLOT));
    }
    assert_eq!(outcome(&world.slot(&mut runner, SLOT)), Outcome::Traded);
    assert_eq!(runner.state().halt, None);
    check_laws(&world);
}

#[test]
fn a_listing_that_repeats_yesterdays_newest_order_is_no_unknown_one() {
    let world = holding(Trend::Falling);
    world.broker.desk().lists_inclusively = true;
    let mut runner = world.runner();
    world.slot(&mut runner, "2025-05-12T15:30");
    world.market.follow(Trend::Flat);
    world.slot(&mut runner, "2025-05-13T09:30");
    assert_eq!(runner.state().halt, None);
    assert_eq!(sent(&world).len(), 1);
    check_laws(&world);
}

#[test]
fn a_blocked_account_sends_nothing() {
    let world = holding(Trend::Falling);
    world.broker.desk().block = Some(trading::account::AccountBlock("trade blocked".to_owned()));
    let mut runner = world.runner();
    assert_eq!(
        refusal(&world.slot(&mut runner, SLOT)),
        Reason::AccountBlocked
    );
    assert_eq!(world.broker.desk().arrivals.len(), 0);
    check_laws(&world);
}

#[test]
fn an_alert_that_cannot_be_delivered_stops_nothing() {
    let world = World::new(Trend::Rising);
    world.alerts.break_down();
    let error = cycle::port::ReadError::Permanent("401 wrong key".to_owned());
    world
        .broker
        .desk()
        .fail_after(Endpoint::Account, 1, 1, &error);
    let mut runner = world.runner();
    let ended = world.slot(&mut runner, SLOT);
    assert!(matches!(outcome(&ended), Outcome::Failed(_)));
    let alert = world.alerts.sent().remove(0);
    assert!(
        alert.text.contains("401 wrong key; journal head "),
        "{}",
        alert.text
    );
    check_laws(&world);
}

#[test]
fn to_flatten_sells_every_equity_whatever_the_signal_and_buys_nothing_until_resumed() {
    let world = holding(Trend::Rising);
    world.broker.desk().hold(&symbol("AAPL"), decimal("3"));
    let mut runner = world.runner();
    world.throw(Record::Halted(Halted {
        level: HaltLevel::ReduceOnly,
        flatten: true,
        reason: HaltReason::Owner("out".to_owned()),
    }));
    assert_eq!(outcome(&world.slot(&mut runner, SLOT)), Outcome::Traded);
    assert_eq!(world.held(), decimal("0"));
    let apple = symbol("AAPL");
    assert_eq!(world.broker.desk().exchange.held(&apple), decimal("0"));
    let ended = world.slot(&mut runner, "2025-05-12T10:30");
    assert_eq!(outcome(&ended), Outcome::Held(Held::AtTarget));
    assert_eq!(sent(&world).len(), 2);
    world.throw(Record::Resumed(Resumed {
        note: "in again".to_owned(),
    }));
    let ended = world.slot(&mut runner, "2025-05-12T11:00");
    assert_eq!(outcome(&ended), Outcome::Traded);
    check_laws(&world);
}
