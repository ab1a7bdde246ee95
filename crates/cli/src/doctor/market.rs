//! The venue, its clock and its calendar, held against ours.

use connectors::alpaca::account::Details;
use market::time::{in_new_york, new_york_date, new_york_text};
use market::{Calendar, Date, Instant};
use trading::observation::{MarketClock, SessionHours, Skew};
use trading::settings::{Settings, Venue};

use super::Finding;
use crate::exchange::Exchange;

/// Days of the calendars held against each other: a week, holidays and weekends included.
const DAYS: usize = 7;
/// Slots to come that are named.
const SLOTS: usize = 3;
/// How the broker's numbers of paper accounts begin.
const PAPER_NUMBER: &str = "PA";

/// Which account at which host; play money is not real money and the other way round.
pub(super) fn venue(settings: &Settings, place: &str, details: Option<&Details>) -> Finding {
    const NAME: &str = "venue";
    let Some(details) = details else {
        return Finding::bad(
            NAME,
            format!("{place}, not asked"),
            "give the account's keys first",
        );
    };
    let number = details.number.as_deref();
    let account = number.unwrap_or("without a number");
    let found = format!("{place}, account {account}");
    let is_paper = number.map(|number| number.starts_with(PAPER_NUMBER));
    if settings.venue == Venue::Local {
        return Finding::ok(NAME, found);
    }
    match (settings.venue, is_paper) {
        (Venue::AlpacaLive, Some(true)) => {
            let advice = "this is a paper account: set venue = \"alpaca-paper\", or give the live account's keys";
            Finding::bad(NAME, found, advice)
        }
        (Venue::AlpacaPaper, Some(false)) => {
            let advice =
                "numbers of paper accounts begin with PA: see that this is the one you mean";
            Finding::warn(NAME, found, advice)
        }
        _ if settings.venue_url.is_some() => {
            let advice = "venue_url stands in the broker's place: remove it to trade at the broker";
            Finding::warn(NAME, found, advice)
        }
        (Venue::AlpacaLive, _) => Finding::ok(NAME, format!("{found}: REAL MONEY")),
        _ => Finding::ok(NAME, found),
    }
}

/// The venue and where it answers.
pub(super) fn place(settings: &Settings, exchange: &Exchange, host: &str) -> String {
    match (exchange.plays(), &settings.venue_url) {
        (Some(plays), _) => format!("a local exchange of this process, on {plays}"),
        (None, Some(url)) => format!("{} at {url}", settings.venue),
        (None, None) => format!("{} at {host}", settings.venue),
    }
}

/// Whether both say the same of this very moment.
pub(super) fn state(theirs: &MarketClock, calendar: &Calendar, now: Instant) -> Finding {
    const NAME: &str = "market";
    let ours = match calendar.session_at(now) {
        Ok(session) => session.is_some(),
        Err(error) => return Finding::of_error(NAME, error, "mind calendar.overrides"),
    };
    let word = |open| if open { "open" } else { "closed" };
    let next = if theirs.is_open {
        format!("until {}", new_york_text(theirs.next_close))
    } else {
        format!("opens {}", new_york_text(theirs.next_open))
    };
    let found = format!("{}, {next}", word(theirs.is_open));
    if theirs.is_open == ours {
        return Finding::ok(NAME, found);
    }
    let advice = format!(
        "by our calendar it is {}; every order is refused while they differ: see `tqqq calendar` and calendar.overrides",
        word(ours)
    );
    Finding::bad(NAME, format!("by the broker's clock {found}"), advice)
}

/// How far the broker's clock is from ours.
pub(super) fn clock(skew: Skew, limit_ms: u32) -> Finding {
    const NAME: &str = "clock";
    const ADVICE: &str = "nothing is bought while it is (ClockSkew): let the system keep its time (timedatectl set-ntp true)";
    match skew {
        Skew::Unknown => {
            let found = "the broker takes over a second to answer: the distance is unknown, which counts as large";
            Finding::bad(
                NAME,
                found,
                "nothing is bought while it is (ClockSkew): see the network",
            )
        }
        Skew::Milliseconds(apart) => {
            let found = format!("{apart} ms from the broker's, {limit_ms} ms are allowed");
            let size = apart.unsigned_abs();
            if size > u64::from(limit_ms) {
                Finding::bad(NAME, found, ADVICE)
            } else if size * 2 > u64::from(limit_ms) {
                Finding::warn(
                    NAME,
                    found,
                    "more than half of it is used up: see that the system keeps its time",
                )
            } else {
                Finding::ok(NAME, found)
            }
        }
    }
}

/// The dates held against each other: the week that begins at `now`.
pub(super) fn dates(now: Instant) -> Vec<Date> {
    let first = new_york_date(now);
    std::iter::successors(Some(first), |date| date.tomorrow().ok())
        .take(DAYS)
        .collect()
}

