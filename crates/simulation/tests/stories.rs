//! The named courses of days, each told by many seeds: quietly, and with every fault on top.

use std::collections::BTreeSet;

use simulation::story::STORIES;
use simulation::{Options, Report, Story, simulate};

/// Seeds that tell each story.
const SEEDS: u64 = 12;

fn told(story: &'static Story, seed: u64, only: Option<BTreeSet<simulation::Fault>>) -> Report {
    let options = Options {
        only,
        story: Some(story),
        ..Options::default()
    };
    simulate(seed, &options)
}

#[test]
fn every_story_holds_told_quietly_and_with_every_fault_on_top() {
    for story in &STORIES {
        let (mut orders, mut strikes) = (0, 0);
        for seed in 0..SEEDS {
            let quiet = told(story, seed, Some(BTreeSet::new()));
            assert_eq!(quiet.breaches, [], "{story}, quietly, seed {seed}");
            let harsh = told(story, seed, None);
            assert_eq!(harsh.breaches, [], "{story}, seed {seed}");
            orders += quiet.orders + harsh.orders;
            strikes += harsh.struck.len();
        }
        println!("{story}: {orders} orders under {strikes} strikes");
        assert!(orders > SEEDS && strikes > 0, "{story}: {orders} {strikes}");
    }
}
