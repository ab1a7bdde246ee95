//! The long run: so many seeds that every fault strikes hundreds of times.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use simulation::fate::FAULTS;
use simulation::{Options, Totals, simulate};

/// Seeds, of 16 slots each.
const SEEDS: u64 = 6_250;
/// Far from the seeds that people run by hand.
const FIRST: u64 = 1_000_000;

/// Only in its own stage, built for release.
#[test]
#[ignore = "minutes of two cores; `cargo xtask test` runs it built for release"]
fn thousands_of_seeds_breach_nothing() {
    let next = AtomicU64::new(FIRST);
    let failing = Mutex::new(Vec::new());
    let work = || {
        let mut totals = Totals::default();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= FIRST + SEEDS {
                return totals;
            }
            let options = Options {
                slots: 13,
                ..Options::default()
            };
            let report = simulate(seed, &options);
            totals.add(&report);
            if let Some(breach) = report.breaches.first() {
                let words = format!("seed {seed}: {breach}");
                failing.lock().expect("no thread panics").push(words);
            }
        }
    };
    let mut totals = Totals::default();
    thread::scope(|scope| {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        for worker in workers {
            totals.merge(&worker.join().expect("no thread panics"));
        }
    });
    let strikes: u64 = totals.counts.iter().map(|count| count.strikes).sum();
    let (slots, orders) = (totals.slots, totals.orders);
    println!("{slots} slots under {strikes} strikes of faults, {orders} orders");
    let failing = failing.into_inner().expect("no thread panics");
    assert!(failing.is_empty(), "{}", failing.join("\n"));
    for (known, count) in FAULTS.iter().zip(&totals.counts) {
        assert!(count.strikes > 0, "{} never struck", known.name);
    }
}
