//! Files of bars with something wrong: never a panic, never a bar that is none, never a price that
//! is not written in the file.

#[path = "../../../tests/damage/mod.rs"]
mod damage;
#[path = "../../../tests/damage/numbers.rs"]
mod numbers;

use market::file::{BarFile, Options, inspect, read, write};
use market::{Bar, Calendar, Date, Interval, Price};
use proptest::prelude::*;

use damage::{damaged, damages};
use numbers::numbers;

/// Two sessions of 30-minute bars.
fn bars() -> Vec<Bar> {
    let days = [Date::constant(2025, 11, 26), Date::constant(2025, 11, 28)];
    let sessions = Calendar::nyse()
        .sessions(days[0], days[1])
        .expect("in range");
    let starts = sessions
        .iter()
        .flat_map(|session| session.bar_starts(Interval::ThirtyMinutes));
    let price = |cents: i64| Price::new(market::Decimal::new(cents, 2)).expect("above zero");
    (0..)
        .zip(starts)
        .map(|(nth, start)| {
            let [open, high, low, close] = [5_020, 5_045, 5_000, 5_031].map(|c| price(c + 7 * nth));
            Bar::new(start, open, high, low, close, Some(58_392)).expect("consistent")
        })
        .collect()
}

/// The bars as a file, by its header: ours, short names in another order, or without volume.
fn file(form: usize) -> String {
    let mut text = Vec::new();
    write(&mut text, &bars()).expect("memory takes it");
    let text = String::from_utf8(text).expect("digits and commas");
    match form {
        0 => text,
        1 => text.replacen("timestamp,open,high,low,close,volume", "t,o,h,l,c,v", 1),
        _ => {
            let cut = |line: &str| {
                line.rsplit_once(',')
                    .map_or("", |(kept, _)| kept)
                    .to_owned()
            };
            text.lines().map(|line| cut(line) + "\n").collect()
        }
    }
}

fn taken(text: &str) -> Option<BarFile> {
    let options = Options::default();
    let calendar = Calendar::nyse();
    let whole = inspect(text.as_bytes(), "damaged.csv", &calendar, &options);
    for problem in &whole.problems {
        assert!(!problem.to_string().is_empty() && !problem.hint().is_empty());
    }
    read(text.as_bytes(), "damaged.csv", &calendar, &options).ok()
}

#[test]
fn every_form_of_the_good_file_is_taken_whole() {
    for form in 0..3 {
        let file = taken(&file(form)).expect("a good file");
        assert_eq!(
            (file.bars.len(), file.defects.len()),
            (20, 0),
            "form {form}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn a_damaged_file_is_refused_or_gives_bars_that_stand_in_it(
        form in 0..3_usize,
        damages in damages(),
    ) {
        let text = damaged(&file(form), &damages);
        if let Some(file) = taken(&text) {
            let written = numbers(&text);
            let calendar = Calendar::nyse();
            prop_assert!(file.bars.is_sorted_by(|one, next| one.start < next.start));
            for bar in file.bars {
                let date = market::time::new_york_date(bar.start);
                let session = calendar.session(date).expect("in range");
                prop_assert!(session.is_some(), "{} has no session", bar.start);
                for price in [bar.open, bar.high, bar.low, bar.close] {
                    prop_assert!(bar.low <= price && price <= bar.high);
                    prop_assert!(written.contains(&price.decimal()), "{price} is not in the file");
                }
            }
        }
    }
}
