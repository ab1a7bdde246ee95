//! The standing rules of the NYSE: weekends, holidays and early closes of any year.
//!
//! What once happened against these rules stands in [`super::exceptions`].

use jiff::civil::{Date, Time, Weekday};

/// The regular open, New York time.
pub(super) const OPEN: Time = Time::constant(9, 30, 0, 0);
/// The regular close, New York time.
pub(super) const CLOSE: Time = Time::constant(16, 0, 0, 0);
/// The close of a half day, New York time.
pub(super) const EARLY_CLOSE: Time = Time::constant(13, 0, 0, 0);

/// First year in which the exchange kept Martin Luther King's day.
const MARTIN_LUTHER_KING_SINCE: i16 = 1998;
/// First year in which the exchange kept Juneteenth.
const JUNETEENTH_SINCE: i16 = 2022;
/// First year in which the half days below were the rule.
const EARLY_CLOSES_SINCE: i16 = 1993;

/// What the exchange does on one date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Day {
    /// No session.
    Closed,
    /// A session with these New York times.
    Hours {
        /// First moment of the session.
        open: Time,
        /// First moment after it.
        close: Time,
    },
}

impl Day {
    /// A session from the regular open to `close`.
    pub(super) const fn until(close: Time) -> Self {
        Self::Hours { open: OPEN, close }
    }
}

/// What the rules say of `date`.
pub(super) fn day(date: Date) -> Day {
    if is_weekend(date) || is_holiday(date) {
        Day::Closed
    } else if is_early_close(date) {
        Day::until(EARLY_CLOSE)
    } else {
        Day::until(CLOSE)
    }
}

fn is_weekend(date: Date) -> bool {
    matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday)
}

/// Whether a weekday is a holiday, asked month by month so that one date costs a few comparisons.
fn is_holiday(date: Date) -> bool {
    let year = date.year();
    match date.month() {
        1 => {
            is_new_year(date)
                || (year >= MARTIN_LUTHER_KING_SINCE && is_nth(date, 3, Weekday::Monday))
        }
        2 => is_nth(date, 3, Weekday::Monday),
        3 | 4 => date == good_friday(year),
        5 => is_last_monday(date),
        6 => year >= JUNETEENTH_SINCE && is_observed(date, 19),
        7 => is_observed(date, 4),
        9 => is_nth(date, 1, Weekday::Monday),
        11 => is_nth(date, 4, Weekday::Thursday),
        12 => is_observed(date, 25),
        _ => false,
    }
}

/// New Year on a Sunday is kept on Monday; on a Saturday it is not kept, since the year's books
/// close on the last Friday.
fn is_new_year(date: Date) -> bool {
    date.day() == 1 || (date.day() == 2 && date.weekday() == Weekday::Monday)
}

/// Whether `date` is the `nth` such weekday of its month.
fn is_nth(date: Date, nth: i8, weekday: Weekday) -> bool {
    date.weekday() == weekday && (date.day() - 1) / 7 + 1 == nth
}

fn is_last_monday(date: Date) -> bool {
    date.weekday() == Weekday::Monday && date.day() + 7 > date.days_in_month()
}

/// Whether a holiday on this `day` of the date's month is kept on `date`: itself, the Friday
/// before a Saturday, the Monday after a Sunday.
fn is_observed(date: Date, day: i8) -> bool {
    match date.weekday() {
        Weekday::Friday => date.day() == day || date.day() + 1 == day,
        Weekday::Monday => date.day() == day || date.day() - 1 == day,
        _ => date.day() == day,
    }
}

/// The day after Thanksgiving, and the eves of Christmas and Independence Day from Monday to
/// Thursday (on a Friday the holiday itself is kept there).
fn is_early_close(date: Date) -> bool {
    if date.year() < EARLY_CLOSES_SINCE {
        return false;
    }
    match (date.month(), date.day()) {
        (11, day) => date.weekday() == Weekday::Friday && (23..=29).contains(&day),
        (7, 3) | (12, 24) => date.weekday() != Weekday::Friday,
        _ => false,
    }
}

/// Two days before Easter by the Gregorian computus of Meeus, Jones and Butcher.
fn good_friday(year: i16) -> Date {
    let y = i32::from(year);
    let (golden, century, in_century) = (y % 19, y / 100, y % 100);
    let moon_shift = (century - (century + 8) / 25 + 1) / 3;
    let epact = (19 * golden + century - century / 4 - moon_shift + 15) % 30;
    let weekday = (32 + 2 * (century % 4) + 2 * (in_century / 4) - epact - in_century % 4) % 7;
    let late = (golden + 11 * epact + 22 * weekday) / 451;
    // Easter counted in days after the last of February, March the 1st being 1.
    let easter = epact + weekday - 7 * late + 22;
    let (month, day) = if easter - 2 > 31 {
        (4, easter - 33)
    } else {
        (3, easter - 2)
    };
    let day = i8::try_from(day).expect("a day of a month is small");
    Date::new(year, month, day).expect("Good Friday lies between 20 March and 23 April")
}
