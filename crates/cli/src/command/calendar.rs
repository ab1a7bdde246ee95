//! `tqqq calendar`: sessions and slots.

use connectors::clock::SystemClock;
use cycle::port::Clock;
use market::calendar::CalendarError;
use market::time::new_york_date;
use market::{Calendar, Date};

use super::Context;
use crate::arguments::CalendarArguments;
use crate::exit::Exit;
use crate::fault::{Fault, Outcome};
use crate::output::calendar::CalendarView;
use crate::output::show;

/// Sessions shown when no dates are given.
const SESSIONS_SHOWN: usize = 5;

pub(super) fn run(arguments: &CalendarArguments, context: &Context) -> Outcome<Exit> {
    let calendar = context.configuration()?.calendar;
    let now = SystemClock::new().now();
    let (from, to) = match arguments.from.zip(arguments.to) {
        Some((from, to)) if from > to => {
            return Err(Fault::input(format!("--from {from} lies after --to {to}"))
                .hint("exchange the two dates"));
        }
        Some(dates) => dates,
        None => upcoming(&calendar, new_york_date(now))?,
    };
    let view = CalendarView::new(&calendar, from, to, now)?;
    show(&view, arguments.json, context.terminal)?;
    Ok(Exit::Done)
}

/// From today to the last of the next few sessions.
fn upcoming(calendar: &Calendar, today: Date) -> Result<(Date, Date), CalendarError> {
    let mut last = today;
    let seen_today = usize::from(calendar.session(today)?.is_some());
    for _ in seen_today..SESSIONS_SHOWN {
        last = calendar.next_session(last)?.date;
    }
    Ok((today, last))
}
