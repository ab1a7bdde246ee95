//! `GET /v2/calendar?start&end`: sessions by date, hours as zone-less New York text.

use std::collections::BTreeMap;

use market::Date;
use market::calendar::Session;
use market::time::{Time, new_york};

use crate::wire::{Object, Unreadable};

/// The endpoint.
pub const PATH: &str = "/v2/calendar";

/// The sessions of a reply, oldest first, each date once. A day before `today` whose hours cannot be
/// read, or which stands there twice with other hours, is left out: what is known of today must not
/// wait for weeks until it leaves the window. Whoever compares calendars sees that the day is missing.
///
/// # Errors
/// [`Unreadable`] when it is no list, a date cannot be read, or today's hours cannot.
pub fn read(bytes: &[u8], today: Date) -> Result<Vec<Session>, Unreadable> {
    let days = Object::parse_list("calendar day", bytes)?;
    let mut sessions: BTreeMap<Date, Option<Session>> = BTreeMap::new();
    for day in &days {
        let date = day.needed::<Date>("date")?;
        let found = match session(day) {
            Ok(session) => Some(session),
            Err(_) if date < today => None,
            Err(error) => return Err(error),
        };
        let twin = sessions.insert(date, found);
        if twin.is_some_and(|twin| twin != found) {
            if date >= today {
                return Err(day.invalid("date", "an earlier day of this date has other hours"));
            }
            sessions.insert(date, None);
        }
    }
    Ok(sessions.into_values().flatten().collect())
}

fn session(day: &Object<'_>) -> Result<Session, Unreadable> {
    let date = day.needed::<Date>("date")?;
    let (open, close) = (day.needed::<Time>("open")?, day.needed::<Time>("close")?);
    if open >= close {
        return Err(day.invalid("close", format!("the session opens at {open}")));
    }
    Ok(Session {
        date,
        open: new_york(date, open),
        close: new_york(date, close),
    })
}
