//! Every mistake made on purpose is found, and the invariant that finds it is named.
#![cfg(feature = "sabotage")]

use std::fmt::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use market::sabotage::{KNOWN, Known};
use simulation::{Invariant, Options, simulate};

/// Seeds after which a mistake counts as not found: the simulation is too kind then.
const SEEDS_MAX: u64 = 600;
/// The page with the table of mistakes.
const PAGE: &str = include_str!("../../../docs/simulation.md");

/// The first seed that breaches an invariant, and all that it breaches.
fn caught(known: &Known) -> Option<(u64, Vec<Invariant>)> {
    let options = Options {
        slots: 13,
        sabotage: Some(known.sabotage),
        ..Options::default()
    };
    (1..=SEEDS_MAX).find_map(|seed| {
        let breaches = simulate(seed, &options).breaches;
        let mut invariants: Vec<Invariant> = breaches.iter().map(|it| it.invariant).collect();
        invariants.sort();
        invariants.dedup();
        (!invariants.is_empty()).then_some((seed, invariants))
    })
}

/// Name, invariants and seeds of every mistake, as a table.
fn table() -> (String, Vec<&'static str>) {
    let next = AtomicUsize::new(0);
    let rows = Mutex::new(vec![None; KNOWN.len()]);
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some(known) = KNOWN.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let found = caught(known);
                    rows.lock().expect("no thread panics")[known.sabotage as usize] = found;
                }
            });
        }
    });
    let rows = rows.into_inner().expect("no thread panics");
    let mut text = "| sabotage | caught by | at seed |\n|---|---|---|\n".to_owned();
    let mut missed = Vec::new();
    for (known, row) in KNOWN.iter().zip(rows) {
        let Some((seed, invariants)) = row else {
            missed.push(known.name);
            continue;
        };
        let by: Vec<String> = invariants.iter().map(ToString::to_string).collect();
        let (name, by) = (known.name, by.join(", "));
        writeln!(text, "| {name} | {by} | {seed} |").expect("text takes text");
    }
    (text, missed)
}

#[test]
fn every_mistake_made_on_purpose_is_caught() {
    let (table, missed) = table();
    println!("{table}");
    assert!(
        missed.is_empty(),
        "not caught in {SEEDS_MAX} seeds: {missed:?}\n{table}"
    );
}

#[test]
fn the_page_tells_every_mistake() {
    for known in KNOWN {
        let row = format!("| `{}` | {} |", known.name, known.what);
        assert!(
            PAGE.contains(&row),
            "docs/simulation.md wants the row\n{row}"
        );
    }
}
