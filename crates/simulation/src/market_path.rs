//! Prices that cross their averages often.

use market::bar::{Bar, Interval};
use market::calendar::Session;
use market::{Decimal, Price};

use crate::fate::Lot;

/// Prices stay between these, in cents, by turning away from them.
const CENTS_MIN: f64 = 1_000.0;
const CENTS_MAX: f64 = 50_000.0;

/// 30-minute bars of these sessions, oldest first: runs of two to six bars up, then
/// down, a step of up to 1 % a bar, and a gap overnight.
pub(crate) fn bars(mut lot: Lot, sessions: &[Session]) -> Vec<Bar> {
    let mut cents = 4_000.0 + 8_000.0 * lot.unit();
    let (mut left, mut slope) = (0, 0.0);
    let mut bars = Vec::with_capacity(sessions.len() * 13);
    for session in sessions {
        cents = turned(cents * (1.0 + 0.02 * (lot.unit() - 0.5)), &mut slope);
        for start in session.bar_starts(Interval::ThirtyMinutes) {
            if left == 0 {
                left = 2 + lot.below(5);
                let steep = 0.002 + 0.008 * lot.unit();
                slope = if slope > 0.0 { -steep } else { steep };
            }
            left -= 1;
            let open = cents;
            cents = turned(
                cents * (1.0 + slope + 0.004 * (lot.unit() - 0.5)),
                &mut slope,
            );
            let wick = 1.0 + 0.002 * lot.unit();
            let (high, low) = (open.max(cents) * wick, open.min(cents) / wick);
            let bar = Bar::new(
                start,
                price(open, f64::round),
                price(high, f64::ceil),
                price(low, f64::floor),
                price(cents, f64::round),
                Some(1_000_000 + lot.below(1_000_000)),
            );
            bars.push(bar.expect("the extremes are rounded outwards"));
        }
    }
    bars
}

/// The price, turned back into its range.
fn turned(cents: f64, slope: &mut f64) -> f64 {
    if !(CENTS_MIN..=CENTS_MAX).contains(&cents) {
        *slope = -*slope;
    }
    cents.clamp(CENTS_MIN, CENTS_MAX)
}

fn price(cents: f64, round: fn(f64) -> f64) -> Price {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "prices stay within a few hundred dollars"
    )]
    let whole = round(cents) as i64;
    Price::new(Decimal::new(whole, 2)).expect("a price of ten dollars or more")
}
