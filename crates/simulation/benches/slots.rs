//! Speed of the simulation: one item is one slot under faults, on one core.
//!
//! ```text
//! cargo bench -p simulation
//! ```

use divan::Bencher;
use divan::counter::ItemsCount;
use simulation::{Options, simulate};

/// Faulted slots of a seed, as many as `tqqq simulate` takes unless told otherwise.
const SLOTS: usize = 13;
/// Enough seeds for each of their shapes, a slow pair of averages and a harsh day among them.
const SEEDS: u64 = 64;

fn main() {
    divan::main();
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn seeds_of_the_mix(bencher: Bencher) {
    let options = Options {
        slots: SLOTS,
        ..Options::default()
    };
    bencher
        .counter(ItemsCount::new(SEEDS * SLOTS as u64))
        .bench_local(|| {
            (1..=SEEDS)
                .map(|seed| simulate(seed, &options).orders)
                .sum::<u64>()
        });
}
