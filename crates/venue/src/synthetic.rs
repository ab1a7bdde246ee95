//! Bars made up from a seed: no market, and nobody should take them for one.
//!
//! A price that wanders through calm, rising and falling regimes of different volatility, about
//! 60 % a year in all, on the real grid of NYSE sessions. Only additions, products, square roots
//! and the integer generator are used, so that a seed gives the same bars on every machine.

use market::bar::{Bar, Interval};
use market::calendar::{CalendarError, Session};
use market::{Calendar, Date, Instant, Price};
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};
use rust_decimal::Decimal;

/// The interval of the bars.
pub const INTERVAL: Interval = Interval::ThirtyMinutes;
/// Price of the first trade, in cents.
const FIRST_PRICE_CENTS: f64 = 5_000.0;
/// Prices stay between these, in cents, by turning away from them.
const PRICE_RANGE_CENTS: [f64; 2] = [500.0, 500_000.0];
const SESSIONS_A_YEAR: f64 = 252.0;
const BARS_A_SESSION: f64 = 13.0;
/// Part of a day's variance that falls between the close and the next open.
const OVERNIGHT: f64 = 0.25;
/// How far, in standard deviations of a bar, its extremes reach beyond its open and close.
const WICK: f64 = 0.35;
/// Shares of an ordinary bar.
const VOLUME: f64 = 4_000_000.0;

/// A mood of the market.
struct Regime {
    /// Standard deviation of a year's return.
    volatility: f64,
    /// Expected return of a year.
    drift: f64,
    /// Chance that the next session is of another mood.
    leaves: f64,
}

/// Rising, drifting and falling. Weighted by how long each lasts, the variance is that of 60 % a
/// year; it falls faster than it rises.
const REGIMES: [Regime; 3] = [
    Regime {
        volatility: 0.50,
        drift: 0.90,
        leaves: 0.05,
    },
    Regime {
        volatility: 0.58,
        drift: 0.0,
        leaves: 0.08,
    },
    Regime {
        volatility: 0.80,
        drift: -1.10,
        leaves: 0.12,
    },
];

/// 30-minute bars of `sessions` sessions from `first` on, in cents, oldest first.
///
/// # Errors
/// [`CalendarError`] when the sessions leave the calendar.
pub fn synthetic_bars(
    seed: u64,
    first: Date,
    sessions: usize,
    calendar: &Calendar,
) -> Result<Vec<Bar>, CalendarError> {
    let mut path = Path::new(seed);
    let mut bars = Vec::with_capacity(sessions.saturating_mul(13).min(1 << 20));
    let mut session = match calendar.session(first)? {
        Some(session) => session,
        None => calendar.next_session(first)?,
    };
    for done in 1..=sessions {
        path.trade(&session, &mut bars);
        if done < sessions {
            session = calendar.next_session(session.date)?;
        }
    }
    Ok(bars)
}

/// The wandering price, in cents.
struct Path {
    draws: ChaCha8Rng,
    regime: usize,
    cents: f64,
}

impl Path {
    fn new(seed: u64) -> Self {
        Self {
            draws: ChaCha8Rng::seed_from_u64(seed),
            regime: 1,
            cents: FIRST_PRICE_CENTS,
        }
    }

    fn trade(&mut self, session: &Session, bars: &mut Vec<Bar>) {
        self.change_mood();
        let regime = &REGIMES[self.regime];
        let day = regime.volatility / SESSIONS_A_YEAR.sqrt();
        let step = day * ((1.0 - OVERNIGHT) / BARS_A_SESSION).sqrt();
        let drift = regime.drift / SESSIONS_A_YEAR;
        self.wander(drift * OVERNIGHT, day * OVERNIGHT.sqrt());
        let starts = session.bar_starts(INTERVAL);
        let last = starts.len() - 1;
        for (place, start) in starts.into_iter().enumerate() {
            let busy = if place == 0 || place == last {
                2.0
            } else {
                1.0
            };
            bars.push(self.bar(
                start,
                drift * (1.0 - OVERNIGHT) / BARS_A_SESSION,
                step,
                busy,
            ));
        }
    }

