//! `cargo bench -p research --bench backtest`: one exact run over bars already read.

mod bars;

use divan::Bencher;
use divan::counter::ItemsCount;
use market::Calendar;
use research::backtest::{Options, run};

fn main() {
    divan::main();
}

#[divan::bench(args = [3_500, 35_000])]
fn exact(bencher: Bencher<'_, '_>, bars: usize) {
    let series = bars::series(bars);
    let calendar = Calendar::nyse();
    bencher
        .counter(ItemsCount::new(bars))
        .bench(|| run(&series, &Options::default(), &calendar).expect("sound options"));
}
