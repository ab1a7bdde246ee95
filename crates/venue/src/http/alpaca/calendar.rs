//! `GET /v2/calendar`: sessions in New York's bare wall time.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use market::Date;
use market::calendar::{FIRST_DATE, Session};
use market::time::{Time, in_new_york, new_york, new_york_date};
use serde::Serialize;

use super::refused::Refused;
use crate::fault::{Call, Kind};
use crate::http::parameters::{Parameters, read};
use crate::http::reply::Reply;
use crate::http::shared::{Exchange, Shared};
use crate::model::Hours;

/// The vendor's calendar ends here.
const LAST_DATE: Date = Date::constant(2029, 12, 31);
/// The hours around a session begin here.
const EXTENDED_OPEN: &str = "0400";
/// They end four hours after the close.
const EXTENDED_HOURS: i8 = 4;

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/v2/calendar", get(calendar))
}

#[derive(Serialize)]
struct DayBody {
    date: Date,
    open: String,
    close: String,
    session_open: &'static str,
    session_close: String,
    settlement_date: Date,
}

async fn calendar(State(shared): State<Shared>, call: Call, parameters: Parameters) -> Reply {
    let date = |name, default: Date| match read::<Date>(&parameters, name) {
        Ok(date) => Ok(date.unwrap_or(default)),
        Err(text) => Err(Refused::malformed(format!("invalid {name} {text}"))),
    };
    let (start, end) = match (date("start", FIRST_DATE), date("end", LAST_DATE)) {
        (Ok(start), Ok(end)) => (start.max(FIRST_DATE), end.min(LAST_DATE)),
        (Err(refused), _) | (_, Err(refused)) => return refused.into(),
    };
    let mut exchange = shared.lock();
    let sessions = exchange.venue.hours().sessions(start, end);
    match sessions {
        Ok(mut sessions) => {
            make_odd(&mut exchange, &call, &mut sessions);
            let hours = exchange.venue.hours();
            let days = sessions.iter().map(|session| day(session, hours));
            Reply::json(&days.collect::<Vec<_>>())
        }
        Err(error) => Refused::malformed(error.to_string()).into(),
    }
}

/// Lets today close at another time than it does, where that fault is due.
fn make_odd(exchange: &mut Exchange, call: &Call, sessions: &mut [Session]) {
    let today = new_york_date(exchange.venue.now());
    let Some(session) = sessions.iter_mut().find(|session| session.date == today) else {
        return;
    };
    let odd = exchange.venue.strike(call, |kind| match kind {
        Kind::OddCalendar(close) => Some(*close),
        _ => None,
    });
    if let Some(close) = odd {
        session.close = new_york(today, close);
    }
}

fn day(session: &Session, hours: &Hours) -> DayBody {
    let (open, close) = (in_new_york(session.open).1, in_new_york(session.close).1);
    let settlement = hours.next_session(session.date);
    DayBody {
        date: session.date,
        open: format!("{:02}:{:02}", open.hour(), open.minute()),
        close: format!("{:02}:{:02}", close.hour(), close.minute()),
        session_open: EXTENDED_OPEN,
        session_close: extended_close(close),
        // One session after the trade; the last date the vendor knows lies before our range ends.
        settlement_date: settlement.map_or(session.date, |next| next.date),
    }
}

fn extended_close(close: Time) -> String {
    format!("{:02}{:02}", close.hour() + EXTENDED_HOURS, close.minute())
}
