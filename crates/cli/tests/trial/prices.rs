//! Prices made for one purpose: a signal that turns bullish and then bearish at known slots.
//!
//! A market that falls by a cent a bar keeps price < fast < slow. One bar that rises by a dollar
//! and a half is, once its hour is closed, enough for price > fast > slow; one that then falls by
//! more, for the reverse.

use market::bar::{Bar, Interval};
use market::calendar::Session;
use market::{Calendar, Date, Decimal, Price};

/// The day of which most is told, a Thursday, and the day after.
pub(super) const DAY: Date = Date::constant(2025, 5, 15);
pub(super) const DAY_AFTER: Date = Date::constant(2025, 5, 16);
/// Calendar days of history before it: 35 sessions, more than the 230 hours that a slot looks at.
const HISTORY_DAYS: i64 = 51;
/// The first price, in cents.
const FIRST_CENTS: i64 = 10_500;
/// What every bar loses, in cents.
const DRIFT_CENTS: i64 = 1;
/// Shares of every bar.
const VOLUME: u64 = 1_000_000;

/// How the signal turns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Path {
    /// Bullish from 10:30 to 11:30, bearish from 12:30 on, on one day.
    OneDay,
    /// Bullish from 10:30 on, bearish from 12:30 of the day after.
    Overnight,
}

impl Path {
    /// Cents by which a bar moves of itself.
    fn step(self, date: Date, nth: usize) -> i64 {
        match (self, date, nth) {
            (_, DAY, 0) => 150,
            (Self::OneDay, DAY, 4) => -400,
            (Self::Overnight, DAY_AFTER, 4) => -650,
            _ => 0,
        }
    }

    /// 30-minute bars up to the end of the day after, oldest first.
    pub(super) fn bars(self) -> Vec<Bar> {
        let first = DAY.saturating_sub(market::Duration::from_hours(24 * HISTORY_DAYS));
        let sessions = Calendar::nyse().sessions(first, DAY_AFTER).unwrap();
        let mut cents = FIRST_CENTS;
        let mut bars = Vec::new();
        for session in sessions {
            let starts = session.bar_starts(Interval::ThirtyMinutes);
            for (nth, start) in starts.into_iter().enumerate() {
                let open = cents;
                cents += self.step(session.date, nth) - DRIFT_CENTS;
                let [high, low] = [open.max(cents), open.min(cents)];
                let [open, high, low, close] = [open, high, low, cents].map(price);
                bars.push(Bar::new(start, open, high, low, close, Some(VOLUME)).unwrap());
            }
        }
        bars
    }
}

/// 30-minute bars that rise for six hours and fall for six, over and over: with short spans the
/// signal turns about once a session, and early enough not to lose by it.
pub(super) fn waves(sessions: &[Session]) -> Vec<Bar> {
    const WAVE: usize = 24;
    const STEP_CENTS: i64 = 40;
    let starts = sessions
        .iter()
        .flat_map(|session| session.bar_starts(Interval::ThirtyMinutes));
    let mut cents = FIRST_CENTS;
    let bar = |(nth, start)| {
        let open = cents;
        let rises = nth % WAVE < WAVE / 2;
        cents += if rises { STEP_CENTS } else { -STEP_CENTS };
        let [high, low] = [open.max(cents), open.min(cents)];
        let [open, high, low, close] = [open, high, low, cents].map(price);
        Bar::new(start, open, high, low, close, Some(VOLUME)).unwrap()
    };
    starts.enumerate().map(bar).collect()
}

fn price(cents: i64) -> Price {
    Price::new(Decimal::new(cents, 2)).unwrap()
}
