//! Time as the market reads it.
//!
//! The one module that knows the time library. An [`Instant`] is a moment, always UTC; "09:30" is
//! a New York reading of a moment. The two meet only here and in the calendar.

use std::cell::Cell;
use std::sync::OnceLock;

pub use jiff::SignedDuration as Duration;
pub use jiff::Timestamp as Instant;
pub use jiff::civil::{Date, Time, Weekday};
use jiff::tz::{Offset, TimeZone};

/// The exchange's zone.
const NEW_YORK: &str = "America/New_York";

/// The zone, looked up once; its rules are bundled, the machine's own are never asked.
fn zone() -> &'static TimeZone {
    crate::sabotage!(FixedOffset, {
        static FIXED: OnceLock<TimeZone> = OnceLock::new();
        return FIXED.get_or_init(|| TimeZone::fixed(jiff::tz::offset(-5)));
    });
    static ZONE: OnceLock<TimeZone> = OnceLock::new();
    ZONE.get_or_init(|| TimeZone::get(NEW_YORK).expect("the bundled rules hold New York"))
}

/// The moment at which New York's clocks read `time` on `date`.
///
/// A reading that a clock change skips or repeats is taken at the offset before the change; no
/// session touches one, since clocks change on Sundays at 02:00.
#[must_use]
pub fn new_york(date: Date, time: Time) -> Instant {
    zone()
        .to_ambiguous_timestamp(date.to_datetime(time))
        .compatible()
        .expect("every date of the calendar's range is a timestamp")
}

/// What New York's clocks read at `instant`.
#[must_use]
pub fn in_new_york(instant: Instant) -> (Date, Time) {
    let reading = zone().to_datetime(instant);
    (reading.date(), reading.time())
}

/// New York's date at `instant`.
#[must_use]
pub fn new_york_date(instant: Instant) -> Date {
    thread_local! {
        static LAST: Cell<Option<NewYorkDay>> = const { Cell::new(None) };
    }
    // Bars come in order, so that nearly always the last day asked for is the day once more.
    if let Some(day) = LAST.get().filter(|day| day.contains(instant)) {
        return day.date;
    }
    let date = in_new_york(instant).0;
    LAST.set(NewYorkDay::of(date));
    date
}

/// A date, from midnight to midnight of New York's clocks.
#[derive(Clone, Copy)]
struct NewYorkDay {
    date: Date,
    begin: Instant,
    end: Instant,
}

impl NewYorkDay {
    /// `None` at the ends of time, where a midnight is no instant any more.
    fn of(date: Date) -> Option<Self> {
        let midnight = |date: Date| {
            let reading = date.to_datetime(Time::midnight());
            zone().to_ambiguous_timestamp(reading).compatible().ok()
        };
        Some(Self {
            date,
            begin: midnight(date)?,
            end: midnight(date.tomorrow().ok()?)?,
        })
    }

    fn contains(&self, instant: Instant) -> bool {
        (self.begin..self.end).contains(&instant)
    }
}

/// New York's offset from UTC at `instant`.
#[must_use]
pub fn new_york_offset(instant: Instant) -> Offset {
    zone().to_offset(instant)
}

/// `instant` as New York text with its offset, to the second: `2025-05-12T09:30:00-04:00`.
#[must_use]
pub fn new_york_text(instant: Instant) -> String {
    let whole = Instant::from_second(instant.as_second()).unwrap_or(instant);
    whole
        .display_with_offset(new_york_offset(instant))
        .to_string()
}

/// The date so many days after `date`, before it when negative; `None` beyond every calendar.
#[must_use]
pub fn days_after(date: Date, days: i32) -> Option<Date> {
    date.checked_add(jiff::Span::new().try_days(days).ok()?)
        .ok()
}

/// The same date so many years on, the last of February for its 29th; `None` beyond every
/// calendar.
#[must_use]
pub fn years_after(date: Date, years: i16) -> Option<Date> {
    date.checked_add(jiff::Span::new().try_years(years).ok()?)
        .ok()
}

/// `count` seconds.
#[must_use]
pub const fn seconds(count: i64) -> Duration {
    Duration::from_secs(count)
}

/// `count` minutes.
#[must_use]
pub const fn minutes(count: i64) -> Duration {
    Duration::from_secs(count * 60)
}

/// `count` milliseconds.
#[must_use]
pub const fn milliseconds(count: i64) -> Duration {
    Duration::from_millis(count)
}

#[cfg(test)]
mod tests {
    use jiff::civil::{date, time};

    use super::*;

    #[test]
    fn new_york_moves_against_utc_on_the_dates_of_the_law() {
        let cases = [
            (date(2025, 11, 1), "2025-11-01T13:30:00Z"),
            (date(2025, 11, 3), "2025-11-03T14:30:00Z"),
            (date(2026, 3, 6), "2026-03-06T14:30:00Z"),
            (date(2026, 3, 9), "2026-03-09T13:30:00Z"),
            // Before 2007 summer time began in April and ended in October.
            (date(2006, 3, 20), "2006-03-20T14:30:00Z"),
            (date(2006, 10, 30), "2006-10-30T14:30:00Z"),
        ];
        for (day, expected) in cases {
            let moment = new_york(day, time(9, 30, 0, 0));
            assert_eq!(moment.to_string(), expected);
            assert_eq!(in_new_york(moment), (day, time(9, 30, 0, 0)));
        }
    }

    #[test]
    fn text_carries_the_offset_of_its_date() {
        let moment = new_york(date(2025, 5, 12), time(9, 30, 0, 0));
        assert_eq!(new_york_text(moment), "2025-05-12T09:30:00-04:00");
    }
}