    fn bar(&mut self, start: Instant, drift: f64, step: f64, busy: f64) -> Bar {
        let open = self.cents;
        self.wander(drift, step);
        let close = self.cents;
        let reach = |draw: f64| draw.abs() * WICK * step;
        let high = open.max(close) * (1.0 + reach(self.normal()));
        let low = open.min(close) * (1.0 - reach(self.normal()));
        let traded = VOLUME * busy * (0.5 + self.uniform());
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "some millions of shares, never below zero"
        )]
        let volume = traded as u64;
        let [open, high, low, close] = [open, high, low, close].map(price);
        Bar::new(start, open, high, low, close, Some(volume))
            .expect("rounding to the cent keeps the order of four prices")
    }

    /// One step, turned back where it would leave the range of prices.
    fn wander(&mut self, drift: f64, deviation: f64) {
        let change = drift + deviation * self.normal();
        let [lowest, highest] = PRICE_RANGE_CENTS;
        let moved = self.cents * (1.0 + change);
        self.cents = match (lowest..=highest).contains(&moved) {
            true => moved,
            false => self.cents * (1.0 - change),
        };
    }

    fn change_mood(&mut self) {
        if self.uniform() < REGIMES[self.regime].leaves {
            let other = 1 + usize::from(self.uniform() < 0.5);
            self.regime = (self.regime + other) % REGIMES.len();
        }
    }

    /// From 0 to below 1.
    fn uniform(&mut self) -> f64 {
        f64::from(self.draws.next_u32()) / (f64::from(u32::MAX) + 1.0)
    }

    /// Mean 0, deviation 1: the sum of twelve uniform draws, less six.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }
}

fn price(cents: f64) -> Price {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "prices stay within a range far below 2^53 cents"
    )]
    let whole = cents.round() as i64;
    Price::new(Decimal::new(whole, 2)).expect("prices stay well above zero")
}

#[cfg(test)]
mod tests {
    use market::time::new_york_date;

    use super::*;

    const FIRST: Date = Date::constant(2024, 1, 2);
    const SESSIONS: usize = 504;

    fn bars(seed: u64) -> Vec<Bar> {
        synthetic_bars(seed, FIRST, SESSIONS, &Calendar::nyse()).unwrap()
    }

    fn annual_volatility(bars: &[Bar]) -> f64 {
        let lasts: Vec<f64> = bars
            .chunk_by(|a, b| new_york_date(a.start) == new_york_date(b.start))
            .map(|day| day.last().unwrap().close.to_f64())
            .collect();
        let returns: Vec<f64> = lasts
            .windows(2)
            .map(|pair| pair[1] / pair[0] - 1.0)
            .collect();
        let count = f64::from(u32::try_from(returns.len()).unwrap());
        let mean = returns.iter().sum::<f64>() / count;
        let squares: f64 = returns.iter().map(|r| (r - mean) * (r - mean)).sum();
        (squares / (count - 1.0) * SESSIONS_A_YEAR).sqrt()
    }

    #[test]
    fn the_same_seed_gives_the_same_bars_and_another_seed_others() {
        assert_eq!(bars(7), bars(7));
        assert_ne!(bars(7), bars(8));
    }

    #[test]
    fn every_session_has_all_its_bars_half_days_too() {
        let calendar = Calendar::nyse();
        let made: Vec<Instant> = bars(1).iter().map(|bar| bar.start).collect();
        let (from, until) = (made[0], *made.last().unwrap());
        assert_eq!(calendar.bar_starts(INTERVAL, from, until).unwrap(), made);
        let dates: std::collections::BTreeSet<Date> =
            made.iter().map(|s| new_york_date(*s)).collect();
        assert_eq!(dates.len(), SESSIONS);
    }

    #[test]
    fn a_year_moves_by_about_sixty_percent_under_every_seed() {
        let seeds = 40;
        let mut sum = 0.0;
        for seed in 0..seeds {
            let volatility = annual_volatility(&bars(seed));
            assert!(
                (0.45..0.75).contains(&volatility),
                "seed {seed}: {volatility}"
            );
            sum += volatility;
        }
        let mean = sum / f64::from(u32::try_from(seeds).unwrap());
        assert!((0.55..0.65).contains(&mean), "mean {mean}");
    }

    #[test]
    fn the_calendar_ends_the_bars_with_an_error() {
        let last = Date::constant(2035, 12, 28);
        assert!(synthetic_bars(1, last, 500, &Calendar::nyse()).is_err());
        assert_eq!(synthetic_bars(1, last, 0, &Calendar::nyse()).unwrap(), []);
    }
}
