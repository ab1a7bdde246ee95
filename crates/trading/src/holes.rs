//! Bars that should be there and are not, and that nobody has proved untraded.
//!
//! Two sources that lack a bar prove that nobody traded ([`market::untraded`]). One source alone
//! proves nothing: perhaps the fund was halted, perhaps the vendor lost the bar. Waiting does not
//! tell either, so the two kinds of order are treated apart:
//!
//! - An **exit** follows such a source once it has gone on behind the hole ([`GONE_ON_BARS`]), and
//!   while no other source shows the bar: a bar that does not come within an hour does not come
//!   any more, and a signal to sell must not wait a month for it to leave the window. What is at
//!   stake is small, because a hole shortens an hour or drops it and never invents a price, because
//!   [`HOLES_MAX`] bounds it, and because to be out is the state without risk.
//! - An **entry** waits until the hole weighs nothing ([`WEIGHING_SPANS`]), or until a second source
//!   proves it: whatever the bar may have said, the averages are then those they would be with it.

use market::calendar::Disagreement;
use market::check::Reject;
use market::hours::{Gap, Hour};
use market::{Date, Instant, time};

use crate::observation::{Observation, Reading, SourceName};
use crate::outcome::{Reason, Refusal};
use crate::settings::Settings;

/// Bars of the session that a source must show behind a hole, up to its newest, to have gone on. In
/// a session after the hole's any bar shows that.
pub const GONE_ON_BARS: usize = 2;

/// Bars that may be missing in the window of a source that an exit follows: a session's, which is
/// more than any halt has taken.
pub const HOLES_MAX: usize = 13;

/// A hole weighs on entries until so many spans of the slow average have closed after it. All hours
/// before those then weigh `((n-1)/(n+1))^(4n) < 0.0004` together in the slow average, and less in
/// the fast one: an hour wrong by ten percent moves an average by less than half a basis point.
pub const WEIGHING_SPANS: usize = 4;

/// The gaps that weigh on an entry, of a source with these closed hours.
fn weighing<'a>(
    closed: &'a [Hour],
    gaps: &'a [Gap],
    slow: u32,
) -> impl DoubleEndedIterator<Item = &'a Gap> {
    let light = closed
        .len()
        .saturating_sub(WEIGHING_SPANS * slow as usize)
        .checked_sub(1);
    let until = light.map(|at| closed[at].end);
    gaps.iter()
        .filter(move |gap| until.is_none_or(|until| gap.start >= until))
}

/// The date of the newest session that has a bar whose end has passed: at the opening slot that is
/// the session before.
fn newest_session(observation: &Observation, closed: &[Hour]) -> Date {
    let today = observation.slot.date();
    let before = closed.last().map(|hour| time::new_york_date(hour.start));
    match before {
        Some(before) if observation.slot.at() <= observation.session.open => before,
        _ => today,
    }
}

/// Too many bars missing in a source that is followed, or one in its newest session.
pub(crate) fn missing_bars(observation: &Observation, settings: &Settings) -> Option<Refusal> {
    let most = settings.data.max_gaps as usize;
    let slow = settings.strategy.slow;
    let refusal = |source: &SourceName, count: usize, newest: Instant| {
        let limit = format!(
            "at most {most} bars missing in {} hours and none in the newest session, or a second \
             source that lacks them too",
            WEIGHING_SPANS * slow as usize
        );
        let newest = time::new_york_text(newest);
        let seen = format!("{count} in {source}, the newest of {newest}");
        Refusal::new(Reason::MissingBars, limit, seen)
    };
    observation.sources.iter().find_map(|view| {
        let Reading::Usable { closed, gaps, .. } = &view.reading else {
            return None;
        };
        let newest = weighing(closed, gaps, slow).next_back()?;
        let is_fresh = time::new_york_date(newest.start) >= newest_session(observation, closed);
        let count = weighing(closed, gaps, slow).count();
        (count > most || is_fresh).then(|| refusal(&view.source, count, newest.start))
    })
}

/// A bar at a time that one calendar calls a part of a past session and the other does not: one of
/// the two is wrong, and so are perhaps the hours. Of today the calendars themselves are compared.
pub(crate) fn contested(observation: &Observation) -> Option<Refusal> {
    let today = observation.slot.date();
    let past = |it: &&Disagreement| it.date < today;
    let (source, start) = observation.sources.iter().find_map(|view| {
        let mut outside = view.rejected.iter();
        let row = outside.find(|row| {
            let mut days = observation.disagreements.iter().filter(past);
            row.reason == Reject::OutsideSession && days.any(|day| day.is_contested(row.start))
        })?;
        Some((&view.source, row.start))
    })?;
    let limit = "no bar at a time that only one of the two calendars calls a part of the session; \
                 `[calendar] overrides` says how it was";
    let seen = format!("one of {} in {source}", time::new_york_text(start));
    Some(Refusal::new(Reason::CalendarDisagreement, limit, seen))
}
