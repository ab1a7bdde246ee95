//! Symbols that nobody knows: said once and clearly, and nothing is sent.

use cycle::CycleError;
use cycle::fake::{Endpoint, Trend, World};
use cycle::port::ReadError;
use insta::assert_snapshot;
use trading::outcome::{Outcome, Reason};

use crate::support::{check_laws, failure, kinds, outcome, refusal, sent, symbol};

const SLOT: &str = "2025-05-12T10:00";

fn no_such_price() -> ReadError {
    ReadError::Permanent("404 no trade found".to_owned())
}

#[test]
fn a_runner_does_not_begin_on_a_symbol_the_broker_does_not_know() {
    let mut world = World::new(Trend::Rising);
    world.settings.strategy.symbol = symbol("NOSUCH");
    world.broker.desk().unlisted.insert(symbol("NOSUCH"));
    let error = world.try_open().unwrap().err().expect("it is refused");
    assert!(matches!(error, CycleError::Settings(_)), "{error:?}");
    assert_snapshot!(error, @"
    strategy.symbol = NOSUCH: the broker at fake.test knows no such symbol
    hint: check its spelling; an exchange on this machine lists only what it was started with
    ");
    assert_eq!(kinds(&world), Vec::<&str>::new(), "nothing is written");
}

#[test]
fn a_broker_that_cannot_tell_does_not_keep_a_runner_from_beginning() {
    let world = World::new(Trend::Rising);
    let error = ReadError::Transient("503 try later".to_owned());
    world.broker.desk().fail(Endpoint::Asset, 2, &error);
    let mut runner = world.runner();
    assert_snapshot!(failure(&world.slot(&mut runner, SLOT)), @"observe: asset: 503 try later");
    assert_eq!(outcome(&world.slot(&mut runner, SLOT)), Outcome::Traded);
    check_laws(&world);
}

#[test]
fn a_symbol_the_broker_knows_no_more_closes_the_slot_before_its_price_is_asked_for() {
    let world = World::new(Trend::Rising);
    let mut runner = world.runner();
    world.broker.desk().unlisted.insert(symbol("TQQQ"));
    world.prices[0].fail(1, &no_such_price());
    let ended = world.slot(&mut runner, SLOT);
    assert_snapshot!(outcome(&ended), @"failed: observe: TQQQ is unknown to the broker; check `strategy.symbol`");
    assert_eq!(sent(&world), Vec::<String>::new());
    check_laws(&world);
}

#[test]
fn a_signal_symbol_that_nobody_knows_is_named_with_what_each_said() {
    let mut world = World::new(Trend::Rising);
    world.settings.strategy.signal_symbol = Some(symbol("NOSUCH"));
    world.add_prices("second");
    world.broker.desk().unlisted.insert(symbol("NOSUCH"));
    for prices in &world.prices {
        prices.fail(1, &no_such_price());
    }
    let mut runner = world.runner();
    assert_snapshot!(outcome(&world.slot(&mut runner, SLOT)), @"failed: observe: NOSUCH is unknown to the broker and to all sources of prices; check `strategy.signal_symbol` (price from fake-prices: 404 no trade found; price from second: 404 no trade found)");
    assert_eq!(sent(&world), Vec::<String>::new());
    check_laws(&world);
}

#[test]
fn an_index_that_is_no_asset_may_give_the_signal() {
    let mut world = World::new(Trend::Rising);
    world.settings.strategy.signal_symbol = Some(symbol("NDX"));
    world.add_prices("second");
    world.broker.desk().unlisted.insert(symbol("NDX"));
    world.prices[0].fail(1, &no_such_price());
    let mut runner = world.runner();
    assert_eq!(outcome(&world.slot(&mut runner, SLOT)), Outcome::Traded);
    check_laws(&world);
}

#[test]
fn an_index_whose_only_source_is_down_is_not_called_unknown() {
    let mut world = World::new(Trend::Rising);
    world.settings.strategy.signal_symbol = Some(symbol("NDX"));
    world.add_prices("second");
    world.broker.desk().unlisted.insert(symbol("NDX"));
    world.prices[0].fail(1, &no_such_price());
    let down = ReadError::Transient("503 try later".to_owned());
    world.prices[1].fail(1, &down);
    let mut runner = world.runner();
    assert_snapshot!(failure(&world.slot(&mut runner, SLOT)), @"observe: price from second: 503 try later");
    check_laws(&world);
}

#[test]
fn a_signal_symbol_the_broker_knows_and_nobody_prices_is_stale() {
    let mut world = World::new(Trend::Rising);
    world.settings.strategy.signal_symbol = Some(symbol("QQQ"));
    world.prices[0].fall_silent();
    let mut runner = world.runner();
    assert_eq!(refusal(&world.slot(&mut runner, SLOT)), Reason::Stale);
    check_laws(&world);
}
