//! A journal restored from an older copy: what it learns from the broker, and what that means.

use market::{Instant, Shares, Slot};
use trading::invariants::unknown_orders;
use trading::order::{Leg, Order, OrderReport, OrderState, OrderStatus, Side};
use trading::outcome::{Held, Outcome};
use trading::portfolio::Portfolio;
use trading::record::{Armed, HaltLevel, HaltReason, Halted, Intended, Intent, Record};
use trading::repair::{FoundOrder, Known, differing};

use crate::fixture::{
    Book, Chain, TQQQ, at, buy, foreign_order, market_order, order, price, shares, shown, slot,
    symbol, tag, this_slot,
};

fn known(chain: &Chain) -> Known {
    let mut known = Known::default();
    chain.entries.iter().for_each(|entry| known.take(entry));
    assert_eq!(known.state, chain.state);
    known
}

fn nowhere(_: Instant) -> Option<Slot> {
    None
}

fn here(_: Instant) -> Option<Slot> {
    Some(this_slot())
}

fn lost(chain: &Chain, listed: &[OrderReport]) -> Vec<FoundOrder> {
    known(chain).lost(listed, &tag(), nowhere).unwrap()
}

/// Writes the repair that these orders call for.
fn repair(chain: &mut Chain, listed: &[OrderReport], portfolio: Portfolio) {
    let known = known(chain);
    let found = known.lost(listed, &tag(), here).unwrap();
    let repaired = known.repair(found, portfolio).unwrap();
    chain.push(None, Record::Repaired(Box::new(repaired)));
}

fn halted(level: HaltLevel, reason: HaltReason) -> Record {
    Record::Halted(Halted {
        level,
        flatten: false,
        reason,
    })
}

fn behind() -> Record {
    let ids = vec![buy("500").id.to_string()];
    halted(HaltLevel::Frozen, HaltReason::JournalBehind { ids })
}

fn away() -> Record {
    halted(HaltLevel::ReduceOnly, HaltReason::Owner("away".to_owned()))
}

#[test]
fn what_was_sent_is_read_back_from_id_and_report_and_is_the_same_order() {
    let limit = trading::order::Instruction::Limit {
        quantity: shares("3"),
        limit_price: price("102.03"),
    };
    let sent: [Order; 4] = [
        buy("500"),
        order(Leg::Buy, "QLD", limit),
        market_order(Leg::Sell, "SPY", "995.000000001"),
        market_order(Leg::Cover, "BRK.B", "2"),
    ];
    let listed: Vec<OrderReport> = sent
        .iter()
        .map(|order| shown(order, OrderStatus::Filled, "2", "100"))
        .collect();
    let found = lost(&Chain::new(), &listed);
    let mut orders: Vec<Order> = found.iter().map(|found| found.order.clone()).collect();
    for (found, report) in found.iter().map(|found| (found, &found.report)) {
        assert_eq!(found.slot, this_slot());
        assert!(found.order.matches(report), "{found:?}");
    }
    let mut sent = sent.to_vec();
    orders.sort_by(|a, b| a.id.cmp(&b.id));
    sent.sort_by(|a, b| a.id.cmp(&b.id));
    assert_eq!(orders, sent);
}

/// A chain in the midst of a slot that has intended a purchase.
fn buying() -> Chain {
    let mut chain = Chain::new();
    chain.open(this_slot());
    let intended = Intended {
        intent: Intent::Order(buy("500")),
        send_before: at("2025-05-12T10:31"),
    };
    chain.push(Some(this_slot()), Record::Intended(intended));
    chain
}

#[test]
fn an_entry_under_way_is_none_any_more_since_its_end_may_be_lost() {
    let mut chain = buying();
    assert!(chain.state.day.entering);
    let sale = market_order(Leg::Sell, TQQQ, "5");
    let found = [shown(&sale, OrderStatus::Filled, "5", "100")];
    repair(&mut chain, &found, Book::cash("500").build());
    assert!(!chain.state.day.entering);
}

#[test]
fn only_orders_of_ours_that_no_record_names_are_lost() {
    let chain = buying();
    let sale = market_order(Leg::Sell, TQQQ, "5");
    let listed = [
        shown(&buy("500"), OrderStatus::Filled, "5", "100"),
        foreign_order(TQQQ, Side::Buy),
        shown(&sale, OrderStatus::Working, "0", "100"),
        // A listing may show one twice.
        shown(&sale, OrderStatus::Working, "0", "100"),
    ];
    let ids: Vec<String> = lost(&chain, &listed)
        .iter()
        .map(|found| found.order.id.to_string())
        .collect();
    assert_eq!(ids, [sale.id.to_string()]);
}

#[test]
fn where_each_found_order_stands_follows_from_its_report() {
    let table = [
        (OrderStatus::Filled, "5", OrderState::Filled),
        (OrderStatus::Canceled, "0", OrderState::Canceled),
        (OrderStatus::Expired, "2", OrderState::PartlyFilled),
        (OrderStatus::Rejected, "0", OrderState::Rejected),
        (OrderStatus::PartiallyFilled, "2", OrderState::Open),
        (OrderStatus::Pending, "0", OrderState::Open),
        (
            OrderStatus::Unknown("odd".to_owned()),
            "0",
            OrderState::Open,
        ),
        (OrderStatus::Replaced, "0", OrderState::Canceled),
    ];
    for (status, filled, state) in table {
        let report = shown(&buy("500"), status.clone(), filled, "100");
        let found = lost(&Chain::new(), std::slice::from_ref(&report));
        assert_eq!(found[0].state(), state, "{status:?}");
    }
    let mut replaced = shown(&buy("500"), OrderStatus::Replaced, "0", "100");
    replaced.replaced_by = Some(trading::order::BrokerOrderId("b-2".to_owned()));
    assert_eq!(
        lost(&Chain::new(), &[replaced])[0].state(),
        OrderState::Open
    );
}

