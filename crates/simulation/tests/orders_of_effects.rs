//! Two runners of one slot, in every order of their first effects.

use std::collections::BTreeSet;

use simulation::{Options, Order, simulate};

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
        let order = Order {
            slot: 0,
            turns: turns.clone(),
        };
        let options = Options {
            slots: 1,
            only: Some(BTreeSet::new()),
            order: Some(order),
            ..Options::default()
        };
        let report = simulate(SEED, &options);
        assert_eq!(report.breaches, [], "{turns:?}");
        assert!(report.orders > 0, "nothing was traded: {turns:?}");
    }
}

/// A seed whose first slot buys.
const SEED: u64 = 1;
