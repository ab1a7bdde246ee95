//! The invariants of EXECUTION §7, each breach shown by a constructed case.

use trading::invariants::{SlotEnd, check, unknown_orders};
use trading::order::{Instruction, Leg, Order, OrderReport, OrderStatus};
use trading::portfolio::Portfolio;
use trading::record::{Intended, Intent, Record};

use crate::fixture::{
    Book, Chain, TQQQ, at, buy, foreign_order, id, market_order, order, price, shares, shown, tag,
    this_slot,
};

/// A slot in which `intended` was sent, `orders` are shown, and the portfolio went so.
fn breaches(intended: &[Order], before: Book, after: Book, orders: &[OrderReport]) -> String {
    let mut chain = Chain::new();
    chain.open(this_slot());
    for order in intended {
        let intent = Intent::Order(order.clone());
        let send_before = at("2025-05-12T10:31:05");
        chain.push(
            Some(this_slot()),
            Record::Intended(Intended {
                intent,
                send_before,
            }),
        );
    }
    let (before, after): (Portfolio, Portfolio) = (before.build(), after.build());
    let found = check(&SlotEnd {
        tag: &tag(),
        state: &chain.state,
        entries: &chain.entries,
        before: &before,
        after: &after,
        orders,
    });
    found.join("\n")
}

fn filled(order: &Order, count: &str, at_price: &str) -> OrderReport {
    shown(order, OrderStatus::Filled, count, at_price)
}

#[test]
fn an_ordinary_slot_breaches_nothing() {
    let purchase = buy("99500");
    let report = filled(&purchase, "995", "100");
    let (before, after) = (
        Book::cash("100000"),
        Book::cash("500").long(TQQQ, "995", "100"),
    );
    assert_eq!(breaches(&[purchase], before, after, &[report]), "");
    let sale = market_order(Leg::Sell, TQQQ, "995");
    let report = filled(&sale, "995", "100");
    let (before, after) = (
        Book::cash("500").long(TQQQ, "995", "100"),
        Book::cash("100000"),
    );
    assert_eq!(breaches(&[sale], before, after, &[report]), "");
    assert_eq!(breaches(&[], Book::cash("1"), Book::cash("1"), &[]), "");
}

#[test]
fn two_own_orders_open_in_one_symbol() {
    let (first, second) = (
        buy("100"),
        Order {
            id: id(Leg::Buy, TQQQ, 2),
            ..buy("100")
        },
    );
    let open = |order: &Order| shown(order, OrderStatus::Working, "0", "100");
    let after = Book::cash("1000").order(open(&first)).order(open(&second));
    insta::assert_snapshot!(breaches(&[first, second], Book::cash("1000"), after, &[]), @"I1: two own orders open in TQQQ");
    let with_a_foreign = Book::cash("1000")
        .order(open(&buy("100")))
        .order(foreign_order(TQQQ, trading::order::Side::Buy));
    assert_eq!(
        breaches(&[buy("100")], Book::cash("1000"), with_a_foreign, &[]),
        ""
    );
}

#[test]
fn bought_for_more_than_was_planned() {
    let purchase = buy("1000");
    let (before, after) = (
        || Book::cash("5000"),
        || Book::cash("3000").long(TQQQ, "20", "100"),
    );
    let report = filled(&purchase, "20", "100");
    insta::assert_snapshot!(breaches(std::slice::from_ref(&purchase), before(), after(), &[report]), @"I1: bought for 2000, planned 1000");
    // A broker rounds the average: 9.999 shares at 100.0101 are a tenth of a cent too many.
    let report = filled(&purchase, "9.999", "100.0101");
    assert_eq!(breaches(&[purchase], before(), after(), &[report]), "");
}

