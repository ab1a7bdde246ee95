//! Runners of one slot, in orders of their first effects: two in every order, three in a sample.

mod chain;

use std::collections::BTreeSet;
use std::sync::OnceLock;

use chain::slot_with;
use simulation::{Options, Order, simulate};
use trading::order::Leg;

/// Effects of each runner whose order is prescribed.
const EACH: usize = 5;

/// Every order of `EACH` effects of either runner: 10! / (5! 5!) = 252.
fn orders() -> Vec<Vec<usize>> {
    (0_u32..1 << (2 * EACH))
        .filter(|bits| bits.count_ones() as usize == EACH)
        .map(|bits| {
            (0..2 * EACH)
                .map(|place| (bits >> place & 1) as usize)
                .collect()
        })
        .collect()
}

#[test]
fn two_runners_in_every_order_of_their_effects_act_as_one() {
    let orders = orders();
    assert_eq!(orders.len(), 252);
    for turns in orders {
        act_as_one(&turns);
    }
}

/// Of the 15! / (5! 5! 5!) = 756,756 orders of three runners every so many.
const SAMPLED_ONE_IN: u64 = 4_001;

#[test]
fn three_runners_in_a_sample_of_all_orders_of_their_effects_act_as_one() {
    let mut sampled = 0;
    for nth in (0..756_756).step_by(usize::try_from(SAMPLED_ONE_IN).expect("small")) {
        act_as_one(&nth_order(nth, [EACH; 3]));
        sampled += 1;
    }
    assert_eq!(sampled, 190);
}

/// The order of this number, from 0, among all of so many effects of each of three runners.
fn nth_order(mut nth: u64, mut left: [usize; 3]) -> Vec<usize> {
    let mut turns = Vec::new();
    while left.iter().sum::<usize>() > 0 {
        for runner in 0..3 {
            let Some(fewer) = left[runner].checked_sub(1) else {
                continue;
            };
            let mut rest = left;
            rest[runner] = fewer;
            let count = arrangements(rest);
            if nth < count {
                left = rest;
                turns.push(runner);
                break;
            }
            nth -= count;
        }
    }
    turns
}

/// In how many orders so many effects of each of three runners can come.
fn arrangements(left: [usize; 3]) -> u64 {
    let mut count = 1;
    let mut placed = 0;
    for each in left {
        for nth in 1..=each as u64 {
            placed += 1;
            count = count * placed / nth;
        }
    }
    count
}

fn act_as_one(turns: &[usize]) {
    static FOUND: OnceLock<(u64, usize)> = OnceLock::new();
    let (seed, slot) = *FOUND.get_or_init(|| slot_with(Leg::Buy, 0..20));
    let options = Options {
        slots: slot + 1,
        only: Some(BTreeSet::new()),
        order: Some(Order {
            slot,
            turns: turns.to_vec(),
        }),
        ..Options::default()
    };
    let report = simulate(seed, &options);
    assert_eq!(report.breaches, [], "{turns:?}");
    assert!(report.orders > 0, "nothing was traded: {turns:?}");
}
