//! `GET /v2/calendar?start&end`: sessions by date, hours as zone-less New York text.

use std::collections::BTreeMap;

use market::Date;
use market::calendar::Session;
use market::time::{Time, new_york};

use crate::wire::{Object, Unreadable};

/// The endpoint.
pub const PATH: &str = "/v2/calendar";

/// The sessions of a reply, oldest first, each date once.
///
/// # Errors
/// [`Unreadable`].
pub fn read(bytes: &[u8]) -> Result<Vec<Session>, Unreadable> {
    let days = Object::parse_list("calendar day", bytes)?;
    let mut sessions = BTreeMap::new();
    for day in &days {
        let session = session(day)?;
        let twin = sessions.insert(session.date, session);
        if twin.is_some_and(|twin| twin != session) {
            return Err(day.invalid("date", "an earlier day of this date has other hours"));
        }
    }
    Ok(sessions.into_values().collect())
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
