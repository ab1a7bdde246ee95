//! The owner's words and what lasts beyond a slot: halts, arming, rulings, results, blindness.

use market::Decimal;
use trading::flow::{CashFlow, FlowKind};
use trading::outcome::Outcome;
use trading::record::{Armed, HaltLevel, HaltReason, Halted, Noted, Record, SplitRuled};

use crate::fixture::{Book, Chain, Course, TQQQ, at, money, observation, slot, symbol, this_slot};

#[test]
fn the_wish_to_sell_everything_outlives_a_later_halt() {
    let mut chain = Chain::new();
    let halt = |flatten, text: &str| {
        Record::Halted(Halted {
            level: HaltLevel::ReduceOnly,
            flatten,
            reason: HaltReason::Owner(text.to_owned()),
        })
    };
    chain.push(None, halt(true, "out"));
    chain.push(None, halt(false, "away"));
    let standing = chain.state.halt.clone().unwrap();
    assert_eq!(standing.reason, HaltReason::Owner("away".to_owned()));
    assert!(standing.flatten);
}

#[test]
fn results_are_measured_from_the_first_look_that_knows_the_transfers() {
    let mut chain = Chain::new();
    let flow = CashFlow {
        id: "deposit".to_owned(),
        kind: FlowKind::Transfer,
        amount: money("60000"),
        at: at("2025-05-09T12:00"),
    };
    let mut seen = observation(Course::Flat, Book::cash("100000").build());
    seen.flows_unread = Some("503".to_owned());
    chain.open(this_slot());
    chain.push(Some(this_slot()), Record::Observed(Box::new(seen.clone())));
    assert_eq!(chain.state.unit, None);
    (seen.flows, seen.flows_unread) = (vec![flow], None);
    for _ in 0..2 {
        chain.push(Some(this_slot()), Record::Observed(Box::new(seen.clone())));
        let unit = chain.state.unit.clone().unwrap();
        assert_eq!(
            (unit.drawdown(), unit.high_water()),
            (Decimal::ZERO, money("100000"))
        );
    }
}

#[test]
fn the_newest_word_on_a_jump_replaces_the_older_one() {
    let mut chain = Chain::new();
    let ruled = |split: &str, accepted| {
        Record::SplitRuled(SplitRuled {
            symbol: symbol(TQQQ),
            split: split.parse().unwrap(),
            accepted,
        })
    };
    chain.push(None, ruled("2025-11-20:2", false));
    chain.push(None, ruled("2025-01-13:2", true));
    chain.push(None, ruled("2025-11-20:2", true));
    let words: Vec<bool> = chain
        .state
        .split_rulings
        .iter()
        .map(|ruled| ruled.accepted)
        .collect();
    assert_eq!(words, [true, true]);
}

#[test]
fn arming_ends_at_its_moment_or_at_a_word() {
    let mut chain = Chain::new();
    let until = at("2025-05-16T16:00");
    chain.push(None, Record::Armed(Armed { until }));
    assert_eq!(chain.state.armed_until, Some(until));
    chain.push(
        None,
        Record::Disarmed(Noted {
            text: "away".to_owned(),
        }),
    );
    assert_eq!(chain.state.armed_until, None);
}

#[test]
fn slots_without_a_decision_while_something_is_held_are_counted_until_one_decides() {
    let mut chain = Chain::new();
    let failed = || Outcome::Failed("observe: bars: 503".to_owned());
    let long = Book::cash("500").long(TQQQ, "995", "100").build();
    chain.state.see(&long);
    for (time, blind) in [("10:00", 1), ("10:30", 2), ("11:00", 3)] {
        let at = slot(&format!("2025-05-12T{time}"));
        chain.open(at).close(at, failed(), None);
        assert_eq!(chain.state.blind_slots, blind);
    }
    chain.state.see(&Book::cash("1").build());
    let at = slot("2025-05-12T11:30");
    chain.open(at).close(at, failed(), None);
    assert_eq!(
        chain.state.blind_slots, 0,
        "with nothing held nothing is at risk"
    );
}
