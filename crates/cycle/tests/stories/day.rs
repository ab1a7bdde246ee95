//! Plain days: nothing goes wrong.

use cycle::fake::{Trend, World};
use insta::assert_snapshot;
use market::Price;
use trading::outcome::{Held, Outcome};

use crate::support::{check_laws, decimal, outcome, sent, symbol, tell, tell_slot};

#[test]
fn a_whole_day_record_by_record() {
    let world = World::new(Trend::Rising);
    let mut runner = world.runner();
    world.slot(&mut runner, "2025-05-12T09:30");
    world.market.follow(Trend::Flat);
    world.slot(&mut runner, "2025-05-12T10:00");
    world.market.follow(Trend::Falling);
    world.slot(&mut runner, "2025-05-12T10:30");
    world.slot(&mut runner, "2025-05-12T11:00");
    assert_snapshot!(tell(&world), @"
    09:30:00 bound e6fe16f3-64a4-4921-8928-cadf02f92f98 at fake.test
    09:30:00 slot_opened try 1
    09:30:45 observed price 100, cash 100000, holds []
    09:30:45 decided AllIn -> AllIn: buy TQQQ 99500 USD at the market
    09:30:45 quoted 1 looks, narrow enough
    09:30:45 intended 20250512T0930-b-TQQQ-1 99500 USD at the market
    09:30:45 answered 20250512T0930-b-TQQQ-1 accepted as order-1
    09:30:45 settled 20250512T0930-b-TQQQ-1 Filled 995
    09:30:45 replanned nothing, already at the target
    09:30:45 slot_closed traded
    10:00:00 slot_opened try 1
    10:00:45 observed price 100, cash 500, holds [995 TQQQ]
    10:00:45 decided Keep -> Keep: nothing, no signal
    10:00:45 slot_closed held: no signal
    10:30:00 slot_opened try 1
    10:30:45 observed price 99.98, cash 500, holds [995 TQQQ]
    10:30:45 decided Out -> Out: sell TQQQ 995 shares at the market
    10:30:45 intended 20250512T1030-s-TQQQ-1 995 shares at the market
    10:30:45 answered 20250512T1030-s-TQQQ-1 accepted as order-2
    10:30:45 settled 20250512T1030-s-TQQQ-1 Filled 995
    10:30:45 replanned nothing, already at the target
    10:30:45 slot_closed traded
    11:00:00 slot_opened try 1
    11:00:45 observed price 99.97, cash 99980.1, holds []
    11:00:45 decided Out -> Out: nothing, already at the target
    11:00:45 slot_closed held: already at the target
    ");
    check_laws(&world);
}

#[test]
fn bullish_then_everything_but_the_buffer_is_bought() {
    let world = World::new(Trend::Rising);
    let mut runner = world.runner();
    let ended = world.slot(&mut runner, "2025-05-12T10:00");
    assert_eq!(outcome(&ended), Outcome::Traded);
    assert_eq!(sent(&world), ["20250512T1000-b-TQQQ-1"]);
    let cash = world.cash().decimal();
    assert!(cash >= decimal("500") && cash < decimal("500.01"), "{cash}");
    check_laws(&world);
}

#[test]
fn bullish_and_invested_then_the_next_slot_plans_nothing() {
    let world = World::new(Trend::Rising);
    let mut runner = world.runner();
    world.slot(&mut runner, "2025-05-12T10:00");
    let again = world.slot(&mut runner, "2025-05-12T10:30");
    assert_eq!(outcome(&again), Outcome::Held(Held::AtTarget));
    assert_eq!(sent(&world).len(), 1);
    check_laws(&world);
}

#[test]
fn bearish_then_all_is_sold_to_the_last_fraction() {
    let world = World::new(Trend::Falling);
    world
        .broker
        .desk()
        .hold(&symbol("TQQQ"), decimal("123.456789012"));
    let mut runner = world.runner();
    let ended = world.slot(&mut runner, "2025-05-12T10:00");
    assert_eq!(outcome(&ended), Outcome::Traded);
    assert_eq!(world.held(), decimal("0"));
    assert_snapshot!(tell_slot(&world, "2025-05-12T10:00"), @"
    10:00:00 slot_opened try 1
    10:00:45 observed price 99.99, cash 100000, holds [123.456789012 TQQQ]
    10:00:45 decided Out -> Out: sell TQQQ 123.456789012 shares at the market
    10:00:45 intended 20250512T1000-s-TQQQ-1 123.456789012 shares at the market
    10:00:45 answered 20250512T1000-s-TQQQ-1 accepted as order-1
    10:00:45 settled 20250512T1000-s-TQQQ-1 Filled 123.456789012
    10:00:45 replanned nothing, already at the target
    10:00:45 slot_closed traded
    ");
    check_laws(&world);
}

#[test]
fn neutral_then_what_is_held_is_kept_and_nothing_is_bought() {
    for held in ["0", "500"] {
        let world = World::new(Trend::Flat);
        if held != "0" {
            world.broker.desk().hold(&symbol("TQQQ"), decimal(held));
        }
        let mut runner = world.runner();
        let ended = world.slot(&mut runner, "2025-05-12T10:00");
        assert_eq!(outcome(&ended), Outcome::Held(Held::NoSignal));
        assert_eq!(world.held(), decimal(held));
        assert_eq!(sent(&world), Vec::<String>::new());
        check_laws(&world);
    }
}

#[test]
fn money_that_came_in_is_invested_once_a_session() {
    let world = World::new(Trend::Rising);
    let mut runner = world.runner();
    world.slot(&mut runner, "2025-05-12T10:00");
    let deposit = |cents| world.broker.desk().exchange.cash += market::Money::from_cents(cents);
    deposit(1_000_000);
    let topped_up = world.slot(&mut runner, "2025-05-12T10:30");
    assert_eq!(outcome(&topped_up), Outcome::Traded);
    deposit(1_000_000);
    let held = world.slot(&mut runner, "2025-05-12T11:00");
    assert_eq!(outcome(&held), Outcome::Held(Held::ToppedUp));
    let sent = sent(&world);
    assert_eq!(sent, ["20250512T1000-b-TQQQ-1", "20250512T1030-b-TQQQ-1"]);
    check_laws(&world);
}

#[test]
fn limit_mode_buys_whole_shares_a_collar_above_the_price() {
    let mut world = World::new(Trend::Rising);
    world.settings.orders.order = trading::settings::OrderStyle::Limit;
    let mut runner = world.runner();
    let ended = world.slot(&mut runner, "2025-05-12T10:00");
    assert_eq!(outcome(&ended), Outcome::Traded);
    let order = crate::support::our_orders(&world).remove(0);
    assert_eq!(order.limit_price, Some("100.52".parse::<Price>().unwrap()));
    assert_eq!(world.held(), decimal("989"));
    check_laws(&world);
}

#[test]
fn another_symbol_gives_the_signal() {
    let mut world = World::new(Trend::Rising);
    world.settings.strategy.signal_symbol = Some(symbol("QQQ"));
    world.market.follow_in(&symbol("QQQ"), Trend::Falling);
    world.broker.desk().hold(&symbol("TQQQ"), decimal("10"));
    let mut runner = world.runner();
    let ended = world.slot(&mut runner, "2025-05-12T10:00");
    assert_eq!(outcome(&ended), Outcome::Traded);
    assert_eq!(world.held(), decimal("0"));
    assert!(
        world.bars[0]
            .asked()
            .iter()
            .all(|asked| *asked == symbol("QQQ"))
    );
    check_laws(&world);
}

#[test]
fn in_forming_mode_the_price_is_folded_in_before_it_is_compared() {
    // Flat history, price one up: closed hours say neutral, the price folded in says bullish.
    let bought = |hours| {
        let mut world = World::new(Trend::Flat);
        world.settings.strategy.hours = hours;
        let up = "101".parse::<Price>().unwrap();
        world.market.trade_at(&symbol("TQQQ"), Some(up));
        let mut runner = world.runner();
        let ended = world.slot(&mut runner, "2025-05-12T10:00");
        check_laws(&world);
        outcome(&ended)
    };
    use strategy::HoursMode;
    assert_eq!(bought(HoursMode::Closed), Outcome::Held(Held::NoSignal));
    assert_eq!(bought(HoursMode::Forming), Outcome::Traded);
}
