//! `cargo bench -p research --bench sweep`: bars × pairs a second, every metric and all
//! preparation included.
//!
//! `kernel` runs on one thread, by instructions; `whole` on all, by length.

mod bars;

use divan::Bencher;
use divan::counter::ItemsCount;
use market::Calendar;
use rayon::ThreadPoolBuilder;
use research::sweep::{Instructions, Options, run};

const PAIRS: usize = 8_526;

fn main() {
    divan::main();
}

fn measure(bencher: Bencher<'_, '_>, bars: usize, threads: usize, instructions: Instructions) {
    let series = bars::series(bars);
    let calendar = Calendar::nyse();
    let options = Options {
        instructions,
        ..Options::default()
    };
    let pool = ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .expect("threads");
    bencher
        .counter(ItemsCount::new(bars * PAIRS))
        .bench(|| pool.install(|| run(&series, &options, &calendar).expect("sound options")));
}

#[divan::bench(args = [Instructions::Best, Instructions::Avx2, Instructions::Portable], sample_count = 10)]
fn kernel(bencher: Bencher<'_, '_>, instructions: Instructions) {
    measure(bencher, 35_000, 1, instructions);
}

#[divan::bench(args = [3_500, 35_000, 1_000_000], sample_count = 5)]
fn whole(bencher: Bencher<'_, '_>, bars: usize) {
    measure(bencher, bars, 0, Instructions::Best);
}
