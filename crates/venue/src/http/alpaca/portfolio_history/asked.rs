//! What history is asked for.

use market::time::{Time, minutes, new_york, new_york_date};
use market::{Date, Duration, Instant};

use crate::http::alpaca::refused::{Refused, UNPROCESSABLE};
use crate::http::parameters::{Parameters, flag, list, read, text};
use crate::model::{CashKind, Venue};

/// Days that the units of a period have.
const UNITS: [(char, i64); 4] = [('D', 1), ('W', 7), ('M', 31), ('A', 366)];
/// The period unless asked otherwise: a month.
const PERIOD_DEFAULT: &str = "1M";
/// Longest period, in days.
const DAYS_MAX: i64 = 366 * 100;
/// Longest period within days, in days: 30 by the vendor's page, which lets its own default pass.
const DAYS_WITHIN_MAX: i64 = 31;
/// Below so many days the timeframe is a minute unless asked otherwise, and a quarter of an hour.
const DAYS_BY_MINUTE: i64 = 7;
const DAYS_BY_QUARTER: i64 = 30;
/// The last second of a day, which belongs to a span that ends on it.
const LAST_SECOND: Time = Time::constant(23, 59, 59, 0);

/// How long a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Timeframe {
    /// A session.
    Day,
    /// A part of one, in the vendor's word.
    Within(&'static str, Duration),
}

const MINUTE: Timeframe = Timeframe::Within("1Min", minutes(1));
const QUARTER: Timeframe = Timeframe::Within("15Min", minutes(15));
const TIMEFRAMES: [Timeframe; 5] = [
    MINUTE,
    Timeframe::Within("5Min", minutes(5)),
    QUARTER,
    Timeframe::Within("1H", minutes(60)),
    Timeframe::Day,
];

impl Timeframe {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Day => "1D",
            Self::Within(word, _) => word,
        }
    }
}

/// When profit begins to count anew; days always count for themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reset {
    EachDay,
    Never,
}

pub(super) struct Asked {
    pub(super) timeframe: Timeframe,
    pub(super) from: Instant,
    pub(super) until: Instant,
    pub(super) reset: Reset,
    /// Words of the flows to show; all when `None`.
    cashflow: Option<Vec<String>>,
}

impl Asked {
    pub(super) fn of(parameters: &Parameters, venue: &Venue) -> Result<Self, Refused> {
        refuse_hours_around(parameters)?;
        let span = Span::of(parameters, venue)?;
        let timeframe = timeframe(parameters, span.days())?;
        let reset = match text(parameters, "pnl_reset") {
            _ if timeframe == Timeframe::Day => Reset::EachDay,
            None | Some("per_day") => Reset::EachDay,
            Some("no_reset") => Reset::Never,
            Some(other) => return Err(invalid("pnl_reset", other)),
        };
        let words = list(parameters, "cashflow_types");
        Ok(Self {
            timeframe,
            from: span.from(timeframe, venue),
            until: span.until,
            reset,
            cashflow: match words.first().map(String::as_str) {
                None | Some("ALL") => None,
                Some("NONE") => Some(Vec::new()),
                Some(_) => Some(words),
            },
        })
    }

    pub(super) fn first_date(&self) -> Date {
        new_york_date(self.from)
    }

    pub(super) fn wants(&self, kind: CashKind) -> bool {
        let listed = |words: &Vec<String>| words.iter().any(|word| word == kind.word());
        self.cashflow.as_ref().is_none_or(listed)
    }
}

/// The venue has no hours around the session.
fn refuse_hours_around(parameters: &Parameters) -> Result<(), Refused> {
    let reporting = text(parameters, "intraday_reporting");
    let what = match reporting {
        Some(other) if other != "market_hours" => format!("intraday_reporting {other}"),
        _ if flag(parameters, "extended_hours") => "extended_hours".to_owned(),
        _ => return Ok(()),
    };
    let message = format!("{what} is not supported by this venue");
    Err(Refused::new(422, UNPROCESSABLE, message))
}

