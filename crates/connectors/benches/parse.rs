//! Time to read one slot's bars: 450 rows of Twelve Data's `time_series` into raw bars.

use connectors::twelve_data::time_series;
use market::time::{Time, new_york};
use market::{Date, Interval, Symbol};

fn main() {
    divan::main();
}

/// A reply of `rows` 30-minute bars, newest last.
fn body(rows: usize) -> Vec<u8> {
    let first = new_york(Date::constant(2026, 10, 1), Time::constant(9, 30, 0, 0));
    let values: Vec<String> = (0..rows)
        .map(|row| {
            let start = first + Interval::ThirtyMinutes.duration() * i32::try_from(row).expect("few rows");
            let (date, time) = market::time::in_new_york(start);
            format!(
                r#"{{"datetime":"{date} {time}","open":"101.40000","high":"101.80000","low":"101.31000","close":"101.70000","volume":"41233"}}"#
            )
        })
        .collect();
    format!(
        r#"{{"meta":{{"symbol":"TQQQ","interval":"30min"}},"values":[{}],"status":"ok"}}"#,
        values.join(",")
    )
    .into_bytes()
}

#[divan::bench]
fn time_series_of_450_rows(bencher: divan::Bencher) {
    let body = body(450);
    let symbol = Symbol::new("TQQQ").expect("four capitals are a symbol");
    bencher.bench_local(|| {
        time_series::read(divan::black_box(&body), &symbol, Interval::ThirtyMinutes)
    });
}
