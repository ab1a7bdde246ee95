//! What the end of a slot shows, each breach by a constructed case.

use market::calendar::Calendar;
use strategy::Target;
use trading::invariants::{SlotEnd, unknown_orders};
use trading::order::{Instruction, Leg, Order, OrderReport, OrderState, OrderStatus};
use trading::outcome::{Reason, Refusal};
use trading::plan::{Plan, PlannedOrder};
use trading::portfolio::Portfolio;
use trading::record::{Record, Replanned, Settled};
use trading::settings::Settings;

use super::intend;
use crate::fixture::{
    Book, Chain, TQQQ, buy, foreign_order, id, market_order, order, price, shares, shown, tag,
    this_slot,
};

/// A slot in which the first of `orders` in every leg was planned and all were sent, `shown` is what the broker shows,
/// and the portfolio went so. What it shows but for the evidence, which no such slot has.
fn breaches(orders: &[Order], before: Book, after: Book, shown: &[OrderReport]) -> String {
    refused(orders, before, after, shown, None)
}

fn refused(
    orders: &[Order],
    before: Book,
    after: Book,
    shown: &[OrderReport],
    refused: Option<&Refusal>,
) -> String {
    let (before, after): (Portfolio, Portfolio) = (before.build(), after.build());
    let mut chain = Chain::new();
    let began = chain.state.clone();
    chain.open(this_slot());
    for (at, order) in orders.iter().enumerate() {
        if at == 0 || orders[at - 1].leg != order.leg {
            plan(&mut chain, &before, order);
        }
        intend(&mut chain, this_slot(), order);
        let is_it = |report: &&OrderReport| report.client_order_id == order.id.as_str();
        let ended = |report: &&OrderReport| report.status.is_terminal();
        if let Some(report) = shown.iter().find(is_it).filter(ended) {
            settle_as(&mut chain, order, report);
        }
    }
    let end = SlotEnd {
        tag: &tag(),
        settings: &Settings::default(),
        calendar: &Calendar::nyse(),
        began: &began,
        state: &chain.state,
        entries: &chain.entries[1..],
        before: &before,
        after: &after,
        orders: shown,
        refused,
    };
    let found = end.breaches().into_iter().map(|breach| breach.to_string());
    let told = |line: &String| {
        let by_hand = ["I7", "I9"];
        !by_hand.iter().any(|start| line.starts_with(start)) && !line.contains("has no known end")
    };
    found.filter(told).collect::<Vec<_>>().join("\n")
}

fn settle_as(chain: &mut Chain, order: &Order, report: &OrderReport) {
    let settled = Settled {
        id: order.id.clone(),
        state: OrderState::Filled,
        filled: report.filled,
        average_price: report.average_price,
        report: None,
    };
    chain.push(Some(this_slot()), Record::Settled(settled));
}

/// A plan of this one order.
fn plan(chain: &mut Chain, portfolio: &Portfolio, order: &Order) {
    let planned = PlannedOrder {
        leg: order.leg,
        symbol: order.symbol.clone(),
        instruction: order.instruction.clone(),
    };
    let is_buy = order.leg == Leg::Buy;
    let plan = Plan {
        target: if is_buy { Target::AllIn } else { Target::Out },
        cancels: Vec::new(),
        sales: (!is_buy).then(|| planned.clone()).into_iter().collect(),
        buy: is_buy.then_some(planned),
        idle: None,
    };
    let record = Replanned {
        portfolio: portfolio.clone(),
        plan,
    };
    chain.push(Some(this_slot()), Record::Replanned(Box::new(record)));
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
    insta::assert_snapshot!(breaches(&[first, second], Book::cash("1000"), after, &[]), @"
    I1: bought TQQQ for 200, planned 100
    I1: two own orders open in TQQQ
    ");
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
    insta::assert_snapshot!(breaches(std::slice::from_ref(&purchase), before(), after(), &[report]), @"I1: bought TQQQ for 2000, planned 1000");
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
    insta::assert_snapshot!(breaches(&[first, second], Book::cash("5000"), after, &reports), @"I1: bought TQQQ for 2000, planned 1000");
}

#[test]
fn a_buy_still_open_counts_with_all_it_may_cost() {
    let limit_of = |attempt, count| Order {
        id: id(Leg::Buy, TQQQ, attempt),
        ..order(
            Leg::Buy,
            TQQQ,
            Instruction::Limit {
                quantity: shares(count),
                limit_price: price("100"),
            },
        )
    };
    let limit = |attempt| limit_of(attempt, "10");
    let reports = [
        filled(&limit(1), "10", "100"),
        shown(&limit(2), OrderStatus::Working, "0", "100"),
    ];
    let after = Book::cash("4000").long(TQQQ, "10", "100");
    insta::assert_snapshot!(breaches(&[limit(1), limit(2)], Book::cash("5000"), after, &reports), @"I1: bought TQQQ for 2000, planned 1000");
    let rest = limit_of(2, "6");
    let ended = [filled(&limit(1), "4", "100"), filled(&rest, "6", "100")];
    let after = Book::cash("4000").long(TQQQ, "10", "100");
    assert_eq!(
        breaches(&[limit(1), rest], Book::cash("5000"), after, &ended),
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
    let below_before = breaches(&[buy("1")], Book::cash("-5"), after(), &[]);
    insta::assert_snapshot!(below_before, @"I2: tqqq-5f35d7-20250512T1030-b-TQQQ-1 may cost 1, and there is cash of -5");
}

#[test]
fn sold_beyond_what_was_held() {
    let sale = market_order(Leg::Sell, TQQQ, "10");
    let (before, after) = (
        || Book::cash("0").long(TQQQ, "5", "100"),
        || Book::cash("1000").short(TQQQ, "5", "100"),
    );
    insta::assert_snapshot!(breaches(&[sale], before(), after(), &[]), @"
    I3: 5 TQQQ are owed
    I3: tqqq-5f35d7-20250512T1030-s-TQQQ-1 is of 10 shares at the market, and there are 5
    ");
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

#[test]
fn a_sale_that_was_refused_by_a_rule_for_entries_after_something_was_filled() {
    let sale = || market_order(Leg::Sell, TQQQ, "5");
    let stopped = |reason| {
        let refusal = Refusal::new(reason, "a limit", "more");
        let book = || Book::cash("0").long(TQQQ, "5", "100");
        refused(&[sale()], book(), book(), &[], Some(&refusal))
    };
    insta::assert_snapshot!(stopped(Reason::DailyLoss), @"I13: what reduces was refused by DailyLoss (a limit; seen: more)");
    assert_eq!(stopped(Reason::ReduceOnlyPerDay), "");
}
