//! Accounts that hold more than this program put there.

use cycle::fake::{Held as Holding, Trend, World};
use insta::assert_snapshot;
use market::Money;
use trading::order::Side;
use trading::outcome::{Outcome, Reason};
use trading::record::{HaltLevel, HaltReason, Halted, Noted, Record};

use crate::support::{check_laws, decimal, outcome, refusal, sent, shares, symbol, tell_slot};

const SLOT: &str = "2025-05-12T10:00";

fn adopted() -> Record {
    Record::Adopted(Noted {
        text: "by the owner".to_owned(),
    })
}

#[test]
fn bullish_with_other_holdings_then_they_are_sold_and_the_money_that_came_is_spent() {
    let world = World::new(Trend::Rising);
    {
        let mut desk = world.broker.desk();
        desk.exchange.cash = Money::ZERO;
        desk.hold(&symbol("SPY"), decimal("100.5"));
        desk.hold(&symbol("QQQ"), decimal("10"));
    }
    let mut runner = world.runner();
    world.throw(adopted());
    assert_eq!(outcome(&world.slot(&mut runner, SLOT)), Outcome::Traded);
    assert_snapshot!(tell_slot(&world, SLOT), @"
    10:00:00 slot_opened try 1
    10:00:45 observed price 100.01, cash 0, holds [10 QQQ, 100.5 SPY]
    10:00:45 decided AllIn -> AllIn: sell QQQ 10 shares at the market; sell SPY 100.5 shares at the market
    10:00:45 intended 20250512T1000-s-QQQ-1 10 shares at the market
    10:00:45 answered 20250512T1000-s-QQQ-1 accepted as order-1
    10:00:45 intended 20250512T1000-s-SPY-1 100.5 shares at the market
    10:00:45 answered 20250512T1000-s-SPY-1 accepted as order-2
    10:00:45 settled 20250512T1000-s-QQQ-1 Filled 10
    10:00:45 settled 20250512T1000-s-SPY-1 Filled 100.5
    10:00:45 replanned buy TQQQ 10995.84 USD at the market
    10:00:45 quoted 1 looks, narrow enough
    10:00:45 intended 20250512T1000-b-TQQQ-1 10995.84 USD at the market
    10:00:45 answered 20250512T1000-b-TQQQ-1 accepted as order-3
    10:00:45 settled 20250512T1000-b-TQQQ-1 Filled 109.947405259
    10:00:45 replanned nothing, already at the target
    10:00:45 slot_closed traded
    ");
    let holdings = world.broker.desk().exchange.holdings.clone();
    assert_eq!(
        holdings.keys().cloned().collect::<Vec<_>>(),
        [symbol("TQQQ")]
    );
    check_laws(&world);
}

#[test]
fn holdings_that_come_later_are_sold_on_paper_and_the_owner_hears_of_it() {
    let world = World::new(Trend::Flat);
    let mut runner = world.runner();
    world.slot(&mut runner, SLOT);
    world.broker.desk().hold(&symbol("AAPL"), decimal("5"));
    world.slot(&mut runner, "2025-05-12T10:30");
    world.market.follow(Trend::Rising);
    let ended = world.slot(&mut runner, "2025-05-12T11:00");
    assert_eq!(outcome(&ended), Outcome::Traded);
    world.slot(&mut runner, "2025-05-12T11:30");
    let told: Vec<String> = world
        .alerts
        .sent()
        .into_iter()
        .map(|alert| alert.title)
        .collect();
    assert_eq!(
        told,
        ["slot 2025-05-12T10:30-04:00", "slot 2025-05-12T11:00-04:00"]
    );
    let text = world.alerts.sent()[1].text.clone();
    assert!(
        text.starts_with("the account got AAPL, which no order"),
        "{text}"
    );
    check_laws(&world);
}

#[test]
fn foreign_holdings_at_first_contact_refuse_the_entry_and_let_the_exit_pass() {
    let world = World::new(Trend::Rising);
    world.broker.desk().hold(&symbol("TQQQ"), decimal("10"));
    let mut runner = world.runner();
    assert_eq!(
        refusal(&world.slot(&mut runner, SLOT)),
        Reason::ForeignHoldings
    );
    assert_eq!(sent(&world), Vec::<String>::new());
    world.market.follow(Trend::Falling);
    let ended = world.slot(&mut runner, "2025-05-12T10:30");
    assert_eq!(outcome(&ended), Outcome::Traded);
    assert_eq!(world.held(), decimal("0"));
    check_laws(&world);
}

#[test]
fn an_option_in_the_account_refuses_the_entry_and_is_never_sold() {
    let world = World::new(Trend::Rising);
    let option = symbol("QQQ260116C00500000");
    let held = Holding {
        quantity: decimal("1"),
        is_us_equity: false,
    };
    world
        .broker
        .desk()
        .exchange
        .holdings
        .insert(option.clone(), held);
    let mut runner = world.runner();
    world.throw(adopted());
    assert_eq!(
        refusal(&world.slot(&mut runner, SLOT)),
        Reason::ForeignAsset
    );
    assert_eq!(sent(&world), Vec::<String>::new());
    check_laws(&world);
}

#[test]
fn a_short_is_bought_back_before_anything_is_bought() {
    let world = World::new(Trend::Rising);
    world.broker.desk().hold(&symbol("SPY"), decimal("-5"));
    let mut runner = world.runner();
    world.throw(adopted());
    assert_eq!(outcome(&world.slot(&mut runner, SLOT)), Outcome::Traded);
    assert_eq!(
        sent(&world),
        ["20250512T1000-c-SPY-1", "20250512T1000-b-TQQQ-1"]
    );
    check_laws(&world);
}

#[test]
fn other_peoples_orders_in_the_way_are_cancelled_and_elsewhere_left_alone() {
    let world = World::new(Trend::Falling);
    {
        let mut desk = world.broker.desk();
        desk.hold(&symbol("TQQQ"), decimal("100"));
        let now = cycle::fake::at(SLOT);
        desk.enter_foreign("by-hand-1", &symbol("TQQQ"), Side::Sell, shares("60"), now);
        desk.enter_foreign("by-hand-2", &symbol("SPY"), Side::Buy, shares("1"), now);
    }
    let mut runner = world.runner();
    assert_eq!(outcome(&world.slot(&mut runner, SLOT)), Outcome::Traded);
    assert_eq!(world.held(), decimal("0"));
    assert_snapshot!(tell_slot(&world, SLOT), @"
    10:00:00 slot_opened try 1
    10:00:45 observed price 99.99, cash 100000, holds [100 TQQQ]
    10:00:45 decided Out -> Out: cancel order-1; sell TQQQ 40 shares at the market
    10:00:45 intended 20250512T1000-x-TQQQ-1 of order-1
    10:00:45 answered 20250512T1000-x-TQQQ-1 cancel taken
    10:00:45 replanned sell TQQQ 100 shares at the market
    10:00:45 intended 20250512T1000-s-TQQQ-1 100 shares at the market
    10:00:45 answered 20250512T1000-s-TQQQ-1 accepted as order-3
    10:00:45 settled 20250512T1000-s-TQQQ-1 Filled 100
    10:00:45 replanned nothing, already at the target
    10:00:45 slot_closed traded
    ");
    let desk = world.broker.desk();
    let open: Vec<&str> = desk
        .exchange
        .open_orders()
        .map(|order| order.report.client_order_id.as_str())
        .collect();
    assert_eq!(open, ["by-hand-2"]);
    drop(desk);
    check_laws(&world);
}

#[test]
fn an_entry_that_is_stopped_takes_back_no_order_of_others_first() {
    let world = World::new(Trend::Rising);
    let mut runner = world.runner();
    world.throw(Record::Halted(Halted {
        level: HaltLevel::ReduceOnly,
        flatten: false,
        reason: HaltReason::Owner("holiday".to_owned()),
    }));
    let now = cycle::fake::at(SLOT);
    world
        .broker
        .desk()
        .enter_foreign("by-hand-1", &symbol("TQQQ"), Side::Buy, shares("1"), now);
    assert_eq!(refusal(&world.slot(&mut runner, SLOT)), Reason::Halted);
    assert_eq!(world.broker.desk().exchange.open_orders().count(), 1);
    check_laws(&world);
}
