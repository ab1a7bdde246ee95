//! One cycle's own CPU with one source: read the vendor's bytes, check, build hours, judge and
//! plan, write both records canonically, hash them, and compress the body. No network, no disk.
//!
//! `cargo bench -p cli --bench cycle_cpu`

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use connectors::twelve_data::time_series;
use cycle::fake::{Trend, World};
use cycle::port::{Body, Draft, Journal};
use journal::{Chain, Memory};
use market::check::check;
use market::{Calendar, Interval, Symbol, hours, time};
use trading::judge::judge;
use trading::observation::{Observation, Reading};
use trading::record::{Record, RunId};
use trading::settings::Settings;
use trading::state::State;

/// Sessions that hold 230 closed hours and a few more.
const SESSIONS: usize = 34;

fn main() {
    divan::main();
}

/// A slot as a world in memory saw it.
fn observation() -> Observation {
    let world = World::new(Trend::Rising);
    let mut runner = world.runner();
    world.slot(&mut runner, "2025-05-12T10:00");
    let seen = world
        .entries()
        .into_iter()
        .find_map(|entry| match entry.record {
            Record::Observed(observation) => Some(*observation),
            _ => None,
        });
    seen.expect("the slot observed")
}

/// A vendor's answer with the bars of the sessions up to the observed slot, newest last.
fn time_series_body(observed: &Observation, calendar: &Calendar) -> Vec<u8> {
    let last = observed.slot.date();
    let first = last
        .checked_sub(time::Duration::from_hours(24 * 60))
        .expect("a date");
    let mut sessions = calendar.sessions(first, last).expect("in range");
    sessions.drain(..sessions.len() - SESSIONS);
    let starts = sessions
        .iter()
        .flat_map(|session| session.bar_starts(Interval::ThirtyMinutes))
        .filter(|start| *start < observed.slot.at());
    let row = |(number, start)| {
        let (date, reading) = time::in_new_york(start);
        let cents = 10_000 + number;
        let price = format!("{}.{:02}000", cents / 100, cents % 100);
        format!(
            r#"{{"datetime":"{date} {reading}","open":"{price}","high":"{price}","low":"{price}","close":"{price}","volume":"583921"}}"#
        )
    };
    let rows: Vec<String> = (0..).zip(starts).map(row).collect();
    format!(
        r#"{{"meta":{{"symbol":"TQQQ","interval":"30min"}},"values":[{}],"status":"ok"}}"#,
        rows.join(",")
    )
    .into_bytes()
}

/// The memory store never makes anybody wait.
fn now<T>(work: impl Future<Output = T>) -> T {
    match pin!(work).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("memory answers at once"),
    }
}

#[divan::bench]
fn one_cycle_with_one_source(bencher: divan::Bencher) {
    let (calendar, settings) = (Calendar::nyse(), Settings::default());
    let template = observation();
    let bytes = time_series_body(&template, &calendar);
    let symbol = Symbol::new("TQQQ").expect("four capitals are a symbol");
    let clock = Arc::new(journal::conformance::StillClock::default());
    bencher
        .with_inputs(|| (template.clone(), bytes.clone()))
        .bench_local_values(|(mut seen, bytes)| {
            let rows =
                time_series::read(&bytes, &symbol, Interval::ThirtyMinutes).expect("readable");
            let checked = check(rows, Interval::ThirtyMinutes, &calendar, seen.at);
            let built = hours::build(
                &checked.bars,
                Interval::ThirtyMinutes,
                &calendar,
                seen.slot.at(),
            )
            .expect("in range");
            seen.sources[0].reading = Reading::Usable {
                closed: built.closed,
                forming: built.forming,
                gaps: built.gaps,
            };
            let judged = judge(&seen, &State::default(), &settings).expect("settings are sound");
            assert!(
                judged.decided.decision.is_some(),
                "a slot that decided nothing measures nothing"
            );
            let body = Body::new("twelve-data/time_series", bytes);
            let compressed = journal::body::compress(&body.bytes);
            let draft = Draft {
                expected: None,
                slot: Some(seen.slot),
                run: RunId([7; 16]),
                at: seen.at,
                records: vec![
                    Record::Observed(Box::new(seen)),
                    Record::Decided(Box::new(judged.decided)),
                ],
                bodies: vec![body],
            };
            let chain = Chain::new(Memory::new(), clock.clone());
            (now(chain.append(&draft)).expect("won"), compressed)
        });
}
