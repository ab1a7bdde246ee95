//! `tqqq calendar`: sessions and slots.

use market::calendar::{CalendarError, Session};
use market::time::in_new_york;
use market::{Calendar, Date, Instant, Slot};
use serde::Serialize;

use super::{Paint, Sheet, Terminal, View};

/// Sessions and the next slot.
#[derive(Debug, Serialize)]
pub(crate) struct CalendarView {
    schema: &'static str,
    from: Date,
    to: Date,
    sessions: Vec<SessionView>,
    /// The first slot after now; `None` past the end of the calendar.
    next_slot: Option<String>,
}

/// One session.
#[derive(Debug, Serialize)]
struct SessionView {
    date: Date,
    open: String,
    close: String,
    half_day: bool,
    slots: usize,
    first_slot: String,
    last_slot: String,
}

impl CalendarView {
    /// The sessions from `from` to `to`, both included.
    pub(crate) fn new(
        calendar: &Calendar,
        from: Date,
        to: Date,
        now: Instant,
    ) -> Result<Self, CalendarError> {
        Ok(Self {
            schema: "tqqq.calendar/1",
            from,
            to,
            sessions: calendar
                .sessions(from, to)?
                .iter()
                .map(SessionView::new)
                .collect(),
            next_slot: calendar.next_slot(now).ok().map(|slot| slot.to_string()),
        })
    }
}

impl View for CalendarView {
    fn text(&self, terminal: Terminal) -> String {
        let mut sheet = Sheet::new(&["date", "day", "open", "close", ">slots", "last slot", ""]);
        for session in &self.sessions {
            let remark = if session.half_day { "half day" } else { "" };
            sheet.row([
                session.date.to_string(),
                format!("{:.3}", format!("{:?}", session.date.weekday())),
                session.open.clone(),
                session.close.clone(),
                session.slots.to_string(),
                session.last_slot.clone(),
                remark.to_owned(),
            ]);
        }
        let count = self.sessions.len();
        let slots: usize = self.sessions.iter().map(|session| session.slots).sum();
        let total = format!("{count} sessions, {slots} slots, New York time");
        let next = self
            .next_slot
            .as_ref()
            .map(|slot| format!("\nnext slot: {slot}"))
            .unwrap_or_default();
        format!(
            "{}\n\n{}{next}",
            sheet.text(terminal),
            terminal.paint(Paint::Faint, &total)
        )
    }
}

impl SessionView {
    fn new(session: &Session) -> Self {
        let slots = session.slots();
        let at = |slot: Option<&Slot>| slot.map(|slot| clock(slot.at())).unwrap_or_default();
        Self {
            date: session.date,
            open: clock(session.open),
            close: clock(session.close),
            half_day: session.is_half_day(),
            slots: slots.len(),
            first_slot: at(slots.first()),
            last_slot: at(slots.last()),
        }
    }
}

/// `09:30`, New York.
fn clock(at: Instant) -> String {
    let time = in_new_york(at).1;
    format!("{:02}:{:02}", time.hour(), time.minute())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thanksgiving_week_has_a_holiday_and_a_half_day() {
        let date = |text: &str| text.parse().unwrap();
        let now = "2025-11-26T20:00:00Z".parse().unwrap();
        let view = CalendarView::new(
            &Calendar::nyse(),
            date("2025-11-26"),
            date("2025-12-01"),
            now,
        )
        .unwrap();
        insta::assert_snapshot!(view.text(Terminal::PLAIN), @r"
        date        day  open   close  slots  last slot
        2025-11-26  Wed  09:30  16:00     13  15:30
        2025-11-28  Fri  09:30  13:00      7  12:30      half day
        2025-12-01  Mon  09:30  16:00     13  15:30

        3 sessions, 33 slots, New York time
        next slot: 2025-11-26T15:30-05:00
        ");
        insta::assert_snapshot!(super::super::json(&view), @r#"{"schema":"tqqq.calendar/1","from":"2025-11-26","to":"2025-12-01","sessions":[{"date":"2025-11-26","open":"09:30","close":"16:00","half_day":false,"slots":13,"first_slot":"09:30","last_slot":"15:30"},{"date":"2025-11-28","open":"09:30","close":"13:00","half_day":true,"slots":7,"first_slot":"09:30","last_slot":"12:30"},{"date":"2025-12-01","open":"09:30","close":"16:00","half_day":false,"slots":13,"first_slot":"09:30","last_slot":"15:30"}],"next_slot":"2025-11-26T15:30-05:00"}"#);
    }
}
