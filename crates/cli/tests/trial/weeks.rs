//! Weeks in which clocks change or sessions end early, through every vendor's way to write a time:
//! New York readings without an offset, UTC, and sessions by the broker's calendar.

use std::collections::BTreeMap;

use market::{Calendar, Date, Instant, Price};
use trading::observation::{Observation, Reading};
use trading::record::Record;
use venue::synthetic::synthetic_bars;

use super::world::{Setup, World};

/// Sessions before a week: 33 × 7 hours reach the 230 that a slot looks at, and half days less.
const HISTORY_SESSIONS: usize = 36;
/// Sessions of bars that hold any of the weeks.
const SESSIONS: usize = HISTORY_SESSIONS + 5;

/// A session: its date, when it opens in UTC, and how many slots it has.
type Session = (&'static str, &'static str, usize);

/// Weeks, written down by hand from the exchange's own calendar of those years.
const WEEKS: [(&str, &[Session]); 4] = [
    (
        "clocks go forward",
        &[
            ("2024-03-08", "14:30", 13),
            ("2024-03-11", "13:30", 13),
            ("2024-03-12", "13:30", 13),
        ],
    ),
    (
        "clocks go back",
        &[
            ("2024-11-01", "13:30", 13),
            ("2024-11-04", "14:30", 13),
            ("2024-11-05", "14:30", 13),
        ],
    ),
    (
        "Thanksgiving",
        &[
            ("2025-11-26", "14:30", 13),
            ("2025-11-28", "14:30", 7),
            ("2025-12-01", "14:30", 13),
        ],
    ),
    (
        "Independence Day",
        &[
            ("2025-07-02", "13:30", 13),
            ("2025-07-03", "13:30", 7),
            ("2025-07-07", "13:30", 13),
        ],
    ),
];

#[tokio::test]
async fn in_odd_weeks_every_slot_is_decided_from_the_same_hours_whoever_tells_them() {
    for (name, sessions) in WEEKS {
        let (slots, mut world) = open(sessions).await;
        for slot in slots {
            let outcome = world.slot(slot).await;
            let decided = outcome.starts_with("traded") || outcome.starts_with("held");
            assert!(decided, "{name}: {slot}: {outcome}");
        }
        let seen: Vec<&Observation> = world.entries().iter().filter_map(observed).collect();
        for observation in &seen {
            check_hours(name, observation);
        }
        let told: Vec<Session> = sessions.to_vec();
        let slots = seen.iter().map(|seen| seen.slot.at());
        assert_eq!(sessions_of(slots), texts(&told), "{name}");
    }
}

/// An exchange with history before a week, and the week's slots by our calendar.
async fn open(sessions: &[Session]) -> (Vec<market::Slot>, World) {
    let calendar = Calendar::nyse();
    let date = |place: usize| sessions[place].0.parse::<Date>().unwrap();
    let days = calendar
        .sessions(date(0), date(sessions.len() - 1))
        .unwrap();
    let slots: Vec<_> = days
        .iter()
        .flat_map(market::calendar::Session::slots)
        .collect();
    let first = (0..HISTORY_SESSIONS).fold(date(0), |date, _| {
        calendar.previous_session(date).unwrap().date
    });
    let bars = synthetic_bars(1, first, SESSIONS, &calendar).unwrap();
    let mut setup = Setup::of(bars);
    let sources = ["twelve-data", "fmp", "alpaca"].map(str::to_owned);
    setup.settings.data.sources = sources.to_vec();
    let world = World::open(&setup, slots[0]).await;
    (slots, world)
}

fn observed(entry: &trading::record::Entry) -> Option<&Observation> {
    match &entry.record {
        Record::Observed(seen) => Some(seen),
        _ => None,
    }
}

/// All three sources tell the same hours, and the newest of them ended last before the slot.
fn check_hours(name: &str, seen: &Observation) {
    let slot = seen.slot;
    let hours: Vec<Vec<(Instant, Instant, Price)>> = seen
        .sources
        .iter()
        .map(|view| match &view.reading {
            Reading::Usable { closed, .. } => closed
                .iter()
                .map(|hour| (hour.start, hour.end, hour.close))
                .collect(),
            Reading::Unusable { why } => panic!("{name}: {slot}: {}: {why}", view.source),
        })
        .collect();
    assert_eq!(hours.len(), 3, "{name}: {slot}");
    assert!(
        hours.iter().all(|other| *other == hours[0]),
        "{name}: {slot}"
    );
    let calendar = Calendar::nyse();
    let before = |date| calendar.previous_session(date).unwrap();
    let today = calendar.session(slot.date()).unwrap().unwrap();
    let ended = [before(slot.date()), today]
        .iter()
        .flat_map(market::calendar::Session::hours)
        .map(|hour| hour.end)
        .filter(|end| *end <= slot.at())
        .max();
    assert_eq!(hours[0].last().map(|hour| hour.1), ended, "{name}: {slot}");
}

/// For each date: when its first slot was, in UTC, and how many there were.
fn sessions_of(slots: impl Iterator<Item = Instant>) -> Vec<(String, String, usize)> {
    let mut sessions: BTreeMap<String, (String, usize)> = BTreeMap::new();
    for at in slots {
        let text = at.to_string();
        let session = sessions
            .entry(text[..10].to_owned())
            .or_insert((text[11..16].to_owned(), 0));
        session.1 += 1;
    }
    let flat = sessions.into_iter();
    flat.map(|(date, (open, count))| (date, open, count))
        .collect()
}

fn texts(sessions: &[Session]) -> Vec<(String, String, usize)> {
    let own = |(date, open, count): &Session| ((*date).to_owned(), (*open).to_owned(), *count);
    sessions.iter().map(own).collect()
}
