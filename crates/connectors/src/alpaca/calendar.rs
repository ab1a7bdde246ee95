//! `GET /v2/calendar?start&end`: sessions by date, hours as zone-less New York text.

use market::Date;
use market::time::{Time, new_york};
use trading::observation::SessionHours;

use crate::wire::{Object, Unreadable};

/// The endpoint.
pub const PATH: &str = "/v2/calendar";

/// The session of `date` in a reply; `None` when the reply lists no such date.
///
/// # Errors
/// [`Unreadable`].
pub fn read(bytes: &[u8], date: Date) -> Result<Option<SessionHours>, Unreadable> {
    let days = Object::parse_list("calendar day", bytes)?;
    for day in &days {
        if day.needed::<Date>("date")? == date {
            let (open, close) = (day.needed::<Time>("open")?, day.needed::<Time>("close")?);
            if open >= close {
                return Err(day.invalid("close", format!("the session opens at {open}")));
            }
            return Ok(Some(SessionHours {
                open: new_york(date, open),
                close: new_york(date, close),
            }));
        }
    }
    Ok(None)
}
