//! What happened against the standing rules, as one table: the only place for it.
//!
//! Facts of the exchange's history since 1990; the calendar's test holds the whole range equal to
//! a table of all sessions. Future surprises come as overrides from the configuration until they
//! are written here.

use jiff::civil::{Date, Time};

use super::rules::{CLOSE, Day, EARLY_CLOSE};

/// The close of half days before 1993.
const TWO_O_CLOCK: Time = Time::constant(14, 0, 0, 0);

const CLOSED: Day = Day::Closed;
const FULL: Day = Day::until(CLOSE);
const UNTIL_ONE: Day = Day::until(EARLY_CLOSE);
const UNTIL_TWO: Day = Day::until(TWO_O_CLOCK);

/// Every exception, oldest first.
const EXCEPTIONS: &[(Date, Day)] = &[
    // Half days before they were a rule.
    (Date::constant(1990, 12, 24), UNTIL_TWO),
    (Date::constant(1991, 12, 24), UNTIL_TWO),
    (Date::constant(1992, 11, 27), UNTIL_TWO),
    (Date::constant(1992, 12, 24), UNTIL_TWO),
    // Funeral of Richard Nixon.
    (Date::constant(1994, 4, 27), CLOSED),
    // Independence Day on a Thursday: half day on the Friday after instead of the eve.
    (Date::constant(1996, 7, 3), FULL),
    (Date::constant(1996, 7, 5), UNTIL_ONE),
    // The Friday after Christmas.
    (Date::constant(1997, 12, 26), UNTIL_ONE),
    // The last session before the year 2000.
    (Date::constant(1999, 12, 31), UNTIL_ONE),
    // Attacks of September 2001.
    (Date::constant(2001, 9, 11), CLOSED),
    (Date::constant(2001, 9, 12), CLOSED),
    (Date::constant(2001, 9, 13), CLOSED),
    (Date::constant(2001, 9, 14), CLOSED),
    // As in 1996.
    (Date::constant(2002, 7, 3), FULL),
    (Date::constant(2002, 7, 5), UNTIL_ONE),
    // As in 1997.
    (Date::constant(2003, 12, 26), UNTIL_ONE),
    // Funeral of Ronald Reagan.
    (Date::constant(2004, 6, 11), CLOSED),
    // Funeral of Gerald Ford.
    (Date::constant(2007, 1, 2), CLOSED),
    // Hurricane Sandy.
    (Date::constant(2012, 10, 29), CLOSED),
    (Date::constant(2012, 10, 30), CLOSED),
    // Funeral of George H. W. Bush.
    (Date::constant(2018, 12, 5), CLOSED),
    // Funeral of Jimmy Carter.
    (Date::constant(2025, 1, 9), CLOSED),
];

/// The exception of `date`, if it is one.
pub(super) fn day(date: Date) -> Option<Day> {
    let found = EXCEPTIONS
        .binary_search_by_key(&date, |(date, _)| *date)
        .ok()?;
    Some(EXCEPTIONS[found].1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::rules;

    #[test]
    fn the_table_is_sorted_and_each_line_says_something_the_rules_do_not() {
        assert!(EXCEPTIONS.is_sorted_by(|a, b| a.0 < b.0));
        for (date, day) in EXCEPTIONS {
            assert_ne!(rules::day(*date), *day, "{date}");
        }
    }
}
