//! Made-up bars for benches: a random walk with regimes, ten minutes apart so that a million of
//! them fit the calendar, and called hours.

use market::bar::Bar;
use market::file::Grid;
use market::time::{Instant, minutes};
use market::{Calendar, Decimal, Interval, Price};
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};
use research::Series;

const SEED: u64 = 6;
/// 2000-01-03 14:30 UTC.
const FIRST: i64 = 946_909_800;

/// So many bars.
pub(crate) fn series(count: usize) -> Series {
    let mut random = ChaCha8Rng::seed_from_u64(SEED);
    let mut unit = || (random.next_u64() >> 11) as f64 / (1_u64 << 53) as f64 - 0.5;
    let mut start = Instant::from_second(FIRST).expect("a moment");
    let (mut price, mut drift) = (50.0_f64, 0.0);
    let mut bars = Vec::with_capacity(count);
    for at in 0..count {
        if at % 400 == 0 {
            drift = unit() * 0.002;
        }
        let open = price;
        // Drawn back to 50 dollars, so that a million bars neither vanish nor explode.
        price *= 1.0 + drift + unit() * 0.03 - 0.0005 * (price / 50.0).ln();
        let (open, close) = (cents(open), cents(price));
        let bar = Bar::new(start, open, open.max(close), open.min(close), close, None);
        bars.push(bar.expect("a range that holds open and close"));
        start += minutes(10);
    }
    Series::of(Interval::OneHour, Grid::Session, bars, &Calendar::nyse()).expect("bars in range")
}

#[expect(clippy::cast_possible_truncation, reason = "a few thousand cents")]
fn cents(price: f64) -> Price {
    Price::new(Decimal::new((price * 100.0).round() as i64, 2)).expect("above zero")
}