#[test]
fn bought_twice_for_what_was_planned_once() {
    let (first, second) = (
        buy("1000"),
        Order {
            id: id(Leg::Buy, TQQQ, 2),
            ..buy("1000")
        },
    );
    let reports = [filled(&first, "10", "100"), filled(&second, "10", "100")];
    let after = Book::cash("3000").long(TQQQ, "20", "100");
    insta::assert_snapshot!(breaches(&[first, second], Book::cash("5000"), after, &reports), @"I1: bought for 2000, planned 1000");
}

#[test]
fn a_buy_still_open_counts_with_all_it_may_cost() {
    let limit = |attempt| Order {
        id: id(Leg::Buy, TQQQ, attempt),
        ..order(
            Leg::Buy,
            TQQQ,
            Instruction::Limit {
                quantity: shares("10"),
                limit_price: price("100"),
            },
        )
    };
    let reports = [
        filled(&limit(1), "10", "100"),
        shown(&limit(2), OrderStatus::Working, "0", "100"),
    ];
    let after = Book::cash("4000").long(TQQQ, "10", "100");
    insta::assert_snapshot!(breaches(&[limit(1), limit(2)], Book::cash("5000"), after, &reports), @"I1: bought for 2000, planned 1000");
    let ended = [filled(&limit(1), "4", "100"), filled(&limit(2), "6", "100")];
    let after = Book::cash("4000").long(TQQQ, "10", "100");
    assert_eq!(
        breaches(&[limit(1), limit(2)], Book::cash("5000"), after, &ended),
        ""
    );
}

#[test]
fn a_cover_is_no_buy() {
    let limit = Instruction::Limit {
        quantity: shares("100"),
        limit_price: price("13"),
    };
    let covers = [
        market_order(Leg::Cover, "F", "100"),
        order(Leg::Cover, "F", limit),
    ];
    for cover in covers {
        let purchase = buy("1000");
        let reports = [filled(&cover, "100", "12"), filled(&purchase, "10", "100")];
        let before = Book::cash("5000").short("F", "100", "12");
        let after = Book::cash("2800").long(TQQQ, "10", "100");
        assert_eq!(breaches(&[cover, purchase], before, after, &reports), "");
    }
}

#[test]
fn cash_below_zero_by_a_buy_of_ours() {
    let purchase = buy("1000");
    let after = || Book::cash("-0.01").long(TQQQ, "10", "100");
    insta::assert_snapshot!(breaches(&[purchase], Book::cash("1000"), after(), &[]), @"I2: cash went from 1000 to -0.01");
    assert_eq!(
        breaches(&[], Book::cash("1000"), after(), &[]),
        "",
        "somebody else's doing"
    );
    assert_eq!(
        breaches(&[buy("1")], Book::cash("-5"), after(), &[]),
        "",
        "it was below before"
    );
}

#[test]
fn sold_beyond_what_was_held() {
    let sale = market_order(Leg::Sell, TQQQ, "10");
    let (before, after) = (
        || Book::cash("0").long(TQQQ, "5", "100"),
        || Book::cash("1000").short(TQQQ, "5", "100"),
    );
    insta::assert_snapshot!(breaches(&[sale], before(), after(), &[]), @"I3: 5 TQQQ are owed");
    assert_eq!(
        breaches(&[], before(), after(), &[]),
        "",
        "somebody else's doing"
    );
}

#[test]
fn an_order_of_ours_that_the_journal_does_not_know() {
    let stray = filled(
        &Order {
            id: id(Leg::Buy, TQQQ, 4),
            ..buy("1")
        },
        "1",
        "1",
    );
    let known = buy("100");
    let orders = [
        stray,
        filled(&known, "1", "100"),
        foreign_order("F", trading::order::Side::Buy),
    ];
    insta::assert_snapshot!(breaches(&[known], Book::cash("200"), Book::cash("100"), &orders), @"I6: the broker holds tqqq-5f35d7-20250512T1030-b-TQQQ-4, which the journal does not know");
    let nobody = trading::state::State::default();
    assert_eq!(unknown_orders(&orders, &nobody, &tag()).len(), 2);
}
