//! The journal's conformance suite over a table on Amazon's DynamoDB Local, and its races; and over
//! one on moto, without them.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use aws::Table;
use aws::local::DynamoDbLocal;
use connectors::clock::SystemClock;
use journal::conformance::{Place, rules};
use tokio::runtime::{Builder, Runtime};

/// A fresh table.
struct Fresh {
    local: DynamoDbLocal,
    name: String,
}

impl Fresh {
    async fn table() -> Option<Self> {
        Some(Self::on(DynamoDbLocal::find()?).await)
    }

    async fn on(local: DynamoDbLocal) -> Self {
        let name = DynamoDbLocal::fresh_name();
        local.create(&name).await;
        Self { local, name }
    }
}

thread_local! {
    /// The runtime of a racing thread: connections belong to the runtime that opened them.
    static RUNTIME: Runtime = Builder::new_current_thread().enable_all().build().unwrap();
}

impl Place for Fresh {
    type Store = Table;

    fn open(&self) -> Table {
        let clock = Arc::new(SystemClock::new());
        self.local.table(&self.name, clock)
    }

    fn drive<F: Future>(&self, work: F) -> F::Output {
        RUNTIME.with(|runtime| runtime.block_on(work))
    }
}

/// Each rule as a test, like `journal::conformance!`, that skips where there is no DynamoDB Local.
macro_rules! rules {
    ($($rule:ident),+ $(,)?) => {
        $(
            #[tokio::test]
            async fn $rule() {
                if let Some(fresh) = Fresh::table().await {
                    rules::$rule(&fresh).await;
                }
            }
        )+

        /// Each rule on a table of its own, one after the other.
        async fn one_after_the_other(local: &DynamoDbLocal) {
            $(
                rules::$rule(&Fresh::on(local.clone()).await).await;
            )+
        }

        /// Which rules are run here, for the comparison with the suite's own list.
        const RUN: &[&str] = &[$(stringify!($rule)),+];
    };
}

rules! {
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
}

/// moto is a second opinion on what DynamoDB answers. It loses updates that race, so nothing is
/// concluded from races on it.
#[tokio::test]
async fn moto_keeps_every_rule_one_call_at_a_time() {
    if let Some(moto) = DynamoDbLocal::moto() {
        one_after_the_other(&moto).await;
    }
}

/// A rule that the suite gains must be run here too.
#[test]
fn every_rule_of_the_suite_is_run_here() {
    let suite = include_str!("../../journal/src/conformance.rs");
    let (_, list) = suite.split_once("@rules $name, $fresh,\n").unwrap();
    let (list, _) = list.split_once(");").unwrap();
    for rule in list.lines().map(|line| line.trim().trim_end_matches(',')) {
        let is_run = rule.is_empty() || RUN.contains(&rule) || rule.contains("race");
        assert!(is_run, "{rule} is not run over DynamoDB");
    }
}

#[tokio::test]
async fn eight_writers_race_a_thousand_rounds_and_each_has_one_winner() {
    const ROUNDS: u64 = 1000;
    if let Some(fresh) = Fresh::table().await {
        rules::eight_writers_race(&fresh, ROUNDS).await;
    }
}
