//! Trades told from a chain that the engine itself has written.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

use std::path::Path;

use chronicle::lots::Wash;
use chronicle::{Basis, Span, Trades, TradesView};
use cycle::fake::{Trend, World};
use market::{Decimal, Shares, Split};
use trading::flow::{CashFlow, FlowKind};

fn trades(world: &World) -> Trades {
    let mut trades = Trades::default();
    for entry in world.entries() {
        trades.take(&entry);
    }
    trades
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn shares(text: &str) -> Shares {
    text.parse().unwrap()
}

/// Bought at the opening, sold at half past ten.
fn a_morning() -> World {
    let world = World::new(Trend::Rising);
    let mut runner = world.runner();
    world.slot(&mut runner, "2025-05-12T09:30");
    world.slot(&mut runner, "2025-05-12T10:00");
    world.market.follow(Trend::Falling);
    for slot in ["2025-05-12T10:30", "2025-05-12T11:00"] {
        world.slot(&mut runner, slot);
    }
    world
}

#[test]
fn a_morning_is_told_in_lots_and_fills() {
    let world = a_morning();
    let trades = trades(&world);
    let view = TradesView::new(Path::new("a.journal"), &trades, Span::default());
    insta::assert_snapshot!(view.lots_csv(), @"
    symbol,acquired,sold,held_days,term,shares,cost,proceeds,gain,wash_sale,lot,bought_by,sold_by
    TQQQ,2025-05-12,2025-05-12,0,short,995,99500,99480.1,-19.9,open,1,tqqq-5f35d7-20250512T0930-b-TQQQ-1,tqqq-5f35d7-20250512T1030-s-TQQQ-1
    ");
    insta::assert_snapshot!(view.fills_csv(), @"
    slot,side,symbol,shares,price,expected,expected_from,slippage_bps,slippage,running,order
    2025-05-12T09:30-04:00,buy,TQQQ,995,100,100,bar,-0,0,0,tqqq-5f35d7-20250512T0930-b-TQQQ-1
    2025-05-12T10:30-04:00,sell,TQQQ,995,99.98,99.98,bar,-0,0,0,tqqq-5f35d7-20250512T1030-s-TQQQ-1
    ");
    assert_eq!(trades.lots().held(&world.symbol()), Shares::ZERO);
    let through = "2025-05-12".parse().unwrap();
    let wash = trades.lots().wash(&trades.lots().closed()[0], through);
    assert!(matches!(wash, Some(Wash::Open(_) | Wash::No)), "{wash:?}");
}

#[test]
fn a_fill_is_held_against_the_bar_that_a_later_slot_saw() {
    let world = World::new(Trend::Rising);
    let mut runner = world.runner();
    world.slot(&mut runner, "2025-05-12T09:30");
    let seen = trades(&world).orders().lines()[0].expected.unwrap();
    assert_eq!(seen.basis, Basis::SlotPrice);
    world.slot(&mut runner, "2025-05-12T10:00");
    let later = trades(&world).orders().lines()[0].expected.unwrap();
    let opened = world
        .market
        .history(&world.symbol(), cycle::fake::at("2025-05-12T09:30"));
    assert_eq!((later.basis, later.price), (Basis::Bar, opened));
}

#[test]
fn the_middle_of_an_hour_keeps_the_price_that_the_slot_saw() {
    let world = World::from("2025-05-12T10:00", Trend::Rising);
    let mut runner = world.runner();
    for slot in ["2025-05-12T10:00", "2025-05-12T10:30", "2025-05-12T11:30"] {
        world.slot(&mut runner, slot);
    }
    let expected = trades(&world).orders().lines()[0].expected.unwrap();
    assert_eq!(expected.basis, Basis::SlotPrice);
}

#[test]
fn a_split_of_the_holding_changes_the_lot_and_not_its_cost() {
    let world = World::new(Trend::Rising);
    let mut runner = world.runner();
    world.slot(&mut runner, "2025-05-12T15:30");
    let before = trades(&world);
    let symbol = world.symbol();
    let (held, cost) = (
        before.lots().held(&symbol),
        before.lots().open().next().unwrap().cost,
    );
    let split: Split = "2025-05-13:2".parse().unwrap();
    world.corporate_actions.announce(&symbol, split);
    world
        .broker
        .desk()
        .hold(&symbol, held.decimal() * decimal("2"));
    let half = world
        .market
        .spot(&symbol, cycle::fake::at("2025-05-13T09:30"))
        .decimal()
        / decimal("2");
    world
        .market
        .trade_at(&symbol, Some(half.to_string().parse().unwrap()));
    world.slot(&mut runner, "2025-05-13T09:30");
    let after = trades(&world);
    let lots: Vec<_> = after
        .lots()
        .open()
        .map(|lot| (lot.shares.decimal(), lot.cost))
        .collect();
    assert_eq!(lots, [(held.decimal() * decimal("2"), cost)]);
    assert_eq!(after.lots().closed(), []);
}

#[test]
fn holdings_found_at_first_are_a_lot_without_a_date() {
    let world = World::new(Trend::Flat);
    world.broker.desk().hold(&world.symbol(), decimal("7"));
    let mut runner = world.runner();
    world.slot(&mut runner, "2025-05-12T09:30");
    let trades = trades(&world);
    let lot = trades.lots().open().next().unwrap();
    assert_eq!(
        (lot.shares, lot.acquired, &lot.order),
        (shares("7"), None, &None)
    );
}

#[test]
fn what_another_hand_does_is_believed_once_two_slots_have_seen_it() {
    let world = World::new(Trend::Flat);
    let mut runner = world.runner();
    world.slot(&mut runner, "2025-05-12T09:30");
    world.broker.desk().hold(&world.symbol(), decimal("3"));
    world.slot(&mut runner, "2025-05-12T10:00");
    let symbol = world.symbol();
    assert_eq!(
        trades(&world).lots().held(&symbol),
        Shares::ZERO,
        "seen once"
    );
    world.slot(&mut runner, "2025-05-12T10:30");
    assert_eq!(trades(&world).lots().held(&symbol), shares("3"));
    world.broker.desk().hold(&symbol, decimal("1"));
    world.slot(&mut runner, "2025-05-12T11:00");
    world.slot(&mut runner, "2025-05-12T11:30");
    let trades = trades(&world);
    assert_eq!(trades.lots().held(&symbol), shares("1"));
    let gone = &trades.lots().closed()[0];
    assert_eq!((gone.shares, gone.proceeds), (shares("2"), None));
}

#[test]
fn movements_are_called_what_they_are_and_told_once() {
    let world = World::new(Trend::Flat);
    let mut runner = world.runner();
    let flow = |id: &str, kind, amount: &str| CashFlow {
        id: id.to_owned(),
        kind,
        amount: amount.parse().unwrap(),
        at: cycle::fake::at("2025-05-12T09:30"),
    };
    world.broker.desk().flows = vec![
        flow("1", FlowKind::Transfer, "500"),
        flow("2", FlowKind::Transfer, "-200"),
        flow("3", FlowKind::Dividend, "1.25"),
        flow("4", FlowKind::Other("FOPT".to_owned()), "3"),
    ];
    world.slot(&mut runner, "2025-05-12T10:00");
    world.slot(&mut runner, "2025-05-12T10:30");
    let view = TradesView::new(Path::new("a"), &trades(&world), Span::default());
    insta::assert_json_snapshot!(view.totals.movements, @r#"
    {
      "FOPT": "3",
      "deposit": "500",
      "dividend": "1.25",
      "withdrawal": "-200"
    }
    "#);
}
