//! What every store must pass, and what it is tested with.
//!
//! A crate with a store of its own writes a [`Place`] and
//! `journal::conformance!(name, make_a_fresh_place())`; each rule becomes a test. It needs `tokio`
//! with `macros` and `rt` among its dev-dependencies.

mod clock;
mod faulty;
pub mod rules;
mod sample;

pub use clock::StillClock;
pub use faulty::{Faulty, PutFault};
pub use sample::Sample;

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake};

use cycle::port::Body;
use cycle::port::journal::Draft;
use market::Instant;
use trading::account::AccountId;
use trading::observation::BodyRef;
use trading::record::{Binding, Hash, Head, Noted, Record, RunId};

use crate::chain::Chain;
use crate::store::Store;

/// Where one chain lives. Fresh ones are empty.
pub trait Place: Send + Sync {
    /// The store tested.
    type Store: Store + 'static;

    /// Another handle on the same chain: another connection, where the store has such.
    fn open(&self) -> Self::Store;

    /// Drives `work` to its end on this thread, one of several that race. A store that needs a
    /// runtime of its own enters it here.
    fn drive<F: Future>(&self, work: F) -> F::Output {
        block_on(work)
    }
}

/// Polls on this thread and parks it in between.
fn block_on<F: Future>(work: F) -> F::Output {
    struct Unpark(std::thread::Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Arc::new(Unpark(std::thread::current())).into();
    let mut context = Context::from_waker(&waker);
    let mut work = pin!(work);
    loop {
        match work.as_mut().poll(&mut context) {
            Poll::Ready(value) => return value,
            Poll::Pending => std::thread::park(),
        }
    }
}

/// Makes a module of tests, one for each rule, over the place that `$fresh` makes anew each time.
#[macro_export]
macro_rules! conformance {
    ($name:ident, $fresh:expr) => {
        $crate::conformance!(@rules $name, $fresh,
            an_empty_chain_has_no_head_no_rows_and_no_bodies,
            the_first_append_begins_the_chain,
            appends_follow_each_other_without_gaps,
            one_append_of_many_records_stands_as_one_block,
            an_append_on_an_old_head_is_lost_and_leaves_nothing,
            an_append_on_the_right_number_with_another_hash_is_lost,
            the_same_records_put_twice_are_recognised_as_ours,
            a_batch_that_cannot_stand_whole_leaves_no_part_of_it,
            a_body_is_kept_once_per_content_and_comes_back_whole,
            reads_come_in_pages_that_join_without_a_seam,
            an_answer_lost_before_the_effect_is_put_again,
            an_answer_lost_after_the_effect_is_won_and_stands_once,
            a_put_that_lands_late_is_won_and_stands_once,
            a_rival_that_lands_during_doubt_is_a_loss,
            doubt_that_never_ends_is_unknown_after_bounded_attempts,
            a_store_that_wrote_nothing_for_certain_is_unavailable_at_once,
            certain_refusal_after_doubt_is_no_certainty,
            reads_that_fail_during_doubt_are_tried_again,
            eight_writers_race_two_hundred_rounds_and_each_has_one_winner,
        );
    };
    (@rules $name:ident, $fresh:expr, $($rule:ident),+ $(,)?) => {
        mod $name {
            use super::*;
            $(
                #[tokio::test]
                async fn $rule() {
                    $crate::conformance::rules::$rule(&$fresh).await;
                }
            )+
        }
    };
}

/// A chain over another handle on `place`, with a clock that never really waits.
pub fn chain<P: Place>(place: &P) -> Chain<P::Store> {
    Chain::new(place.open(), Arc::new(StillClock::default()))
}

/// The run of this number.
#[must_use]
pub fn run(number: u8) -> RunId {
    RunId([number; 16])
}

/// A draft of `records` on `expected` by run 1.
#[must_use]
pub fn draft(expected: Option<Head>, records: Vec<Record>) -> Draft {
    let at = Instant::from_second(1_747_056_600).expect("a moment of 2025");
    Draft {
        expected,
        slot: None,
        run: run(1),
        at,
        records,
        bodies: Vec::new(),
    }
}

/// The record that begins a chain.
#[must_use]
pub fn bound() -> Record {
    Record::Bound(Binding {
        account: AccountId::new("account-1"),
        host: "127.0.0.1:8700".to_owned(),
        description: "conformance".to_owned(),
    })
}

/// A remark.
pub fn note(text: impl Into<String>) -> Record {
    Record::Noted(Noted { text: text.into() })
}

/// A body of these bytes.
#[must_use]
pub fn body(bytes: &[u8]) -> Body {
    let reference = BodyRef {
        what: "test/body".to_owned(),
        hash: Hash::of(bytes),
    };
    Body {
        reference,
        bytes: bytes.to_vec(),
    }
}
