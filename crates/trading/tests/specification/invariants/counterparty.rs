//! What only the whole truth shows.

use std::collections::BTreeMap;

use market::{Duration, Instant, time};
use trading::invariants::{
    Arrival, Arrived, Breach, Counterparty, Move, Seen, unannounced, vanished_holdings,
};
use trading::order::{BrokerOrderId, Leg, OrderReport, OrderState, OrderStatus, Side};
use trading::record::{Entry, Record, RunId, Settled, SlotOpened};

use super::{day, flat, intended};
use crate::fixture::{
    Chain, TQQQ, at, buy, foreign_order, market_order, money, shares, shown, slot, symbol, tag,
};

/// The truth of the ordinary day.
struct Truth {
    orders: Vec<OrderReport>,
    arrivals: Vec<Arrival>,
    moves: Vec<Move>,
    clock_error: Duration,
}

const BUY: &str = "tqqq-5f35d7-20250512T1030-b-TQQQ-1";
const SALE: &str = "tqqq-5f35d7-20250512T1130-s-TQQQ-1";

impl Truth {
    fn of_the_day() -> Self {
        let order = |entry: &mut Entry, leg| intended(entry, leg).cloned();
        let mut entries = day().entries;
        let mut find = |leg| entries.iter_mut().find_map(|entry| order(entry, leg));
        let (bought, sold) = (find(Leg::Buy).unwrap(), find(Leg::Sell).unwrap());
        let filled = |order, text: &str| OrderReport {
            submitted_at: Some(at(text)),
            ..shown(order, OrderStatus::Filled, "995", "100")
        };
        Self {
            orders: vec![
                filled(&bought, "2025-05-12T10:30:51"),
                filled(&sold, "2025-05-12T11:30:51"),
            ],
            arrivals: vec![
                arrival("2025-05-12T10:30:51", BUY),
                arrival("2025-05-12T11:30:51", SALE),
            ],
            moves: vec![
                execution(BUY, Side::Buy, ("100000", "500"), ("0", "995")),
                execution(SALE, Side::Sell, ("500", "100000"), ("995", "0")),
            ],
            clock_error: Duration::ZERO,
        }
    }

    fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    fn shows(&self, entries: &[Entry]) -> String {
        let tag = tag();
        let counterparty = Counterparty {
            tag: &tag,
            orders: &self.orders,
            arrivals: &self.arrivals,
            moves: &self.moves,
            clock_error: self.clock_error,
        };
        joined(counterparty.breaches(entries))
    }

    fn shows_of_the_day(&self) -> String {
        self.shows(&day().entries)
    }
}

