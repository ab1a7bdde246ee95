//! What the owner is told of holdings that no order of ours will sell.

use trading::outcome::{Held, Outcome, Reason, Refusal};
use trading::record::{HaltLevel, HaltReason, Halted, Record};
use trading::state::State;

use crate::fixture::{Book, Chain, Course, TQQQ, observation, this_slot};

const BY_HAND: &str = "2000 TQQQ is held and no order of this program sells it now: sell it by hand at the broker if it must go";

/// A slot that saw `book` and ended so.
fn after(book: Book, outcome: Outcome) -> State {
    let mut chain = Chain::new();
    chain.open(this_slot());
    let seen = observation(Course::Flat, book.build());
    chain.push(Some(this_slot()), Record::Observed(Box::new(seen)));
    chain.close(this_slot(), outcome, None);
    chain.state
}

fn halted(mut state: State, level: HaltLevel) -> State {
    state.halt = Some(Halted {
        level,
        flatten: false,
        reason: HaltReason::Owner("vacation".to_owned()),
    });
    state
}

fn refused(reason: Reason) -> Outcome {
    Outcome::Refused(Refusal::new(reason, "something", "something else"))
}

fn long() -> Book {
    Book::cash("0").long(TQQQ, "2000", "50")
}

#[test]
fn a_freeze_with_holdings_says_what_to_sell_by_hand() {
    let frozen = halted(
        after(long(), Outcome::Held(Held::AtTarget)),
        HaltLevel::Frozen,
    );
    assert_eq!(frozen.stranded().as_deref(), Some(BY_HAND));
}

#[test]
fn nothing_is_to_be_sold_by_hand_while_sales_are_free_or_nothing_is_held() {
    let calm = Outcome::Held(Held::AtTarget);
    assert_eq!(after(long(), calm.clone()).stranded(), None);
    let reducing = halted(after(long(), calm.clone()), HaltLevel::ReduceOnly);
    assert_eq!(reducing.stranded(), None);
    let flat = halted(after(Book::cash("100000"), calm), HaltLevel::Frozen);
    assert_eq!(flat.stranded(), None);
}

#[test]
fn a_refusal_that_stops_sales_is_told_and_one_that_stops_entries_is_not() {
    for (reason, strands) in [
        (Reason::SuspectedSplit, true),
        (Reason::AccountBlocked, true),
        (Reason::UnsettledIntent, true),
        (Reason::Drawdown, false),
        (Reason::NotWarm, false),
        (Reason::MinSources, false),
    ] {
        let state = after(long(), refused(reason));
        assert_eq!(state.stranded().is_some(), strands, "{reason}");
    }
}

#[test]
fn a_sale_that_failed_is_told_and_a_failure_with_nothing_to_sell_is_not() {
    let failed = Outcome::Failed("observe: account: 503".to_owned());
    let mut state = after(long(), failed);
    assert_eq!(state.stranded(), None);
    state.reopen_out(Some(this_slot()), &crate::fixture::symbol(TQQQ));
    assert_eq!(state.stranded().as_deref(), Some(BY_HAND));
}

#[test]
fn an_account_never_seen_is_called_that() {
    let state = halted(Chain::new().state, HaltLevel::Frozen);
    insta::assert_snapshot!(state.stranded().unwrap(), @"what the account holds was never seen here, and no order of this program sells it now: look at the broker");
}