#[test]
fn an_order_named_by_hand_is_of_the_slot_in_which_it_was_received() {
    let mut report = shown(&buy("500"), OrderStatus::Filled, "5", "100");
    report.client_order_id = format!("tqqq-{}-by-hand", tag());
    let known = known(&Chain::new());
    let found = known
        .lost(std::slice::from_ref(&report), &tag(), here)
        .unwrap();
    assert_eq!((found[0].slot, found[0].order.leg), (this_slot(), Leg::Buy));
    let error = known.lost(&[report], &tag(), nowhere).unwrap_err();
    insta::assert_snapshot!(error, @"order tqqq-5f35d7-by-hand: neither its id nor the broker tells which slot it is of");
}

#[test]
fn a_found_order_is_known_its_name_is_spent_and_it_counts_for_its_day() {
    let mut chain = Chain::new();
    chain.open(this_slot());
    let purchase = shown(&buy("500"), OrderStatus::Filled, "5", "100");
    let sale = market_order(Leg::Sell, TQQQ, "5");
    let sale = shown(&sale, OrderStatus::PartiallyFilled, "2", "100");
    let listed = [purchase.clone(), sale.clone()];
    assert_eq!(
        chain
            .state
            .next_attempt(this_slot(), Leg::Buy, &symbol(TQQQ)),
        1
    );
    repair(
        &mut chain,
        &listed,
        Book::cash("500").long(TQQQ, "3", "100").build(),
    );
    let state = &chain.state;
    assert_eq!(unknown_orders(&listed, state, &tag()), Vec::<String>::new());
    assert_eq!(state.next_attempt(this_slot(), Leg::Buy, &symbol(TQQQ)), 2);
    let unsettled: Vec<&str> = state.unsettled().map(|(id, _)| id.as_str()).collect();
    assert_eq!(unsettled, [sale.client_order_id.as_str()]);
    let day = &state.day;
    assert_eq!(
        (day.orders, day.reduce_only, day.round_trips, day.top_ups),
        (2, 1, 1, 1)
    );
    assert_eq!(state.held.get(&symbol(TQQQ)), Some(&shares("3")));
    assert_eq!(state.newest_order_at, purchase.submitted_at);
    // A second time there is nothing to learn.
    assert_eq!(
        known(&chain).repair(lost(&chain, &listed), Book::cash("1").build()),
        None
    );
}

#[test]
fn orders_of_an_older_day_are_known_and_count_for_no_limit_of_this_one() {
    let mut chain = Chain::new();
    chain.open(slot("2025-05-13T09:30"));
    let purchase = shown(&buy("500"), OrderStatus::Filled, "5", "100");
    repair(&mut chain, &[purchase], Book::cash("500").build());
    assert_eq!(chain.state.day.orders, 0);
    assert_eq!(chain.state.orders.len(), 1);
}

#[test]
fn a_freeze_for_being_behind_gives_way_to_what_stood_before_it_and_to_nothing_else() {
    let found = [shown(&buy("500"), OrderStatus::Filled, "5", "100")];
    let owner = || Some(HaltReason::Owner("away".to_owned()));
    let frozen = || halted(HaltLevel::Frozen, HaltReason::Owner("stop".to_owned()));
    let table = [
        (vec![behind()], None),
        (vec![away(), behind()], owner()),
        (vec![behind(), away()], owner()),
        (vec![away()], owner()),
        (
            vec![frozen(), behind()],
            Some(HaltReason::Owner("stop".to_owned())),
        ),
        (vec![], None),
    ];
    for (records, stands) in table {
        let mut chain = Chain::new();
        chain.open(this_slot());
        let told = format!("{records:?}");
        for record in records {
            chain.push(None, record);
        }
        repair(&mut chain, &found, Book::cash("500").build());
        let reason = chain.state.halt.clone().map(|halt| halt.reason);
        assert_eq!(reason, stands, "{told}");
    }
}

#[test]
fn nothing_is_armed_after_a_repair_since_a_disarming_may_be_lost() {
    let mut chain = Chain::new();
    let until = at("2025-05-16T16:00");
    chain.push(None, Record::Armed(Armed { until }));
    let found = [shown(&buy("500"), OrderStatus::Filled, "5", "100")];
    repair(&mut chain, &found, Book::cash("500").build());
    assert_eq!(chain.state.armed_until, None);
}

#[test]
fn a_frozen_journal_that_lacks_nothing_is_thawed_and_a_free_one_left_alone() {
    let mut chain = Chain::new();
    chain.open(this_slot());
    let outcome = Outcome::Held(Held::NoSignal);
    chain.close(this_slot(), outcome, Some(Book::cash("500").build()));
    assert_eq!(
        known(&chain).repair(Vec::new(), Book::cash("500").build()),
        None
    );
    chain.push(None, behind());
    assert!(known(&chain).is_frozen());
    repair(&mut chain, &[], Book::cash("500").build());
    assert_eq!(chain.state.halt, None);
}

#[test]
fn holdings_are_told_where_they_differ() {
    let mut chain = Chain::new();
    chain.state.held = [(symbol(TQQQ), shares("5")), (symbol("SPY"), shares("1"))].into();
    let now = Book::cash("1")
        .long(TQQQ, "5", "100")
        .long("QLD", "2", "50")
        .build();
    let told = differing(&chain.state, &now);
    assert_eq!(
        told,
        [
            (symbol("QLD"), Shares::ZERO, shares("2")),
            (symbol("SPY"), shares("1"), Shares::ZERO),
        ]
    );
}