/// A beginning or a number of days back from the end.
struct Span {
    start: Option<Instant>,
    days_back: i64,
    until: Instant,
}

impl Span {
    fn of(parameters: &Parameters, venue: &Venue) -> Result<Self, Refused> {
        let start = moment(parameters, "start", Time::midnight())?;
        let end = match moment(parameters, "end", LAST_SECOND)? {
            Some(end) => Some(end),
            None => moment(parameters, "date_end", LAST_SECOND)?,
        };
        let period = text(parameters, "period");
        if start.is_some() && end.is_some() && period.is_some() {
            return Err(Refused::malformed(
                "only two of start, end and period can be specified",
            ));
        }
        let words = period.unwrap_or(PERIOD_DEFAULT);
        let days_back = days(words).ok_or_else(|| invalid("period", words))?;
        let later = |start: Instant| start.saturating_add(Duration::from_hours(24 * days_back));
        let ends_with_period = period.and(start).and_then(|start| later(start).ok());
        let until = end.or(ends_with_period).unwrap_or(venue.now());
        Ok(Self {
            start,
            days_back,
            until: until.min(venue.now()),
        })
    }

    fn days(&self) -> i64 {
        match self.start {
            Some(start) => self.until.duration_since(start).as_hours() / 24,
            None => self.days_back,
        }
    }

    /// Days count back from the day of the end, which is shown too; parts of days from the newest
    /// session that has opened by then, which is the first of them.
    fn from(&self, timeframe: Timeframe, venue: &Venue) -> Instant {
        if let Some(start) = self.start {
            return start;
        }
        let today = new_york_date(self.until);
        let back = |date: Date, days| date.checked_sub(Duration::from_hours(24 * days));
        let from = match timeframe {
            Timeframe::Day => back(today, self.days_back),
            Timeframe::Within(..) => back(newest_session(venue, self.until), self.days_back - 1),
        };
        new_york(from.unwrap_or(Date::MIN.max(today)), Time::midnight())
    }
}

fn newest_session(venue: &Venue, at: Instant) -> Date {
    let today = new_york_date(at);
    match venue.hours().session(today) {
        Ok(Some(session)) if session.open <= at => today,
        _ => {
            let before = venue.hours().previous_session(today);
            before.map_or(today, |session| session.date)
        }
    }
}

fn timeframe(parameters: &Parameters, days: i64) -> Result<Timeframe, Refused> {
    let Some(word) = text(parameters, "timeframe") else {
        return Ok(match days {
            ..DAYS_BY_MINUTE => MINUTE,
            DAYS_BY_MINUTE..DAYS_BY_QUARTER => QUARTER,
            _ => Timeframe::Day,
        });
    };
    let known = TIMEFRAMES.into_iter().find(|known| known.word() == word);
    let timeframe = known.ok_or_else(|| invalid("timeframe", word))?;
    if timeframe != Timeframe::Day && days > DAYS_WITHIN_MAX {
        // Text unconfirmed.
        let message = format!("timeframe {word} is not allowed for periods over 30 days; use 1D");
        return Err(Refused::new(422, UNPROCESSABLE, message));
    }
    Ok(timeframe)
}

fn days(period: &str) -> Option<i64> {
    let unit = period.chars().next_back()?;
    let (_, days) = UNITS.into_iter().find(|(known, _)| *known == unit)?;
    let count: i64 = period[..period.len() - 1].parse().ok()?;
    let days = count.checked_mul(days)?;
    (1..=DAYS_MAX).contains(&days).then_some(days)
}

/// RFC 3339, or a date at that time of New York.
fn moment(parameters: &Parameters, name: &str, time: Time) -> Result<Option<Instant>, Refused> {
    match read::<Instant>(parameters, name) {
        Ok(moment) => Ok(moment),
        Err(text) => match text.parse::<Date>() {
            Ok(date) => Ok(Some(new_york(date, time))),
            Err(_) => Err(invalid(name, text)),
        },
    }
}

fn invalid(name: &str, text: &str) -> Refused {
    Refused::malformed(format!("invalid {name} {text}"))
}