fn joined(found: Vec<Breach>) -> String {
    let lines: Vec<String> = found.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

fn arrival(text: &str, id: &str) -> Arrival {
    Arrival {
        at: at(text),
        what: Arrived::Order(id.to_owned()),
        taken: true,
    }
}

fn execution(id: &str, side: Side, cash: (&str, &str), held: (&str, &str)) -> Move {
    Move {
        at: at("2025-05-12T10:30:52"),
        client_order_id: id.to_owned(),
        symbol: symbol(TQQQ),
        side,
        cash_before: money(cash.0),
        cash_after: money(cash.1),
        held_before: held.0.parse().unwrap(),
        held_after: held.1.parse().unwrap(),
    }
}

#[test]
fn the_truth_of_an_ordinary_day_agrees_with_its_chain() {
    assert_eq!(Truth::of_the_day().shows_of_the_day(), "");
    let with_others = Truth::of_the_day().with(|truth| {
        truth.orders.push(foreign_order("F", Side::Buy));
        truth.arrivals.push(arrival("2025-05-12T09:45", "theirs"));
        let theirs = execution("theirs", Side::Sell, ("0", "-5"), ("0", "-5"));
        truth.moves.push(theirs);
    });
    assert_eq!(with_others.shows_of_the_day(), "", "somebody else's doing");
}

#[test]
fn i2_no_execution_of_ours_leaves_cash_below_zero() {
    let bought = |cash: &str, held: (&str, &str)| {
        Truth::of_the_day()
            .with(|truth| truth.moves[0] = execution(BUY, Side::Buy, ("100000", cash), held))
            .shows_of_the_day()
    };
    insta::assert_snapshot!(bought("-0.01", ("0", "995")), @"I2: tqqq-5f35d7-20250512T1030-b-TQQQ-1 took cash from 100000 to -0.01");
    assert_eq!(bought("0", ("0", "995")), "");
    assert_eq!(
        bought("-0.01", ("-5", "0")),
        "",
        "what is owed is bought back"
    );
}

#[test]
fn i3_no_execution_of_ours_sells_what_is_not_there() {
    let sold = |held: (&str, &str)| {
        Truth::of_the_day()
            .with(|truth| truth.moves[1] = execution(SALE, Side::Sell, ("0", "1"), held))
            .shows_of_the_day()
    };
    insta::assert_snapshot!(sold(("995", "-0.5")), @"I3: tqqq-5f35d7-20250512T1130-s-TQQQ-1 took TQQQ from 995 to -0.5");
    assert_eq!(sold(("995", "0")), "");
}

#[test]
fn i6_the_journal_and_the_broker_know_the_same_orders() {
    let strange = Truth::of_the_day().with(|truth| truth.orders[0].client_order_id.push('7'));
    insta::assert_snapshot!(strange.shows_of_the_day(), @"
    I6: the broker holds tqqq-5f35d7-20250512T1030-b-TQQQ-17, which the journal does not know
    I6: tqqq-5f35d7-20250512T1030-b-TQQQ-1 is answered, and the broker does not hold it
    ");
    let lost = Truth::of_the_day().with(|truth| drop(truth.orders.pop()));
    insta::assert_snapshot!(lost.shows_of_the_day(), @"I6: tqqq-5f35d7-20250512T1130-s-TQQQ-1 is answered, and the broker does not hold it");
    let denied = |state: OrderState, status: OrderStatus| {
        let mut entries = day().entries;
        for entry in &mut entries {
            if let Record::Settled(settled) = &mut entry.record
                && settled.id.as_str() == SALE
            {
                (settled.state, settled.filled) = (state, shares("0"));
            }
        }
        let truth = Truth::of_the_day().with(|truth| {
            truth.orders[1].status = status;
            truth.orders[1].filled = shares("0");
        });
        truth.shows(&entries)
    };
    insta::assert_snapshot!(denied(OrderState::Unsent, OrderStatus::Filled), @"I6: the broker holds tqqq-5f35d7-20250512T1130-s-TQQQ-1, which the journal calls never taken");
    insta::assert_snapshot!(denied(OrderState::Rejected, OrderStatus::Working), @"I6: the broker holds tqqq-5f35d7-20250512T1130-s-TQQQ-1, which the journal calls never taken");
    assert_eq!(denied(OrderState::Rejected, OrderStatus::Rejected), "");
}

#[test]
fn i6_an_intent_without_an_answer_may_be_at_the_broker_or_not() {
    let unanswered: Vec<Entry> = day()
        .entries
        .into_iter()
        .take_while(|entry| !matches!(entry.record, Record::Answered(_)))
        .collect();
    for arrived in [true, false] {
        let truth = Truth::of_the_day().with(|truth| {
            let count = usize::from(arrived);
            truth.orders.truncate(count);
            truth.arrivals.truncate(count);
        });
        assert_eq!(truth.shows(&unanswered), "", "{arrived}");
    }
}

#[test]
fn i6_a_head_that_was_told_is_in_the_chain() {
    let entries = day().entries;
    let told = |seq: usize, digits: usize| {
        let hash = entries[seq - 1].hash.to_string();
        format!("{seq}:{}", &hash[..digits])
    };
    assert_eq!(unannounced(&entries, &[told(4, 12), told(9, 64)]), []);
    let lost = [
        told(entries.len(), 12),
        "4:abcdef012345".to_owned(),
        "no head".to_owned(),
    ];
    let found = joined(unannounced(&entries[..entries.len() - 1], &lost));
    let lines: Vec<&str> = found.lines().collect();
    assert_eq!(lines.len(), 3, "{found}");
    assert_eq!(
        lines[1],
        "I6: the head 4:abcdef012345 was announced and is not in the chain"
    );
}

/// The day with the slot of the sale taken over by another run right after the sale was intended.
fn taken_over(at_text: &str) -> Vec<Entry> {
    let mut entries = day().entries;
    let sent = entries
        .iter_mut()
        .position(|entry| intended(entry, Leg::Sell).is_some());
    let sent = sent.unwrap();
    let opened = Record::SlotOpened(SlotOpened {
        try_number: 2,
        takes_over: Some(entries[sent].run),
        configuration: trading::settings::Settings::default().hash(),
        rules: 1,
    });
    let other = Entry {
        run: RunId([9; 16]),
        at: at(at_text),
        record: opened,
        ..entries[sent].clone()
    };
    entries.truncate(sent + 1);
    entries.push(other);
    entries
}

#[test]
fn i8_of_a_run_that_lost_its_slot_one_intent_may_still_arrive_and_no_second() {
    let entries = taken_over("2025-05-12T11:30:52");
    let arrived = |texts: &[&str]| {
        let truth = Truth::of_the_day().with(|truth| {
            truth.arrivals.truncate(1);
            truth
                .arrivals
                .extend(texts.iter().map(|text| arrival(text, SALE)));
        });
        truth.shows(&entries)
    };
    assert_eq!(arrived(&["2025-05-12T11:30:51"]), "", "before it was lost");
    assert_eq!(arrived(&["2025-05-12T11:30:54"]), "", "on its way");
    insta::assert_snapshot!(arrived(&["2025-05-12T11:30:54", "2025-05-12T11:30:55"]), @"I8: tqqq-5f35d7-20250512T1130-s-TQQQ-1 arrived from run 07070707070707070707070707070707 after run 09090909090909090909090909090909 had taken over, and not as the first");
}

#[test]
fn i8_nothing_arrives_that_was_not_intended() {
    let unintended = Truth::of_the_day().with(|truth| {
        let stranger = arrival("2025-05-12T11:31", "tqqq-5f35d7-20250512T1130-b-TQQQ-1");
        let mut refused = stranger.clone();
        refused.taken = false;
        truth.arrivals.extend([stranger, refused]);
        let order = truth.orders[0].broker_id.clone();
        let cancel = |order: BrokerOrderId| Arrival {
            at: at("2025-05-12T10:30:55"),
            what: Arrived::Cancel(order),
            taken: true,
        };
        truth.arrivals.push(cancel(order));
        let theirs = BrokerOrderId("broker-theirs".to_owned());
        truth.arrivals.push(cancel(theirs));
    });
    insta::assert_snapshot!(unintended.shows_of_the_day(), @"
    I8: tqqq-5f35d7-20250512T1130-b-TQQQ-1 arrived and was not intended
    I8: tqqq-5f35d7-20250512T1130-b-TQQQ-1 arrived and was not intended
    I8: a cancel of broker-tqqq-5f35d7-20250512T1030-b-TQQQ-1 arrived and was not intended
    ");
}

#[test]
fn i10_a_holding_does_not_vanish_from_the_record() {
    let held = |from: &str, count: &str| Seen {
        at: at(from),
        held: BTreeMap::from([(symbol(TQQQ), count.parse().unwrap())]),
    };
    let truth = [
        held("2025-05-12T09:00", "0"),
        held("2025-05-12T10:30:50", "995"),
        held("2025-05-12T11:30:50", "0"),
    ];
    let lag = time::seconds(5);
    assert_eq!(
        vanished_holdings(&day().entries, &truth, lag, Duration::ZERO),
        []
    );
    let mut entries = day().entries;
    for entry in &mut entries {
        if let Record::Observed(seen) = &mut entry.record
            && entry.slot == Some(slot("2025-05-12T11:00"))
        {
            let moment: Instant = seen.portfolio.at;
            seen.portfolio = flat();
            seen.portfolio.at = moment;
        }
    }
    insta::assert_snapshot!(joined(vanished_holdings(&entries, &truth, lag, Duration::ZERO)), @"I10: TQQQ was held at 2025-05-12T11:00:50-04:00, and the record shows none");
    let bought_just_now = [truth[0].clone(), held("2025-05-12T11:00:46", "995")];
    assert_eq!(
        vanished_holdings(&entries[..12], &bought_just_now, lag, Duration::ZERO),
        []
    );
}

#[test]
fn i12_an_order_is_accepted_in_time_by_the_true_clock() {
    let accepted = |text: &str, error: i64| {
        let truth = Truth::of_the_day().with(|truth| {
            truth.orders[1].submitted_at = Some(at(text));
            truth.clock_error = time::seconds(error);
        });
        truth.shows_of_the_day()
    };
    insta::assert_snapshot!(accepted("2025-05-12T11:31:21", 0), @"I12: tqqq-5f35d7-20250512T1130-s-TQQQ-1 was accepted 31s after its intent");
    insta::assert_snapshot!(accepted("2025-05-12T11:30:49", 0), @"I12: tqqq-5f35d7-20250512T1130-s-TQQQ-1 was accepted before it was intended");
    assert_eq!(accepted("2025-05-12T11:31:20", 0), "");
    assert_eq!(accepted("2025-05-12T11:31:21", 1), "", "clocks apart");
}

#[test]
fn orders_that_only_one_side_has_ended_are_no_mismatch() {
    let mut chain = Chain::new();
    let of = slot("2025-05-12T10:30");
    chain.open(of);
    let order = buy("100");
    super::intend(&mut chain, of, &order);
    let settled = Settled {
        id: order.id.clone(),
        state: OrderState::Unsent,
        filled: shares("0"),
        average_price: None,
        report: None,
    };
    chain.push(Some(of), Record::Settled(settled));
    let truth = Truth::of_the_day().with(|truth| {
        truth.orders.clear();
        truth.arrivals.clear();
        truth.moves.clear();
    });
    assert_eq!(truth.shows(&chain.entries), "");
    assert_ne!(market_order(Leg::Sell, TQQQ, "1").id, order.id);
}
