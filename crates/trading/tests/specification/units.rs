//! The value of one unit moves with results only, whenever a movement of cash comes to be listed.

use market::{Date, Decimal, time};
use trading::flow::{CashFlow, FlowKind};
use trading::order::Leg;
use trading::portfolio::Portfolio;
use trading::unit::UnitValue;

use crate::fixture::{Book, TQQQ, buy, market_order, money, shares};

const MONDAY: Date = Date::constant(2025, 5, 12);
const TUESDAY: Date = Date::constant(2025, 5, 13);

fn cash(text: &str) -> Portfolio {
    Book::cash(text).build()
}

fn flow(id: &str, amount: &str) -> CashFlow {
    CashFlow {
        id: id.to_owned(),
        kind: FlowKind::Transfer,
        amount: money(amount),
        at: time::new_york(MONDAY, time::Time::constant(12, 0, 0, 0)),
    }
}

fn percent(ratio: Decimal) -> String {
    (ratio * Decimal::ONE_HUNDRED)
        .round_dp(2)
        .normalize()
        .to_string()
}

/// So many shares of the fund at 100, the rest of 100 000 in cash.
fn invested(count: &str, at: &str, left: &str) -> Portfolio {
    Book::cash(left).long(TQQQ, count, at).build()
}

#[test]
fn a_withdrawal_is_no_loss_and_a_deposit_hides_none() {
    let mut unit = UnitValue::first(&invested("900", "100", "10000"), &[], MONDAY);
    unit.look(
        &invested("900", "100", "5000"),
        &[flow("out", "-5000")],
        MONDAY,
    );
    assert_eq!(percent(unit.drawdown()), "0");
    unit.look(
        &invested("900", "50", "5000"),
        &[flow("out", "-5000")],
        MONDAY,
    );
    assert_eq!(percent(unit.drawdown()), "47.37");
    unit.look(
        &invested("900", "50", "105000"),
        &[flow("in", "100000")],
        MONDAY,
    );
    assert_eq!(percent(unit.drawdown()), "47.37");
}

#[test]
fn a_movement_is_counted_once_however_often_it_is_listed() {
    let old = flow("old", "500");
    let mut unit = UnitValue::first(&cash("1000"), std::slice::from_ref(&old), MONDAY);
    for _ in 0..3 {
        let flows = [old.clone(), flow("new", "1000")];
        unit.look(&cash("2000"), &flows, MONDAY);
    }
    assert_eq!(percent(unit.drawdown()), "0");
    assert_eq!(unit.high_water(), money("2000"));
}

#[test]
fn the_days_loss_is_against_the_last_look_of_an_earlier_date() {
    let held = |at| Book::cash("0").long(TQQQ, "10", at).build();
    let mut unit = UnitValue::first(&held("100"), &[], MONDAY);
    unit.look(&held("120"), &[], MONDAY);
    assert_eq!(percent(unit.day_loss()), "-20");
    unit.look(&held("90"), &[], TUESDAY);
    assert_eq!(percent(unit.day_loss()), "25");
    assert_eq!(percent(unit.drawdown()), "25");
}

#[test]
fn an_empty_account_that_is_funded_begins_anew() {
    let mut unit = UnitValue::first(&cash("0"), &[], MONDAY);
    unit.look(&cash("500"), &[], MONDAY);
    assert_eq!(percent(unit.drawdown()), "0");
    unit.look(&Book::cash("0").long(TQQQ, "5", "100").build(), &[], MONDAY);
    unit.look(&Book::cash("0").long(TQQQ, "5", "50").build(), &[], MONDAY);
    assert_eq!(percent(unit.drawdown()), "50");
}

#[test]
fn a_deposit_listed_long_after_it_reached_the_balance_is_neither_gain_nor_loss() {
    let held = |left| Book::cash(left).long(TQQQ, "900", "100").build();
    let mut unit = UnitValue::first(&held("10000"), &[], MONDAY);
    unit.look(&held("210000"), &[], MONDAY);
    assert_eq!(
        (percent(unit.drawdown()), unit.high_water()),
        ("0".into(), money("300000"))
    );
    unit.look(&held("210000"), &[], TUESDAY);
    unit.look(&held("210000"), &[flow("in", "200000")], TUESDAY);
    assert_eq!(percent(unit.drawdown()), "0");
    assert_eq!(percent(unit.day_loss()), "0");
    assert_eq!(unit.high_water(), money("300000"));
}

#[test]
fn a_deposit_listed_before_it_reaches_the_balance_is_neither_loss_nor_gain() {
    let mut unit = UnitValue::first(&cash("100000"), &[], MONDAY);
    let flows = [flow("in", "50000")];
    unit.look(&cash("100000"), &flows, MONDAY);
    assert_eq!(percent(unit.drawdown()), "0");
    unit.look(&cash("150000"), &flows, TUESDAY);
    assert_eq!(percent(unit.drawdown()), "0");
    assert_eq!(unit.high_water(), money("150000"));
}

#[test]
fn our_own_fills_are_no_movement_of_cash() {
    let mut unit = UnitValue::first(&cash("100000"), &[], MONDAY);
    unit.trade(&buy("90000"), shares("900"), Some(money("90000")));
    unit.look(&invested("900", "90", "10000"), &[], MONDAY);
    assert_eq!(percent(unit.drawdown()), "9");
    let sale = market_order(Leg::Sell, TQQQ, "900");
    unit.trade(&sale, shares("900"), Some(money("81000")));
    unit.look(&cash("91000"), &[], MONDAY);
    assert_eq!(percent(unit.drawdown()), "9");
}

#[test]
fn where_somebody_else_traded_the_listing_is_taken_at_its_word() {
    let mut unit = UnitValue::first(&cash("100000"), &[], MONDAY);
    // Half is in the fund now, which no order of ours bought; it fell at once.
    unit.look(&invested("500", "80", "50000"), &[], MONDAY);
    assert_eq!(percent(unit.drawdown()), "10");
}

#[test]
fn a_fill_without_its_price_hides_no_loss() {
    let mut unit = UnitValue::first(&cash("100000"), &[], MONDAY);
    unit.trade(&buy("90000"), shares("900"), None);
    unit.look(&invested("900", "50", "10000"), &[], MONDAY);
    assert_eq!(percent(unit.drawdown()), "45");
}
