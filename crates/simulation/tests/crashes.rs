//! A process dies, or stands still, at every numbered moment of a slot, one after the other.

mod chain;

use std::collections::BTreeSet;
use std::ops::Range;

use chain::{entries, slot_with};
use simulation::{Death, Fault, Options, Report, Strike, simulate};
use trading::order::Leg;
use trading::record::Record;

/// What goes wrong in a walk besides the death.
type Plan = BTreeSet<Strike>;

fn run(seed: u64, slots: usize, plan: &Plan, death: Option<Death>) -> Report {
    let options = Options {
        slots,
        plan: Some(plan.clone()),
        death,
        ..Options::default()
    };
    simulate(seed, &options)
}

/// Lets one runner of a slot die at each of its moments; how many those were.
fn walk(seed: u64, slot: usize, start: usize, plan: &Plan) -> u64 {
    let death = |moment| {
        Some(Death {
            slot,
            start,
            moment,
        })
    };
    let whole = run(seed, slot + 1, plan, death(u64::MAX));
    let count = whole.moments.len() as u64;
    assert!(count > 20, "a slot has many moments, not {count}");
    for moment in 1..=count {
        let report = run(seed, slot + 1, plan, death(moment));
        assert_eq!(
            report.breaches,
            [],
            "seed {seed}, slot {slot}, moment {moment}"
        );
    }
    count
}

#[test]
fn dying_anywhere_in_an_entry_leaves_nothing_wrong() {
    let (seed, slot) = slot_with(Leg::Buy, 0..20);
    walk(seed, slot, 0, &Plan::new());
}

#[test]
fn dying_anywhere_in_an_exit_leaves_nothing_wrong() {
    let (seed, slot) = slot_with(Leg::Sell, 0..20);
    walk(seed, slot, 0, &Plan::new());
}

#[test]
fn dying_anywhere_in_a_top_up_leaves_nothing_wrong() {
    let (seed, slot, deposit) = slot_that_tops_up(0..60);
    walk(seed, slot, 0, &Plan::from([deposit]));
}

/// The first runner gets no answer to its order; the second, which recovers, dies.
#[test]
fn dying_anywhere_in_a_recovery_leaves_nothing_wrong() {
    for fault in [Fault::WriteLostAfter, Fault::WriteLostBefore] {
        for leg in [Leg::Buy, Leg::Sell] {
            let (seed, slot) = slot_with(leg, 0..20);
            let calm = run(seed, slot, &Plan::new(), None);
            let nth = calm.chances(fault);
            walk(seed, slot, 1, &Plan::from([Strike { fault, nth }]));
        }
    }
}

/// A runner stands still at each moment of its slot while a second one is started; when it wakes
/// the other may have finished, and the slot may be long over.
#[test]
fn waking_up_anywhere_after_another_has_gone_on_leaves_nothing_wrong() {
    for leg in [Leg::Buy, Leg::Sell] {
        let (seed, slot) = slot_with(leg, 0..20);
        let moments = |slots| run(seed, slots, &Plan::new(), None).chances(Fault::Pause);
        for nth in moments(slot)..moments(slot + 1) {
            for fault in [Fault::Pause, Fault::Sleep] {
                let second = Strike {
                    fault: Fault::Overlap,
                    nth: slot as u64,
                };
                let plan = Plan::from([Strike { fault, nth }, second]);
                let report = run(seed, slot + 1, &plan, None);
                assert_eq!(report.breaches, [], "seed {seed}, {fault}#{nth}");
            }
        }
    }
}

/// The first seed and slot in which a deposit is spent on top of a holding, and that deposit.
fn slot_that_tops_up(seeds: Range<u64>) -> (u64, usize, Strike) {
    for seed in seeds {
        for slot in 1..13 {
            let fault = Fault::Deposit;
            let deposit = Strike {
                fault,
                nth: slot as u64,
            };
            let options = Options {
                slots: slot + 1,
                plan: Some(BTreeSet::from([deposit])),
                ..Options::default()
            };
            let chain = entries(&simulate(seed, &options).rows);
            let mut slots = BTreeSet::new();
            for entry in &chain {
                slots.extend(entry.slot);
                if let Record::SlotClosed(closed) = &entry.record
                    && slots.len() == slot + 1
                    && closed.state.orders.values().any(|order| order.tops_up)
                {
                    return (seed, slot, deposit);
                }
            }
        }
    }
    panic!("no seed tops up");
}