/// What the broker's calendar says of each date against ours.
pub(super) fn calendar(days: &[(Date, Option<SessionHours>)], ours: &Calendar) -> Finding {
    const NAME: &str = "calendar";
    let mut sessions = 0;
    for (date, theirs) in days {
        let session = match ours.session(*date) {
            Ok(session) => session,
            Err(error) => return Finding::of_error(NAME, error, "mind calendar.overrides"),
        };
        let hours = session.map(|session| SessionHours {
            open: session.open,
            close: session.close,
        });
        if hours != *theirs {
            let (theirs, ours) = (hours_text(*theirs), hours_text(hours));
            let found = format!("{date}: the broker has {theirs}, ours {ours}");
            let advice = "nothing is bought on that day (CalendarDisagreement): if the broker is right, add it to calendar.overrides";
            return Finding::bad(NAME, found, advice);
        }
        sessions += usize::from(session.is_some());
    }
    let span = match (days.first(), days.last()) {
        (Some((first, _)), Some((last, _))) => format!("{first} to {last}"),
        _ => "no day".to_owned(),
    };
    Finding::ok(
        NAME,
        format!("the broker's and ours agree from {span}, {sessions} sessions"),
    )
}

fn hours_text(hours: Option<SessionHours>) -> String {
    let time = |at: Instant| {
        let time = in_new_york(at).1;
        format!("{:02}:{:02}", time.hour(), time.minute())
    };
    hours.map_or_else(
        || "no session".to_owned(),
        |hours| format!("{} to {}", time(hours.open), time(hours.close)),
    )
}

/// The slots to come.
pub(super) fn next_slots(calendar: &Calendar, now: Instant) -> Finding {
    const NAME: &str = "slots";
    let mut slots = Vec::new();
    let mut after = now;
    for _ in 0..SLOTS {
        match calendar.next_slot(after) {
            Ok(slot) => {
                after = slot.at();
                slots.push(slot.to_string());
            }
            Err(error) => return Finding::of_error(NAME, error, "mind calendar.overrides"),
        }
    }
    Finding::ok(NAME, format!("next {}", slots.join(", ")))
}

#[cfg(test)]
mod tests {
    use market::Money;
    use trading::account::{Account, AccountId};

    use super::*;
    use crate::doctor::Level;

    fn numbered(number: Option<&str>) -> Details {
        Details {
            account: Account {
                id: AccountId::new("account"),
                block: None,
                cash: Money::ZERO,
                equity: Money::ZERO,
                buying_power: Money::ZERO,
                non_marginable_buying_power: None,
                fees: Money::ZERO,
                multiplier: None,
                last_equity: None,
            },
            number: number.map(str::to_owned),
            status: None,
            transfers_blocked: None,
        }
    }

    #[test]
    fn play_money_is_told_from_real_money_by_the_accounts_number() {
        let table = [
            ("alpaca-paper", Some("PA3717PJAYWN"), Level::Ok),
            ("alpaca-paper", Some("912345678"), Level::Warn),
            ("alpaca-paper", None, Level::Ok),
            ("alpaca-live", Some("912345678"), Level::Ok),
            ("alpaca-live", Some("PA3717PJAYWN"), Level::Bad),
        ];
        for (venue_word, number, level) in table {
            let text =
                format!("venue = \"{venue_word}\"\n[data]\nsources = [\"twelve-data\", \"fmp\"]");
            let settings = Settings::parse(&text).unwrap();
            let found = venue(&settings, venue_word, Some(&numbered(number)));
            assert_eq!(found.level, level, "{venue_word} {number:?}");
        }
    }

    #[test]
    fn a_clock_is_judged_by_the_limit_and_the_unknown_counts_as_large() {
        let table = [
            (Skew::Milliseconds(1000), Level::Ok),
            (Skew::Milliseconds(-1001), Level::Warn),
            (Skew::Milliseconds(2000), Level::Warn),
            (Skew::Milliseconds(-2001), Level::Bad),
            (Skew::Milliseconds(i64::MIN), Level::Bad),
            (Skew::Unknown, Level::Bad),
        ];
        for (skew, level) in table {
            assert_eq!(clock(skew, 2000).level, level, "{skew:?}");
        }
    }

    #[test]
    fn calendars_are_held_against_each_other_on_holidays_too() {
        let calendar_of_ours = Calendar::nyse();
        let ours = |date: Date| {
            let session = calendar_of_ours.session(date).unwrap();
            let hours = session.map(|session| SessionHours {
                open: session.open,
                close: session.close,
            });
            (date, hours)
        };
        // Thanksgiving week: a holiday, a half day, a weekend.
        let week = dates("2025-11-26T15:00:00Z".parse().unwrap());
        let mut days: Vec<_> = week.into_iter().map(ours).collect();
        let found = calendar(&days, &calendar_of_ours);
        assert_eq!(
            found,
            Finding::ok(
                "calendar",
                "the broker's and ours agree from 2025-11-26 to 2025-12-02, 4 sessions"
            )
        );
        days[1].1 = days[0].1;
        let found = calendar(&days, &calendar_of_ours);
        assert_eq!(found.level, Level::Bad);
        assert!(found.found.contains("2025-11-27"), "{}", found.found);
        assert!(found.found.contains("ours no session"), "{}", found.found);
    }
}
