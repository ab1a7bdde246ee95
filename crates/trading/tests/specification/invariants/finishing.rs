//! I5: once nothing fails any more, what was begun is finished.

use trading::invariants::{History, Invariant};
use trading::order::OrderState;
use trading::outcome::{Held, Outcome, Reason, Refusal};
use trading::settings::Settings;

use super::{accept, day, flat, intend, invested, only, planned_order, seen_at, settle};
use crate::fixture::{Book, Chain, Course, TQQQ, at, slot};

fn walked_since(chain: &Chain, calm: &str) -> String {
    let mut history = History::new().calm_since(at(calm));
    for entry in &chain.entries {
        if let Some(hash) = history.wants(entry) {
            history.learn(hash, Settings::default());
        }
        history.take(entry);
    }
    let found = history.finish().into_iter().map(|(_, breach)| breach);
    only(Invariant::I5, found.collect())
}

const MIDNIGHT: &str = "2025-05-12T00:00";

/// A slot that holds what it could not sell: its order is refused, taken back or still open.
fn unsold(chain: &mut Chain, text: &str, state: OrderState) {
    let of = slot(text);
    chain.open(of);
    let seen = seen_at(text, Course::Falling, invested());
    let decided = chain.judge(seen);
    let order = planned_order(chain, of, &decided);
    intend(chain, of, &order);
    accept(chain, of, &order);
    if state != OrderState::Open {
        settle(chain, of, &order, state, "0", "100");
    }
    chain.close(of, Outcome::Held(Held::Unfilled), Some(invested()));
}

#[test]
fn i5_an_ordinary_day_finishes_what_it_begins() {
    assert_eq!(walked_since(&day(), MIDNIGHT), "");
}

#[test]
fn i5_no_intent_is_open_at_the_end_of_a_calm_slot() {
    let mut chain = Chain::new();
    unsold(&mut chain, "2025-05-12T10:30", OrderState::Open);
    insta::assert_snapshot!(walked_since(&chain, MIDNIGHT), @"I5: tqqq-5f35d7-20250512T1030-s-TQQQ-1 is Open at the end of a slot");
    let later = "2025-05-12T10:31:30";
    assert_eq!(walked_since(&chain, later), "", "then it was not calm");
}

#[test]
fn i5_an_exit_is_reached_after_two_slots_that_could_trade() {
    let mut chain = Chain::new();
    unsold(&mut chain, "2025-05-12T10:30", OrderState::Canceled);
    assert_eq!(walked_since(&chain, MIDNIGHT), "", "one slot");
    unsold(&mut chain, "2025-05-12T11:00", OrderState::Canceled);
    insta::assert_snapshot!(walked_since(&chain, MIDNIGHT), @"I5: the exit of 2025-05-12T10:30-04:00 is open after 2 slots");
    assert_eq!(
        walked_since(&chain, "2025-05-12T10:45"),
        "",
        "one calm slot"
    );
}

#[test]
fn i5_a_slot_that_could_not_trade_does_not_count() {
    let mut chain = Chain::new();
    unsold(&mut chain, "2025-05-12T10:30", OrderState::Canceled);
    let of = slot("2025-05-12T11:00");
    chain.open(of);
    chain.judge(seen_at("2025-05-12T11:00", Course::Falling, invested()));
    let refused = Refusal::new(Reason::OutOfTime, "", "");
    chain.close(of, Outcome::Refused(refused), Some(invested()));
    assert_eq!(walked_since(&chain, MIDNIGHT), "");
    unsold(&mut chain, "2025-05-12T11:30", OrderState::Canceled);
    assert_ne!(walked_since(&chain, MIDNIGHT), "");
}

/// A bullish slot that ends with `after` and orders nothing.
fn idle(chain: &mut Chain, text: &str, after: Book) {
    let of = slot(text);
    chain.open(of);
    chain.judge(seen_at(text, Course::Rising, flat()));
    chain.close(of, Outcome::Held(Held::Unfilled), Some(after.build()));
}

#[test]
fn i5_everything_is_held_after_it_was_decided_twice() {
    let mut chain = Chain::new();
    idle(&mut chain, "2025-05-12T10:30", Book::cash("100000"));
    assert_eq!(walked_since(&chain, MIDNIGHT), "");
    idle(&mut chain, "2025-05-12T11:00", Book::cash("100000"));
    insta::assert_snapshot!(walked_since(&chain, MIDNIGHT), @"I5: all in is not reached after 2 slots");
    let mut chain = Chain::new();
    for text in ["2025-05-12T10:30", "2025-05-12T11:00"] {
        idle(&mut chain, text, Book::cash("500").long(TQQQ, "995", "100"));
    }
    assert_eq!(walked_since(&chain, MIDNIGHT), "", "all but the buffer");
}
